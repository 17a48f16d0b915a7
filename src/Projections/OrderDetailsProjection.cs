using Orderly.Domain.Checks;
using Orderly.Domain.EventStore;
using Orderly.Domain.Orders;
using Orderly.Domain.Payments;
using Orderly.Domain.Validation;
using Orderly.ReadModels.Orders;
using Orderly.ReadModels.ViewStore;
using Orderly.Subscriptions;
using ShippingAddress = Orderly.Domain.Orders.ShippingAddress;

namespace Orderly.Projections;

/// <summary>order-details: everything that happened to one order, from its own stream, its checks, payments and e-mails.</summary>
public sealed class OrderDetailsProjection : IProjection<OrderDetails>
{
    public View<OrderDetails> View => OrderDetails.View;

    public EventFilter Filter { get; } = EventFilter.ByStreamPrefix("order-", "checks-", "payment-", "emails-");

    public IReadOnlyList<string> DocumentIdsOf(EventEnvelope envelope) => envelope.Event is IOrderEvent e ? [e.OrderId] : [];

    public OrderDetails? Project(string id, OrderDetails? document, EventEnvelope envelope)
    {
        if (envelope.Event is OrderPlaced placed)
        {
            return Placed(placed) with { Timeline = [Entry(envelope, placed.PlacedAt)], Revision = envelope.Recorded.Revision };
        }

        return document is null ? null : envelope.Event switch
        {
            OrderConfirmed e => Own(document with { Status = "confirmed" }, envelope, e.ConfirmedAt),
            OrderRejected e => Own(
                document with { Status = "rejected", RejectionReasons = e.Reasons }, envelope, e.RejectedAt, string.Join("; ", e.Reasons)),
            OrderPaid e => Own(document with { Status = "paid" }, envelope, e.PaidAt),
            OrderShipped e => Own(
                document with { Status = "shipped", Shipment = new Shipment(e.Carrier, e.TrackingNumber, e.ShippedAt, null) }, envelope,
                e.ShippedAt, $"{e.Carrier} {e.TrackingNumber}"),
            OrderDelivered e => Own(
                document with { Status = "delivered", Shipment = Delivered(document.Shipment, e.DeliveredAt) }, envelope, e.DeliveredAt),
            OrderCancelled e => Own(
                document with { Status = "cancelled", CancellationReason = e.Reason }, envelope, e.CancelledAt, e.Reason),
            CheckPassed e => Checked(document, envelope, new OrderCheck(e.Check, "passed", [], e.CheckedAt)),
            CheckFailed e => Checked(document, envelope, new OrderCheck(e.Check, "failed", e.Reasons, e.CheckedAt)),
            PaymentReceived e => Related(
                document with { Payments = [.. document.Payments, PaymentOf(e)] }, envelope, e.ReceivedAt, e.PaymentId),
            RefundRequested e => Related(
                WithPayment(document, e.PaymentId, payment => payment with { RefundRequested = payment.RefundRequested + e.Amount.Amount }),
                envelope, e.RequestedAt, e.PaymentId),
            PaymentRefunded e => Related(
                WithPayment(document, e.PaymentId, payment => payment with { Refunded = payment.Refunded + e.Amount.Amount }), envelope,
                e.RefundedAt, e.PaymentId),
            OrderEmailUndeliverable e => Related(document, envelope, e.RefusedAt, e.Reason),
            _ => document,
        };
    }

    private static OrderDetails Placed(OrderPlaced e) => new(
        e.OrderId, e.CustomerId, LowerCase<OrderStatus>.NameOf(OrderStatus.Placed), e.Total.Currency, e.Total.Amount,
        [.. e.Lines.Select(line => new OrderDetailsLine(line.Sku, null, line.Quantity, line.UnitPrice, line.Amount))], Checks: [],
        Payments: [], Shipment: null, e.ShippingAddress is { } address ? AddressOf(address) : null, RejectionReasons: [],
        CancellationReason: null, e.PlacedAt, Timeline: [], Revision: 0);

    private static PostalAddress AddressOf(ShippingAddress address)
        => new(address.Recipient, address.Line1, address.Line2, address.PostalCode, address.City, address.Country);

    /// <summary>After an event of the order's own stream.</summary>
    private static OrderDetails Own(OrderDetails document, EventEnvelope envelope, DateTimeOffset at, string? detail = null)
        => document with { Timeline = [.. document.Timeline, Entry(envelope, at, detail)], Revision = envelope.Recorded.Revision };

    /// <summary>After an event of a stream that belongs to the order.</summary>
    private static OrderDetails Related(OrderDetails document, EventEnvelope envelope, DateTimeOffset at, string? detail = null)
        => document with { Timeline = [.. document.Timeline, Entry(envelope, at, detail)] };

    private static TimelineEntry Entry(EventEnvelope envelope, DateTimeOffset at, string? detail = null) => new(at, envelope.Name, detail);

    private static Shipment? Delivered(Shipment? shipment, DateTimeOffset at)
        => shipment is null ? null : shipment with { DeliveredAt = at };

    private static OrderDetails Checked(OrderDetails document, EventEnvelope envelope, OrderCheck check)
        => Related(document with { Checks = [.. document.Checks, check] }, envelope, check.CheckedAt, check.Check);

    private static OrderPayment PaymentOf(PaymentReceived e)
        => new(e.PaymentId, e.Amount.Amount, e.Amount.Currency, e.Reference, e.ReceivedAt, RefundRequested: 0, Refunded: 0);

    private static OrderDetails WithPayment(OrderDetails document, string paymentId, Func<OrderPayment, OrderPayment> change)
        => document with { Payments = [.. document.Payments.Select(one => one.PaymentId == paymentId ? change(one) : one)] };
}
