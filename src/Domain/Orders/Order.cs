using System.Text.Json.Serialization;
using Orderly.Domain.Customers;
using Orderly.Domain.Deciding;
using Orderly.Domain.Validation;

namespace Orderly.Domain.Orders;

// Events of an order state whole facts, so that a reader of one event needs no other: each names the customer, and those
// that stock or sales follow from carry the lines.

/// <summary>An event about an order, in the order's stream or in another one.</summary>
public interface IOrderEvent : IEvent
{
    string OrderId { get; }
}

public sealed record OrderPlaced(
    string OrderId, string CustomerId, IReadOnlyList<OrderLine> Lines, Money Total, ShippingAddress? ShippingAddress,
    DateTimeOffset PlacedAt)
    : IOrderEvent, ICustomerEvent;

public sealed record OrderConfirmed(
    string OrderId, string CustomerId, IReadOnlyList<OrderLine> Lines, Money Total, DateTimeOffset ConfirmedAt)
    : IOrderEvent, ICustomerEvent;

public sealed record OrderRejected(
    string OrderId, string CustomerId, IReadOnlyList<OrderLine> Lines, Money Total, IReadOnlyList<string> Reasons,
    DateTimeOffset RejectedAt)
    : IOrderEvent, ICustomerEvent;

public sealed record OrderPaid(string OrderId, string CustomerId, Money Total, DateTimeOffset PaidAt) : IOrderEvent, ICustomerEvent;

public sealed record OrderShipped(
    string OrderId, string CustomerId, IReadOnlyList<OrderLine> Lines, string Carrier, string TrackingNumber, DateTimeOffset ShippedAt)
    : IOrderEvent, ICustomerEvent;

public sealed record OrderDelivered(string OrderId, string CustomerId, DateTimeOffset DeliveredAt) : IOrderEvent, ICustomerEvent;

/// <param name="From">The state it was cancelled in: <c>placed</c>, <c>confirmed</c> or <c>paid</c>.</param>
/// <param name="ConfirmedAt">When it was confirmed; null when it was not.</param>
public sealed record OrderCancelled(
    string OrderId, string CustomerId, IReadOnlyList<OrderLine> Lines, Money Total, OrderStatus From, string Reason,
    DateTimeOffset CancelledAt, DateTimeOffset? ConfirmedAt = null)
    : IOrderEvent, ICustomerEvent;

/// <param name="Quantity">Pieces, at least 1.</param>
/// <param name="UnitPrice">In the order's currency.</param>
/// <param name="Amount">Quantity times unit price.</param>
[JsonConverter(typeof(OrderLineConverter))]
public sealed record OrderLine(string Sku, long Quantity, decimal UnitPrice, decimal Amount);

public sealed record ShippingAddress(string Recipient, string Line1, string? Line2, string PostalCode, string City, string Country);

[JsonConverter(typeof(LowerCaseConverter<OrderStatus>))]
public enum OrderStatus
{
    Unknown,
    Placed,
    Confirmed,
    Rejected,
    Paid,
    Shipped,
    Delivered,
    Cancelled,
}

/// <summary>
/// An order: <c>placed → confirmed | rejected</c>, <c>confirmed → paid → shipped → delivered</c>,
/// <c>placed | confirmed | paid → cancelled</c>.
/// </summary>
public sealed record Order(
    OrderStatus Status, string CustomerId, IReadOnlyList<OrderLine> Lines, Money Total, DateTimeOffset? ConfirmedAt = null)
    : IAggregate<Order>
{
    public static string Category => "order";

    public static Order Initial { get; } = new(OrderStatus.Unknown, "", [], new Money(0, ""));

    public static Order Evolve(Order order, object @event) => @event switch
    {
        OrderPlaced e => new Order(OrderStatus.Placed, e.CustomerId, e.Lines, e.Total),
        OrderConfirmed e => order with { Status = OrderStatus.Confirmed, ConfirmedAt = e.ConfirmedAt },
        OrderRejected => order with { Status = OrderStatus.Rejected },
        OrderPaid => order with { Status = OrderStatus.Paid },
        OrderShipped => order with { Status = OrderStatus.Shipped },
        OrderDelivered => order with { Status = OrderStatus.Delivered },
        OrderCancelled => order with { Status = OrderStatus.Cancelled },
        _ => order,
    };

    /// <summary>A step that is possible only from these states; null when the order is in one of them.</summary>
    internal Refusal? RefuseUnless(string orderId, string step, params ReadOnlySpan<OrderStatus> from)
        => from.Contains(Status) ? null
            : Status == OrderStatus.Unknown ? Refusal.NotFound("order", orderId)
            : Refusal.InvalidTransition("order", LowerCase<OrderStatus>.NameOf(Status), step);
}
