using Orderly.Domain.Deciding;
using Orderly.Domain.EventStore;
using Orderly.Domain.Orders;
using Orderly.ReadModels.ViewStore;
using Orderly.Subscriptions;

namespace Orderly.Processes.Payments;

/// <summary>payment-deadline: cancels an order that is not paid in time after its confirmation.</summary>
public sealed class PaymentDeadline(CommandSender sender, ProcessOptions options) : ITimedProcess<AwaitedPayment>
{
    public const string Name = "payment-deadline";

    public View<AwaitedPayment> View { get; } = new(
        Name, 1, ProcessesJson.Default.AwaitedPayment,
        new ViewField<AwaitedPayment>(ITimedProcess<AwaitedPayment>.DueField, state => state.Due));

    public EventFilter Filter { get; } = EventFilter.ByStreamPrefix("order-", "payment-");

    /// <summary>None: payments are heard here too, so what came in time is known at the log's end.</summary>
    public TimeSpan Grace => TimeSpan.Zero;

    public IReadOnlyList<string> DocumentIdsOf(EventEnvelope envelope) => OrderLedger.OrderOf(envelope.Event) is { } order ? [order] : [];

    public AwaitedPayment? Project(string id, AwaitedPayment? document, EventEnvelope envelope)
    {
        var awaited = document ?? AwaitedPayment.None;
        awaited = awaited with { Ledger = awaited.Ledger.With(envelope.Event) };
        if (envelope.Event is OrderConfirmed e)
        {
            awaited = awaited with
            {
                Due = ProcessOptions.DueAfter(e.ConfirmedAt, options.PaymentDeadline),
                Confirmation = EventReference.To(envelope.Recorded),
                ConfirmedRevision = envelope.Recorded.Revision,
            };
        }

        return awaited.Ledger is { Status: OrderStatus.Confirmed, IsCovered: false } ? awaited : awaited with { Due = null };
    }

    public bool ReactsTo(EventEnvelope envelope) => false;

    public Task ReactAsync(Reaction<AwaitedPayment> reaction, CancellationToken cancellationToken) => Task.CompletedTask;

    public long? DueOf(AwaitedPayment state) => state.Due;

    public Task ElapseAsync(string id, AwaitedPayment state, CancellationToken cancellationToken)
        => sender.SendAsync(
            state.Confirmation!, Name, "cancel",
            context => new CancelOrder(id, $"It was not paid within {Describe(options.PaymentDeadline)}.")
            {
                // One that was paid at the last moment stays.
                Context = context with { IfMatch = new RevisionCondition([state.ConfirmedRevision]) },
            },
            cancellationToken);

    private static string Describe(TimeSpan time)
        => time.TotalHours >= 1
            ? FormattableString.Invariant($"{time.TotalHours:0.##} hours")
            : FormattableString.Invariant($"{time.TotalSeconds:0.##} seconds");
}

/// <summary>An order's money, and until when it has to be there.</summary>
/// <param name="Due">In milliseconds since 1970; null when nothing is awaited.</param>
/// <param name="Confirmation">The event that began it; null before.</param>
/// <param name="ConfirmedRevision">The revision of that event.</param>
public sealed record AwaitedPayment(OrderLedger Ledger, long? Due, EventReference? Confirmation, long ConfirmedRevision)
{
    public static AwaitedPayment None { get; } = new(OrderLedger.Empty, null, null, -1);
}
