using Orderly.Domain.Checks;
using Orderly.Domain.Deciding;
using Orderly.Domain.EventStore;
using Orderly.Domain.Orders;
using Orderly.ReadModels.ViewStore;
using Orderly.Subscriptions;

namespace Orderly.Processes.Checks;

/// <summary>
/// fraud-check: what a customer orders within one session, together with this order, must stay under the limit. Sessions follow the times
/// of the orders, not the clock, and orders are taken as the log has them: whenever it is read, the answers are the same.
/// </summary>
public sealed class FraudCheck(CommandSender sender, ProcessOptions options) : IProcess<FraudSessions>
{
    public const string Name = "fraud-check";

    public View<FraudSessions> View { get; } = new(Name, 1, ProcessesJson.Default.FraudSessions);

    public EventFilter Filter { get; } = EventFilter.ByStreamPrefix("order-");

    public IReadOnlyList<string> DocumentIdsOf(EventEnvelope envelope) => envelope.Event is OrderPlaced e ? [e.CustomerId] : [];

    public FraudSessions? Project(string id, FraudSessions? document, EventEnvelope envelope)
        => envelope.Event is OrderPlaced e ? (document ?? FraudSessions.None).With(e.PlacedAt, e.Total, options.FraudSessionGap) : document;

    public bool ReactsTo(EventEnvelope envelope) => envelope.Event is OrderPlaced;

    public async Task ReactAsync(Reaction<FraudSessions> reaction, CancellationToken cancellationToken)
    {
        var order = (OrderPlaced)reaction.Envelope.Event;
        var sum = reaction.State!.SumAt(order.PlacedAt, order.Total.Currency);
        var reason = FormattableString.Invariant(
            $"The customer's orders within one session come to {sum} {order.Total.Currency}; they must stay under {options.FraudLimit}.");
        string[] reasons = sum < options.FraudLimit ? [] : [reason];
        await sender.SendAsync(
            EventReference.To(reaction.Envelope.Recorded), Name, CheckNames.Fraud,
            context => new RecordCheck(order.OrderId, CheckNames.Fraud, reasons) { Context = context }, cancellationToken)
            .ConfigureAwait(false);
    }
}
