using Orderly.Domain.Deciding;
using Orderly.Domain.EventStore;
using Orderly.Domain.Orders;
using Orderly.Domain.Payments;
using Orderly.Domain.Validation;
using Orderly.ReadModels.ViewStore;
using Orderly.Subscriptions;

namespace Orderly.Processes.Payments;

/// <summary>payment: marks an order paid when what was received reaches its total, and asks for a refund of what it can't take.</summary>
public sealed class PaymentProcess(CommandSender sender) : IProcess<OrderLedger>
{
    public const string Name = "payment";

    public View<OrderLedger> View { get; } = new(Name, 1, ProcessesJson.Default.OrderLedger);

    public EventFilter Filter { get; } = EventFilter.ByStreamPrefix("order-", "payment-");

    public IReadOnlyList<string> DocumentIdsOf(EventEnvelope envelope) => OrderLedger.OrderOf(envelope.Event) is { } order ? [order] : [];

    public OrderLedger? Project(string id, OrderLedger? document, EventEnvelope envelope)
        => (document ?? OrderLedger.Empty).With(envelope.Event);

    public bool ReactsTo(EventEnvelope envelope) => envelope.Event is PaymentReceived or OrderConfirmed;

    public async Task ReactAsync(Reaction<OrderLedger> reaction, CancellationToken cancellationToken)
    {
        var (ledger, cause) = (reaction.State!, EventReference.To(reaction.Envelope.Recorded));
        if (reaction.Envelope.Event is PaymentReceived payment
            && ledger.Find(payment.PaymentId) is { } receipt
            && receipt.Kept < receipt.Received.Amount)
        {
            var reason = ledger.Total is { } total && total.Currency != receipt.Received.Currency
                ? $"The order is to be paid in {total.Currency}."
                : ledger.Status is OrderStatus.Rejected or OrderStatus.Cancelled
                    ? $"The order is {LowerCase<OrderStatus>.NameOf(ledger.Status)}."
                    : "The order's total is paid.";
            await sender.RefundAsync(receipt.PaymentId, receipt.GivenBack, reason, cause, Name, cancellationToken).ConfigureAwait(false);
        }

        if (ledger is { Status: OrderStatus.Confirmed, IsCovered: true })
        {
            await sender.SendAsync(cause, Name, "paid", context => new MarkOrderPaid(reaction.Id) { Context = context }, cancellationToken)
                .ConfigureAwait(false);
        }
    }
}
