using Orderly.Domain;
using Orderly.Domain.Orders;
using Orderly.Domain.Payments;

namespace Orderly.Processes.Payments;

/// <summary>
/// The money of one order, in the order of the log: what was received and how much of it is kept. An order takes money until its total
/// is reached, as long as it is placed or confirmed; what comes in otherwise is to be given back.
/// </summary>
/// <param name="Total">Null until the order was placed.</param>
/// <param name="Receipts">In the order in which they came.</param>
public sealed record OrderLedger(OrderStatus Status, Money? Total, IReadOnlyList<Receipt> Receipts)
{
    public static OrderLedger Empty { get; } = new(OrderStatus.Unknown, null, []);

    /// <summary>Whether what is kept reaches the total.</summary>
    internal bool IsCovered => Total is not null && Receipts.Sum(receipt => receipt.Kept) >= Total.Amount;

    /// <summary>The order whose ledger an event changes; null when it changes none.</summary>
    internal static string? OrderOf(object @event)
        => @event is IOrderEvent e and not (RefundRequested or PaymentRefunded) ? e.OrderId : null;

    internal OrderLedger With(object @event) => @event switch
    {
        OrderPlaced e => this with { Status = OrderStatus.Placed, Total = e.Total },
        OrderConfirmed => this with { Status = OrderStatus.Confirmed },
        OrderRejected => this with { Status = OrderStatus.Rejected },
        OrderPaid => this with { Status = OrderStatus.Paid },
        OrderShipped => this with { Status = OrderStatus.Shipped },
        OrderDelivered => this with { Status = OrderStatus.Delivered },
        OrderCancelled => this with { Status = OrderStatus.Cancelled },
        PaymentReceived e => this with { Receipts = [.. Receipts, new Receipt(e.PaymentId, e.Amount, KeptOf(e.Amount))] },
        _ => this,
    };

    internal Receipt? Find(string paymentId) => Receipts.FirstOrDefault(receipt => receipt.PaymentId == paymentId);

    private decimal KeptOf(Money received)
        => Status is OrderStatus.Placed or OrderStatus.Confirmed && Total is not null && Total.Currency == received.Currency
            ? Math.Min(received.Amount, Math.Max(0, Total.Amount - Receipts.Sum(receipt => receipt.Kept)))
            : 0;
}

/// <param name="Kept">How much of it goes towards the order's total.</param>
public sealed record Receipt(string PaymentId, Money Received, decimal Kept)
{
    internal Money KeptMoney => Received with { Amount = Kept };

    internal Money GivenBack => Received with { Amount = Received.Amount - Kept };
}
