using Orderly.Domain.Deciding;
using Orderly.Domain.EventStore;
using Orderly.Domain.Orders;
using Orderly.Processes.Payments;
using Orderly.ReadModels.ViewStore;
using Orderly.Subscriptions;

namespace Orderly.Processes;

/// <summary>
/// compensation: what an order that is rejected or cancelled leaves to be undone: its pieces go back on the shelf, and what was paid is
/// asked back. What is paid later, <see cref="PaymentProcess"/> asks back: the log says which comes first, to both alike.
/// </summary>
public sealed class Compensation(CommandSender sender) : IProcess<OrderLedger>
{
    public const string Name = "compensation";

    public View<OrderLedger> View { get; } = new(Name, 1, ProcessesJson.Default.OrderLedger);

    public EventFilter Filter { get; } = EventFilter.ByStreamPrefix("order-", "payment-");

    public IReadOnlyList<string> DocumentIdsOf(EventEnvelope envelope) => OrderLedger.OrderOf(envelope.Event) is { } order ? [order] : [];

    public OrderLedger? Project(string id, OrderLedger? document, EventEnvelope envelope)
        => (document ?? OrderLedger.Empty).With(envelope.Event);

    public bool ReactsTo(EventEnvelope envelope) => envelope.Event is OrderRejected or OrderCancelled;

    public async Task ReactAsync(Reaction<OrderLedger> reaction, CancellationToken cancellationToken)
    {
        var (lines, reason) = reaction.Envelope.Event switch
        {
            OrderRejected e => (e.Lines, "The order was rejected."),
            OrderCancelled e => (e.Lines, "The order was cancelled."),
            var other => throw new InvalidOperationException($"{other.GetType().Name} closes no order."),
        };
        var cause = EventReference.To(reaction.Envelope.Recorded);
        foreach (var line in lines)
        {
            await sender.ReleaseAsync(reaction.Id, line.Sku, cause, Name, cancellationToken).ConfigureAwait(false);
        }

        foreach (var receipt in reaction.State!.Receipts.Where(receipt => receipt.Kept > 0))
        {
            await sender.RefundAsync(receipt.PaymentId, receipt.KeptMoney, reason, cause, Name, cancellationToken)
                .ConfigureAwait(false);
        }
    }
}
