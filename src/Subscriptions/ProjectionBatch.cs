using Orderly.ReadModels.ViewStore;

namespace Orderly.Subscriptions;

/// <summary>A batch of the log, the documents that it touches, and what becomes of them.</summary>
internal sealed class ProjectionBatch<TDocument>(IProjection<TDocument> projection)
    where TDocument : class
{
    private readonly Dictionary<string, Slot> _slots = new(StringComparer.Ordinal);
    private readonly List<Slot[]> _slotsOfItems = [];
    private readonly List<(Slot Slot, TDocument? Value)> _folded = [];
    private IReadOnlyList<LogItem> _items = [];

    /// <summary>What ended the batch early, if anything did.</summary>
    public UnappliableEventException? Fault { get; private set; }

    /// <summary>Begins with the next batch; it ends before the first item that can't be read or applied.</summary>
    /// <param name="items">In log order; left as they are until the next batch begins.</param>
    public void Start(IReadOnlyList<LogItem> items)
    {
        // Used again for every batch: what it holds is large enough to be dear for the garbage collector.
        _items = items;
        _slots.Clear();
        _slotsOfItems.Clear();
        Fault = null;
        for (var i = 0; i < items.Count && TryAdd(items[i]); i++)
        {
        }
    }

    /// <summary>The documents that it touches.</summary>
    public IReadOnlyCollection<string> Ids => _slots.Keys;

    /// <summary>A touched document as the store, or the cache, has it.</summary>
    public void Found(StoredDocument<TDocument> document) => _slots[document.Id].Current = document;

    /// <summary>Folds all events; each into all of its documents or, when the projection throws, into none.</summary>
    /// <param name="position">Where the view is.</param>
    /// <returns>Where it is afterwards.</returns>
    public long Fold(long position)
    {
        for (var i = 0; i < _slotsOfItems.Count && TryFold(_items[i], _slotsOfItems[i]); i++)
        {
            position = Math.Max(position, _items[i].Message.Position.Value);
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

    private bool TryAdd(LogItem item)
    {
        if (item.Fault is not null)
        {
            Fault = new UnappliableEventException(item.Message.Event!, item.Fault);
            return false;
        }

        try
        {
            _slotsOfItems.Add(item.Envelope is { } envelope ? SlotsOf(projection.DocumentIdsOf(envelope)) : []);
            return true;
        }
        catch (Exception e)
        {
            Fault = UnappliableEventException.Thrown(item.Message.Event!, e);
            return false;
        }
    }

    private Slot[] SlotsOf(IReadOnlyList<string> ids)
    {
        var slots = ids.Count == 0 ? [] : new Slot[ids.Count];
        for (var i = 0; i < slots.Length; i++)
        {
            if (!_slots.TryGetValue(ids[i], out var slot))
            {
                _slots.Add(ids[i], slot = new Slot(ids[i]));
            }

            slots[i] = slot;
        }

        return slots;
    }

    private bool TryFold(LogItem item, Slot[] slots)
    {
        var position = item.Message.Position.Value;
        _folded.Clear();
        try
        {
            foreach (var slot in slots)
            {
                // A document at or past the event's position holds it: the event was delivered before.
                if (slot.Current is not { } current || current.Position < position)
                {
                    _folded.Add((slot, projection.Project(slot.Id, slot.Current?.Value, item.Envelope!)));
                }
            }
        }
        catch (Exception e)
        {
            Fault = UnappliableEventException.Thrown(item.Message.Event!, e);
            return false;
        }

        foreach (var (slot, value) in _folded)
        {
            slot.Set(value, position);
        }

        return true;
    }

    private sealed class Slot(string id)
    {
        public string Id => id;

        public StoredDocument<TDocument>? Current { get; set; }

        public bool IsChanged { get; private set; }

        public void Set(TDocument? value, long position)
        {
            IsChanged |= value is not null || Current is not null;
            Current = value is null ? null : new StoredDocument<TDocument>(id, position, value);
        }
    }
}
