using Orderly.Domain.Checks;
using Orderly.Domain.EventStore;
using Orderly.Domain.Orders;
using Orderly.Domain.Payments;
using Orderly.Domain.Serialization;
using Orderly.ReadModels.Orders;
using Orderly.ReadModels.ViewStore;
using Orderly.Subscriptions;

namespace Orderly.Projections;

/// <summary>An order at some time; both members are null when there was none.</summary>
/// <param name="Unreadable">Why the order can't be told: an event that this program can't read.</param>
public readonly record struct PastOrder(OrderDetails? Order, string? Unreadable);

/// <summary>
/// Time travel: folds the events of an order, its checks and its payments, up to some moment, with the projection that
/// keeps the view. It reads the streams from the log, and takes from the view only which payments belong to the order.
/// </summary>
public sealed class OrderHistory(IEventStore events, IViewStore views, EventTypes types, IProjection<OrderDetails> projection)
{
    /// <summary>The order as it was; exactly one of the two moments is given.</summary>
    /// <param name="id">The order's id.</param>
    /// <param name="revision">Right after the event of this revision of the order's stream.</param>
    /// <param name="at">At this time, by the store's clock.</param>
    public async Task<PastOrder> FindAsync(string id, long? revision, DateTimeOffset? at, CancellationToken cancellationToken)
    {
        bool IsTaken(RecordedEvent recorded) => revision is { } last ? recorded.Revision <= last : recorded.RecordedAt <= at;
        var own = await ReadAsync($"{Order.Category}-{id}", IsTaken, cancellationToken).ConfigureAwait(false);
        if (own.Find(recorded => recorded.Damage is not null) is { } damaged)
        {
            return Unreadable(damaged);
        }

        if (own is [] || own[^1].Revision < revision)
        {
            return default;
        }

        bool IsEarlier(RecordedEvent recorded) => at is { } time ? recorded.RecordedAt <= time : recorded.Position <= own[^1].Position;
        var all = own;
        foreach (var stream in await RelatedStreamsAsync(id, cancellationToken).ConfigureAwait(false))
        {
            all.AddRange(await ReadAsync(stream, IsEarlier, cancellationToken).ConfigureAwait(false));
        }

        return Fold(id, all.OrderBy(recorded => recorded.Position));
    }

    private PastOrder Fold(string id, IEnumerable<RecordedEvent> history)
    {
        OrderDetails? order = null;
        foreach (var recorded in history)
        {
            if (types.Decode(recorded) is not DecodedEvent.Known known)
            {
                return Unreadable(recorded);
            }

            var envelope = new EventEnvelope(recorded, known.Event);
            order = projection.DocumentIdsOf(envelope).Contains(id) ? projection.Project(id, order, envelope) : order;
        }

        return new PastOrder(order, null);
    }

    private PastOrder Unreadable(RecordedEvent recorded)
        => new(null, $"Event {recorded.Revision} of '{recorded.Stream}': {types.Decode(recorded).Describe()}.");

    private async Task<IEnumerable<string>> RelatedStreamsAsync(string id, CancellationToken cancellationToken)
    {
        var found = await views.FindAsync(OrderDetails.View, [id], cancellationToken).ConfigureAwait(false);
        var payments = found.Documents.SelectMany(document => document.Value.Payments);
        return payments.Select(payment => $"{Payment.Category}-{payment.PaymentId}").Prepend($"{OrderChecks.Category}-{id}");
    }

    private async Task<List<RecordedEvent>> ReadAsync(
        string stream, Func<RecordedEvent, bool> isEarlier, CancellationToken cancellationToken)
        => await events.ReadStreamAsync(stream, ReadDirection.Forwards, 0, long.MaxValue, cancellationToken)
            .TakeWhile(recorded => recorded.Damage is not null || isEarlier(recorded))
            .ToListAsync(cancellationToken)
            .ConfigureAwait(false);
}
