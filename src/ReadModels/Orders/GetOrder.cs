using MediatR;
using Orderly.Access;
using Orderly.ReadModels.Products;
using Orderly.ReadModels.ViewStore;
using Orderly.ReadModels.Waiting;

namespace Orderly.ReadModels.Orders;

/// <summary>One order, its lines with the names that the catalogue gives the products.</summary>
/// <param name="UntilValidated">Whether to wait until the order is there and is no longer only placed.</param>
public sealed record GetOrder(string OrderId, bool UntilValidated = false) : Query<OrderDetails>(OrderDetails.View, StockLevel.View)
{
    public override bool IsAllowedTo(Caller caller) => caller.Has(Scopes.OrdersRead) || caller.OwnAccountId is not null;
}

public sealed class GetOrderHandler(
    IViewReader store, DocumentWaits<OrderDetails> waits, TimeProvider time) : IRequestHandler<GetOrder, ViewAnswer<OrderDetails>>
{
    public async Task<ViewAnswer<OrderDetails>> Handle(GetOrder request, CancellationToken cancellationToken)
    {
        var isValidated = !request.UntilValidated
            || await waits.WaitAsync(
                request.OrderId, order => order.IsValidated && IsVisible(order), request.Freshness.Left(time), cancellationToken)
                .ConfigureAwait(false);
        var orders = await store.FindAsync(OrderDetails.View, [request.OrderId], cancellationToken).ConfigureAwait(false);
        if (orders.Documents is not [var found] || !IsVisible(found.Value))
        {
            return new ViewAnswer<OrderDetails>(null, orders.Position);
        }

        var order = found.Value;
        if (!isValidated && !order.IsValidated)
        {
            return new ViewAnswer<OrderDetails>(null, orders.Position, IsBehind: true);
        }

        var products = await store.FindAsync(StockLevel.View, [.. order.Lines.Select(line => line.Sku)], cancellationToken)
            .ConfigureAwait(false);
        var names = products.Documents.ToDictionary(product => product.Id, product => product.Value.Name, StringComparer.Ordinal);
        var named = order with { Lines = [.. order.Lines.Select(line => line with { Name = names.GetValueOrDefault(line.Sku) })] };
        return new ViewAnswer<OrderDetails>(named, Math.Min(orders.Position, products.Position));

        bool IsVisible(OrderDetails order) => request.Caller.May(Scopes.OrdersRead, order.CustomerId);
    }
}
