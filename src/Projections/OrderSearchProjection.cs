using Orderly.Domain.Checks;
using Orderly.Domain.EventStore;
using Orderly.Domain.Orders;
using Orderly.Domain.Validation;
using Orderly.ReadModels.Orders;
using Orderly.ReadModels.ViewStore;
using Orderly.Subscriptions;

namespace Orderly.Projections;

/// <summary>order-search: what an order is searched for and listed by, from its own stream and its checks, which know the names.</summary>
public sealed class OrderSearchProjection : IProjection<OrderSearch>
{
    public View<OrderSearch> View => OrderSearch.View;

    public EventFilter Filter { get; } = EventFilter.ByStreamPrefix("order-", "checks-");

    public IReadOnlyList<string> DocumentIdsOf(EventEnvelope envelope)
        => envelope.Event is IOrderEvent e and not (CheckPassed { Names: null } or CheckFailed { Names: null }) ? [e.OrderId] : [];

    public OrderSearch? Project(string id, OrderSearch? document, EventEnvelope envelope)
    {
        if (envelope.Event is OrderPlaced placed)
        {
            return Placed(placed);
        }

        return document is null ? null : envelope.Event switch
        {
            OrderConfirmed => In(document, OrderStatus.Confirmed),
            OrderRejected => In(document, OrderStatus.Rejected),
            OrderPaid => In(document, OrderStatus.Paid),
            OrderShipped => In(document, OrderStatus.Shipped),
            OrderDelivered => In(document, OrderStatus.Delivered),
            OrderCancelled => In(document, OrderStatus.Cancelled),
            CheckPassed { Names: { } names } => Named(document, names),
            CheckFailed { Names: { } names } => Named(document, names),
            _ => document,
        };
    }

    private static OrderSearch Placed(OrderPlaced e)
    {
        string[] skus = [.. e.Lines.Select(line => line.Sku)];
        var address = e.ShippingAddress is { } to ? (string?[])[to.Recipient, to.Line1, to.Line2, to.PostalCode, to.City, to.Country] : [];
        return new OrderSearch(
            e.OrderId, e.CustomerId, CustomerName: null, LowerCase<OrderStatus>.NameOf(OrderStatus.Placed), e.Total.Currency,
            e.Total.Amount, skus, e.PlacedAt, e.PlacedAt.ToUnixTimeMilliseconds(), OrderSearch.KeyOf(e.Total.Amount),
            SearchWords.Of([e.OrderId, e.CustomerId, .. skus, .. address]));
    }

    private static OrderSearch In(OrderSearch document, OrderStatus status)
        => document with { Status = LowerCase<OrderStatus>.NameOf(status) };

    /// <summary>Names only add words: an order keeps being found by what it was known by.</summary>
    private static OrderSearch Named(OrderSearch document, CheckedNames names) => document with
    {
        CustomerName = names.Customer ?? document.CustomerName,
        Words =
        [
            .. document.Words
                .Union(SearchWords.Of([names.Customer, .. names.Products.Values]), StringComparer.Ordinal)
                .Order(StringComparer.Ordinal),
        ],
    };
}
