using Orderly.Domain.EventStore;
using Orderly.Domain.Serialization;
using Orderly.ReadModels.ViewStore;

namespace Orderly.Subscriptions;

/// <summary>A document, folded anew with an event that it went on without.</summary>
/// <param name="IsStored">Whether there is a document now.</param>
/// <param name="Through">The log position up to which the fold holds every event of the document that can be applied.</param>
internal sealed record LateDocument<TDocument>(bool IsStored, long Through)
    where TDocument : class
{
    /// <summary>As it is then; null when there is none.</summary>
    public TDocument? Value { get; set; }

    /// <summary>The log position of the last event that changed it.</summary>
    public long Position { get; set; }

    /// <summary>Why it can't be folded; null when it can.</summary>
    public Exception? Fault { get; set; }
}

/// <summary>
/// The documents that went on without an event of theirs: nobody could read it, and other streams change them too. A document is a left
/// fold of its events in the order of the log, so each of these is folded anew, from the start of the log, with the event in its place.
/// </summary>
internal sealed class LateDocuments<TDocument>(IProjection<TDocument> projection, View<TDocument> view, SubscriptionServices services)
    where TDocument : class
{
    /// <summary>Finds and folds those of one partition.</summary>
    public async Task<IReadOnlyDictionary<string, LateDocument<TDocument>>> FoldAsync(
        RecoveredPartition partition, CancellationToken cancellationToken)
    {
        var (held, index, parked, tried, lot) = partition;
        var (found, unread) = await NameAsync(partition, cancellationToken).ConfigureAwait(false);
        var events = found.Select(one => (Id: one.Key, Position: one.Value))
            .Concat(parked.Where(one => one.Document is not null && tried.Contains(one)).Select(one => (Id: one.Document!, one.Position)))
            .ToLookup(one => one.Id, one => one.Position, StringComparer.Ordinal);
        Dictionary<string, LateDocument<TDocument>> late = new(StringComparer.Ordinal);
        List<string> ids = [.. events.Select(one => one.Key)];
        foreach (var stored in ids.Count == 0
            ? [] : await services.Views.LoadAsync(view, held[index].Number, ids, cancellationToken).ConfigureAwait(false))
        {
            found.Remove(stored.Id);
            if (events[stored.Id].Min() < stored.Position)
            {
                late.Add(stored.Id, new LateDocument<TDocument>(true, stored.Position));
            }
        }

        // Where there is no document, other events may have come and left nothing.
        foreach (var id in found.Keys)
        {
            var next = parked.FirstOrDefault(one => one.Document == id)?.Position;
            late.Add(id, new LateDocument<TDocument>(false, next - 1 ?? held[index].Position));
        }

        if (late.Count == 0)
        {
            return late;
        }

        var end = late.Values.Max(one => one.Through);
        await foreach (var recorded in services.Log.ReadAllAsync(LogPosition.Start, projection.Filter, long.MaxValue, cancellationToken)
            .ConfigureAwait(false))
        {
            if (recorded.Position.Value > end)
            {
                break;
            }

            if (recorded.Damage is { } damage && !unread.Contains(recorded.Position.Value) && !lot.IsSkipped(recorded.Position.Value, null))
            {
                // It was folded before it was damaged. Without it, each of them may be wrong.
                var fault = new UnappliableEventException(recorded, new InvalidDataException(damage));
                foreach (var one in late.Values)
                {
                    one.Fault ??= fault;
                }

                break;
            }

            if (!unread.Contains(recorded.Position.Value) && services.Types.Decode(recorded) is DecodedEvent.Known known)
            {
                Fold(late, new EventEnvelope(recorded, known.Event), lot);
            }
        }

        return late;
    }

    /// <summary>The documents of events that could not be read and can be now, each with the first of them; and what still can't.</summary>
    private async Task<(Dictionary<string, long> Found, HashSet<long> Unread)> NameAsync(
        RecoveredPartition partition, CancellationToken cancellationToken)
    {
        var (held, index, parked, tried, lot) = partition;
        Dictionary<string, long> found = new(StringComparer.Ordinal);
        HashSet<long> unread = [];
        HashSet<string> blocked = new(StringComparer.Ordinal);
        foreach (var nameless in parked.Where(one => one.Document is null && !lot.IsSkipped(one.Position, null)))
        {
            var ids = tried.Contains(nameless) && !blocked.Contains(nameless.Stream)
                && await services.ReadAsync(nameless, cancellationToken).ConfigureAwait(false) is { } recorded
                && services.Types.Decode(recorded) is DecodedEvent.Known known
                    ? TryName(new EventEnvelope(recorded, known.Event))
                    : null;
            if (ids is null)
            {
                unread.Add(nameless.Position);
                blocked.Add(nameless.Stream);
            }

            foreach (var id in ids?.Where(id => held.IndexOf(id) == index && !lot.IsSkipped(nameless.Position, id)) ?? [])
            {
                found.TryAdd(id, nameless.Position);
            }
        }

        return (found, unread);
    }

    private void Fold(Dictionary<string, LateDocument<TDocument>> late, EventEnvelope envelope, ParkingLot lot)
    {
        var position = envelope.Recorded.Position.Value;
        foreach (var id in TryName(envelope) ?? [])
        {
            if (late.TryGetValue(id, out var one) && one.Fault is null && position <= one.Through && !lot.IsSkipped(position, id))
            {
                try
                {
                    (one.Value, one.Position) = (projection.Project(id, one.Value, envelope), position);
                }
                catch (Exception e)
                {
                    one.Fault = new UnappliableEventException(envelope.Recorded, e);
                }
            }
        }
    }

    /// <summary>The documents that an event changes; null when the projection throws: then the event is parked or left out.</summary>
    private IReadOnlyList<string>? TryName(EventEnvelope envelope)
    {
        try
        {
            return projection.DocumentIdsOf(envelope);
        }
        catch (Exception)
        {
            return null;
        }
    }
}
