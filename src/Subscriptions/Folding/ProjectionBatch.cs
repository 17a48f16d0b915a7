using System.Runtime.ExceptionServices;
using Orderly.Domain.EventStore;
using Orderly.Domain.Serialization;
using Orderly.ReadModels.ViewStore;

namespace Orderly.Subscriptions;

/// <summary>A batch of the log, the documents that it touches, and what becomes of them.</summary>
/// <param name="attempts">How often an event was tried that is parked because the projection throws.</param>
/// <param name="reactor">Whose reactions are collected; null: nobody reacts.</param>
internal sealed class ProjectionBatch<TDocument>(IProjection<TDocument> projection, int attempts, Reactor<TDocument>? reactor)
    where TDocument : class
{
    private readonly Dictionary<string, Slot> _slots = new(StringComparer.Ordinal);
    private readonly List<Slot[]> _slotsOfItems = [];
    private readonly List<Outcome> _outcomes = [];
    private readonly List<Reaction<TDocument>> _reactions = [];
    private IReadOnlyList<FailedReaction> _failed = [];
    private IReadOnlyList<LogItem> _items = [];

    /// <summary>What ended the batch early, if anything did.</summary>
    public Exception? Fault { get; private set; }

    /// <summary>What follows from the events that were folded, in log order.</summary>
    public IReadOnlyList<Reaction<TDocument>> Reactions => _reactions;

    /// <summary>Begins with the next batch.</summary>
    /// <param name="items">In log order; left as they are until the next batch begins.</param>
    /// <param name="held">The partitions whose documents are folded, and those alone.</param>
    /// <param name="failed">Reactions that failed: their events count as if the projection threw.</param>
    public void Start(IReadOnlyList<LogItem> items, HeldPartitions held, params IReadOnlyList<FailedReaction> failed)
    {
        // Used again for every batch: what it holds is large enough to be dear for the garbage collector.
        _items = items;
        _slots.Clear();
        _slotsOfItems.Clear();
        _reactions.Clear();
        _failed = failed;
        Fault = null;
        foreach (var item in items)
        {
            _slotsOfItems.Add(item.Envelope is { } envelope ? SlotsOf(envelope, held) : []);
        }
    }

    /// <summary>The documents that it touches.</summary>
    public IReadOnlyCollection<string> Ids => _slots.Keys;

    /// <summary>A touched document as the store, or the cache, has it.</summary>
    public void Found(StoredDocument<TDocument> document) => _slots[document.Id].Current = document;

    /// <summary>Folds all events. What can't be applied is parked, or ends the batch before that event.</summary>
    /// <param name="position">Where the view is.</param>
    /// <param name="lot">What is parked, and takes what is to be parked.</param>
    /// <param name="held">The same as at the start.</param>
    /// <param name="parkedIfThrown">The position of the event that is parked if the projection throws; others that it throws for end the batch.</param>
    /// <returns>Where it is afterwards.</returns>
    public long Fold(long position, ParkingLot lot, HeldPartitions held, long parkedIfThrown)
    {
        for (var i = 0; i < _items.Count && TryFold(_items[i], _slotsOfItems[i], lot, held, parkedIfThrown); i++)
        {
            position = Math.Max(position, _items[i].Position);
        }

        return position;
    }

    /// <summary>The documents to write and the ids to delete.</summary>
    public (IReadOnlyList<StoredDocument<TDocument>> Upserts, IReadOnlyList<string> Deletes) Changes()
    {
        List<StoredDocument<TDocument>> upserts = new(_slots.Count);
        List<string> deletes = [];
        foreach (var (id, slot) in _slots)
        {
            if (slot is { IsChanged: true, Current: { } document })
            {
                upserts.Add(document);
            }
            else if (slot.IsChanged)
            {
                deletes.Add(id);
            }
        }

        return (upserts, deletes);
    }

    private Slot[] SlotsOf(EventEnvelope envelope, HeldPartitions held)
    {
        IReadOnlyList<string> ids;
        try
        {
            ids = projection.DocumentIdsOf(envelope);
        }
        catch (Exception e)
        {
            return [new Slot("", -1) { Thrown = e }];
        }

        var slots = ids.Count == 0 ? [] : new Slot[ids.Count];
        var count = 0;
        for (var i = 0; i < slots.Length; i++)
        {
            if (!_slots.TryGetValue(ids[i], out var slot))
            {
                if (held.IndexOf(ids[i]) is var partition && partition < 0)
                {
                    continue;
                }

                _slots.Add(ids[i], slot = new Slot(ids[i], partition));
            }

            slots[count++] = slot;
        }

        return count == slots.Length ? slots : slots[..count];
    }

    private bool TryFold(LogItem item, Slot[] slots, ParkingLot lot, HeldPartitions held, long parkedIfThrown)
    {
        try
        {
            if (item.Fault is { } fault)
            {
                ParkForAll(item.Event!, ReasonOf(fault), fault.Describe(), tries: 1, lot, held);
            }
            else if (slots is [{ Thrown: { } thrown }])
            {
                if (item.Position != parkedIfThrown)
                {
                    Fault = new UnappliableEventException(item.Event!, thrown);
                    return false;
                }

                ParkForAll(item.Event!, ParkedReason.Threw, UnappliableEventException.Describe(thrown), attempts, lot, held);
            }
            else if (slots.Length > 0)
            {
                return TryFold(item.Envelope!, slots, lot, held, parkedIfThrown);
            }

            return true;
        }
        catch (ParkingLotFullException e)
        {
            // It comes again, as a whole.
            lot.Withdraw(item.Position);
            Fault = e;
            return false;
        }
    }

    private bool TryFold(EventEnvelope envelope, Slot[] slots, ParkingLot lot, HeldPartitions held, long parkedIfThrown)
    {
        var recorded = envelope.Recorded;
        var position = recorded.Position.Value;
        _outcomes.Clear();
        foreach (var slot in slots)
        {
            // A partition or a document at or past the event's position holds it: the event was delivered before. So it was when it is parked.
            if (held.PositionOf(slot.Partition) >= position || slot.Current?.Position >= position || lot.IsSkipped(position, slot.Id)
                || lot.Holds(slot.Partition, position, slot.Id))
            {
                continue;
            }

            if (lot.MustWait(slot.Id, slot.Partition, recorded.Stream))
            {
                _outcomes.Add(new Outcome(slot, null, ParkedReason.Waiting, null));
                continue;
            }

            try
            {
                ThrowIfFailed(slot, recorded);
                _outcomes.Add(new Outcome(slot, projection.Project(slot.Id, slot.Current?.Value, envelope), null, null));
            }
            catch (Exception e)
            {
                if (position != parkedIfThrown)
                {
                    Fault = new UnappliableEventException(recorded, e);
                    return false;
                }

                _outcomes.Add(new Outcome(slot, null, ParkedReason.Threw, UnappliableEventException.Describe(e)));
            }
        }

        foreach (var (slot, _, reason, detail) in _outcomes)
        {
            if (reason is { } why)
            {
                lot.Park(held[slot.Partition], slot.Id, recorded, why, detail, why == ParkedReason.Waiting ? 0 : attempts);
            }
        }

        // When all that has to be parked has its place: otherwise the event ends the batch, and none of it is in the commit.
        foreach (var (slot, value, reason, _) in _outcomes)
        {
            if (reason is null)
            {
                slot.Set(value, position);
                if (reactor?.ReactsTo(envelope) == true)
                {
                    _reactions.Add(new Reaction<TDocument>(slot.Id, value, envelope));
                }
            }
        }

        return true;
    }

    private void ThrowIfFailed(Slot slot, RecordedEvent recorded)
    {
        foreach (var one in _failed)
        {
            if (one.Id == slot.Id && one.Event.Position == recorded.Position)
            {
                ExceptionDispatchInfo.Throw(one.Reason);
            }
        }
    }

    /// <summary>Nobody can tell which documents the event changes, so every partition has to keep it.</summary>
    private static void ParkForAll(RecordedEvent recorded, ParkedReason reason, string detail, int tries, ParkingLot lot, HeldPartitions held)
    {
        if (lot.IsSkipped(recorded.Position.Value, null))
        {
            return;
        }

        foreach (var partition in held.All)
        {
            if (partition.Position < recorded.Position.Value && !lot.Holds(partition.Index, recorded.Position.Value, null))
            {
                lot.Park(partition, null, recorded, reason, detail, tries);
            }
        }
    }

    internal static ParkedReason ReasonOf(DecodedEvent fault) => fault switch
    {
        DecodedEvent.UnknownType => ParkedReason.UnknownType,
        DecodedEvent.TooNew => ParkedReason.TooNew,
        _ => ParkedReason.Unreadable,
    };

    /// <param name="Value">The document after the event, when there is no reason to park it.</param>
    private readonly record struct Outcome(Slot Slot, TDocument? Value, ParkedReason? Reason, string? Detail);

    private sealed class Slot(string id, int partition)
    {
        public string Id => id;

        public int Partition => partition;

        /// <summary>What the projection threw instead of naming documents.</summary>
        public Exception? Thrown { get; init; }

        public StoredDocument<TDocument>? Current { get; set; }

        public bool IsChanged { get; private set; }

        public void Set(TDocument? value, long position)
        {
            IsChanged |= value is not null || Current is not null;
            Current = value is null ? null : new StoredDocument<TDocument>(id, position, value);
        }
    }
}
