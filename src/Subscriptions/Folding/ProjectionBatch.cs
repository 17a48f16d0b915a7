using System.Runtime.ExceptionServices;
using Orderly.Domain.EventStore;
using Orderly.Domain.Serialization;
using Orderly.ReadModels.ViewStore;

namespace Orderly.Subscriptions;

/// <summary>
/// Folds events into the documents that a follower has in memory, a part of the log at a time: <see cref="Start"/>, load
/// <see cref="Missing"/>, <see cref="Fold"/>. What changed stays in <paramref name="memory"/> until it is committed.
/// </summary>
/// <param name="memory">The documents.</param>
/// <param name="attempts">How often an event was tried that is parked because the projection throws.</param>
/// <param name="reactsTo">Whether a process acts on an event; null: nobody acts.</param>
internal sealed class ProjectionBatch<TDocument>(
    IProjection<TDocument> projection, DocumentMemory<TDocument> memory, int attempts, Func<EventEnvelope, bool>? reactsTo)
    where TDocument : class
{
    private readonly List<Step> _steps = [];
    private readonly List<string> _missing = [];
    private readonly List<Outcome> _outcomes = [];
    private readonly List<Reaction<TDocument>> _reactions = [];
    private HeldPartitions _held = null!;

    /// <summary>Why the last <see cref="Fold"/> ended before the last event; null when it did not.</summary>
    public Exception? Fault { get; private set; }

    /// <summary>What follows from the events of the last <see cref="Fold"/>, in log order.</summary>
    public IReadOnlyList<Reaction<TDocument>> Reactions => _reactions;

    /// <summary>The ids of the documents that the events change and that are not in memory.</summary>
    public IReadOnlyList<string> Missing => _missing;

    /// <summary>Begins with the next part of the log.</summary>
    /// <param name="items">In log order.</param>
    /// <param name="held">The partitions whose documents are folded, and those alone.</param>
    public void Start(IEnumerable<LogItem> items, HeldPartitions held)
    {
        // The lists are used again for every part: they are large enough to be dear for the garbage collector.
        _steps.Clear();
        _missing.Clear();
        _held = held;
        foreach (var item in items)
        {
            _steps.Add(StepOf(item));
        }
    }

    /// <summary>Folds the events in order, up to the first that can't be applied: that one, and all after it, change nothing.</summary>
    /// <param name="lot">What is parked, and takes what is to be parked.</param>
    /// <param name="count">How many events at most.</param>
    /// <param name="parks">Whether an event for which the projection throws is parked, and does not end the fold.</param>
    /// <param name="failed">Reactions that failed: for their documents it is as if the projection threw.</param>
    /// <returns>How many were folded.</returns>
    public int Fold(ParkingLot lot, int count = int.MaxValue, bool parks = false, params IReadOnlyList<FailedReaction> failed)
    {
        Fault = null;
        _reactions.Clear();
        for (var i = 0; i < Math.Min(count, _steps.Count); i++)
        {
            try
            {
                if (!TryFold(_steps[i], lot, parks, failed))
                {
                    return i;
                }
            }
            catch (ParkingLotFullException e)
            {
                // The event comes again, as a whole.
                lot.Withdraw(_steps[i].Item.Position);
                Fault = e;
                return i;
            }
        }

        return Math.Min(count, _steps.Count);
    }

    private Step StepOf(LogItem item)
    {
        if (item.Envelope is not { } envelope)
        {
            return new Step(item, [], null);
        }

        IReadOnlyList<string> ids;
        try
        {
            ids = projection.DocumentIdsOf(envelope);
        }
        catch (Exception e)
        {
            return new Step(item, [], e);
        }

        var slots = ids.Count == 0 ? [] : new DocumentSlot<TDocument>[ids.Count];
        var count = 0;
        for (var i = 0; i < slots.Length; i++)
        {
            if (memory.Find(ids[i], _held) is { } slot)
            {
                if (!slot.IsLoaded)
                {
                    slot.IsLoaded = true;
                    _missing.Add(slot.Id);
                }

                slots[count++] = slot;
            }
        }

        return new Step(item, count == slots.Length ? slots : slots[..count], null);
    }

    private bool TryFold(Step step, ParkingLot lot, bool parks, IReadOnlyList<FailedReaction> failed)
    {
        var (item, slots, thrown) = step;
        if (item.Fault is { } fault)
        {
            ParkForAll(item.Event!, ReasonOf(fault), fault.Describe(), 1, lot);
        }
        else if (thrown is not null && !parks)
        {
            Fault = new UnappliableEventException(item.Event!, thrown);
            return false;
        }
        else if (thrown is not null)
        {
            ParkForAll(item.Event!, ParkedReason.Threw, UnappliableEventException.Describe(thrown), attempts, lot);
        }
        else if (slots.Length > 0)
        {
            return TryFold(item.Envelope!, slots, lot, parks, failed);
        }

        return true;
    }

    private bool TryFold(
        EventEnvelope envelope, DocumentSlot<TDocument>[] slots, ParkingLot lot, bool parks, IReadOnlyList<FailedReaction> failed)
    {
        _outcomes.Clear();
        foreach (var slot in slots)
        {
            if (IsSettled(slot, envelope.Recorded.Position.Value, lot))
            {
                continue;
            }

            if (lot.MustWait(slot.Id, slot.Partition, envelope.Recorded.Stream))
            {
                _outcomes.Add(new Outcome(slot, null, ParkedReason.Waiting, null));
                continue;
            }

            try
            {
                ThrowIfFailed(slot.Id, failed);
                _outcomes.Add(new Outcome(slot, projection.Project(slot.Id, slot.Value, envelope), null, null));
            }
            catch (Exception e) when (parks)
            {
                _outcomes.Add(new Outcome(slot, null, ParkedReason.Threw, UnappliableEventException.Describe(e)));
            }
            catch (Exception e)
            {
                Fault = new UnappliableEventException(envelope.Recorded, e);
                return false;
            }
        }

        Take(envelope, lot);
        return true;
    }

    /// <summary>
    /// Whether a document has been given the event before. A partition or a document that is at the event's position or past it
    /// holds the event. What is parked or left out is not applied here either.
    /// </summary>
    private bool IsSettled(DocumentSlot<TDocument> slot, long position, ParkingLot lot)
        => _held.PositionOf(slot.Partition) >= position
            || (slot.Value is not null && slot.Position >= position)
            || lot.IsSkipped(position, slot.Id)
            || lot.Holds(slot.Partition, position, slot.Id);

    /// <summary>Lets the outcomes of an event take effect.</summary>
    private void Take(EventEnvelope envelope, ParkingLot lot)
    {
        // What is parked comes first. Where the lot is full, the event ends the batch, and none of it may be in the commit.
        foreach (var (slot, _, reason, detail) in _outcomes)
        {
            if (reason is { } why)
            {
                lot.Park(_held[slot.Partition], slot.Id, envelope.Recorded, why, detail, why == ParkedReason.Waiting ? 0 : attempts);
            }
        }

        foreach (var (slot, value, reason, _) in _outcomes)
        {
            if (reason is null)
            {
                memory.Set(slot, value, envelope.Recorded.Position.Value);
                if (reactsTo?.Invoke(envelope) == true)
                {
                    _reactions.Add(new Reaction<TDocument>(slot.Id, value, envelope));
                }
            }
        }
    }

    private static void ThrowIfFailed(string id, IReadOnlyList<FailedReaction> failed)
    {
        foreach (var one in failed)
        {
            if (one.Id == id)
            {
                ExceptionDispatchInfo.Throw(one.Reason);
            }
        }
    }

    /// <summary>Parks an event in every partition, since nobody can tell which documents it changes.</summary>
    private void ParkForAll(RecordedEvent recorded, ParkedReason reason, string detail, int tries, ParkingLot lot)
    {
        var position = recorded.Position.Value;
        foreach (var partition in lot.IsSkipped(position, null) ? [] : _held.All)
        {
            if (partition.Position < position && !lot.Holds(partition.Index, position, null))
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

    /// <param name="Slots">The documents that the event changes.</param>
    /// <param name="Thrown">What the projection threw instead of naming them.</param>
    private readonly record struct Step(LogItem Item, DocumentSlot<TDocument>[] Slots, Exception? Thrown);

    /// <param name="Value">The document after the event, when there is no reason to park it.</param>
    private readonly record struct Outcome(DocumentSlot<TDocument> Slot, TDocument? Value, ParkedReason? Reason, string? Detail);
}
