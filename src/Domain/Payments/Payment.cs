using System.Text.Json.Serialization;
using Orderly.Domain.Deciding;
using Orderly.Domain.Orders;

namespace Orderly.Domain.Payments;

public sealed record PaymentReceived(string PaymentId, string OrderId, Money Amount, string? Reference, DateTimeOffset ReceivedAt)
    : IOrderEvent;

public sealed record RefundRequested(string PaymentId, string OrderId, Money Amount, string Reason, DateTimeOffset RequestedAt)
    : IOrderEvent;

/// <param name="Reference">Such as the text on the bank statement; events of earlier releases have none.</param>
public sealed record PaymentRefunded(
    string PaymentId, string OrderId, Money Amount, DateTimeOffset RefundedAt,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Reference = null) : IOrderEvent;

/// <summary>
/// Money received for an order: <c>received → refund-requested → refunded</c>. A refund may be asked for in parts;
/// together they are at most what was received.
/// </summary>
/// <param name="RefundsRequested">The sum that was asked back, in the payment's currency.</param>
/// <param name="Refunded">The sum that was paid back.</param>
public sealed record Payment(bool Received, string OrderId, Money Amount, decimal RefundsRequested, decimal Refunded) : IAggregate<Payment>
{
    public static string Category => "payment";

    public static Payment Initial { get; } = new(false, "", new Money(0, ""), 0, 0);

    public static Payment Evolve(Payment payment, object @event) => @event switch
    {
        PaymentReceived e => new Payment(true, e.OrderId, e.Amount, 0, 0),
        RefundRequested e => payment with { RefundsRequested = payment.RefundsRequested + e.Amount.Amount },
        PaymentRefunded e => payment with { Refunded = payment.Refunded + e.Amount.Amount },
        _ => payment,
    };
}
