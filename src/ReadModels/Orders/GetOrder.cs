using MediatR;
using Orderly.ReadModels.Products;
using Orderly.ReadModels.ViewStore;
using Orderly.ReadModels.Waiting;

namespace Orderly.ReadModels.Orders;

/// <summary>One order, its lines with the names that the catalogue gives the products.</summary>
public sealed record GetOrder(string OrderId) : Query<OrderDetails>
{
    private static readonly IReadOnlyList<View> s_views = [OrderDetails.View, StockLevel.View];

    public override IReadOnlyList<View> Views => s_views;
}

public sealed class GetOrderHandler(IViewStore store) : IRequestHandler<GetOrder, ViewAnswer<OrderDetails>>
{
    public async Task<ViewAnswer<OrderDetails>> Handle(GetOrder request, CancellationToken cancellationToken)
    {
        var orders = await store.FindAsync(OrderDetails.View, [request.OrderId], cancellationToken).ConfigureAwait(false);
        if (orders.Documents is not [var found])
        {
            return new ViewAnswer<OrderDetails>(null, orders.Position);
        }

        var order = found.Value;
        var products = await store.FindAsync(StockLevel.View, [.. order.Lines.Select(line => line.Sku)], cancellationToken).ConfigureAwait(false);
        var names = products.Documents.ToDictionary(product => product.Id, product => product.Value.Name, StringComparer.Ordinal);
        var named = order with { Lines = [.. order.Lines.Select(line => line with { Name = names.GetValueOrDefault(line.Sku) })] };
        return new ViewAnswer<OrderDetails>(named, Math.Min(orders.Position, products.Position));
    }
}
