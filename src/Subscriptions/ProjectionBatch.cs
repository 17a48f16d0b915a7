using Orderly.ReadModels.ViewStore;

namespace Orderly.Subscriptions;

/// <summary>The documents that a batch of events touches, and what becomes of them.</summary>
internal sealed class ProjectionBatch<TDocument>
    where TDocument : class
{
    private readonly Dictionary<string, Slot> _slots = new(StringComparer.Ordinal);
    private readonly List<(string Id, Slot Slot, TDocument? Value)> _folded = [];

    /// <summary>Notes a document that an event will change; true when it is new to the batch.</summary>
    public bool Touch(string id) => _slots.TryAdd(id, new Slot());

    /// <summary>A touched document as the store, or the cache, has it.</summary>
    public void Found(StoredDocument<TDocument> document) => _slots[document.Id].Current = document;

    /// <summary>Folds one event into each of its documents, or into none when the projection throws.</summary>
    public void Apply(IProjection<TDocument> projection, IReadOnlyList<string> ids, EventEnvelope envelope)
    {
        var position = envelope.Recorded.Position.Value;
        _folded.Clear();
        foreach (var id in ids)
        {
            // A document at or past the event's position holds it: the event was delivered before.
            if (_slots[id] is var slot && (slot.Current is not { } current || current.Position < position))
            {
                _folded.Add((id, slot, projection.Project(id, slot.Current?.Value, envelope)));
            }
        }

        foreach (var (id, slot, value) in _folded)
        {
            slot.IsChanged |= value is not null || slot.Current is not null;
            slot.Current = value is null ? null : new StoredDocument<TDocument>(id, position, value);
        }
    }

    /// <summary>The documents to write and the ids to delete.</summary>
    public (IReadOnlyList<StoredDocument<TDocument>> Upserts, IReadOnlyList<string> Deletes) Changes()
    {
        List<StoredDocument<TDocument>> upserts = [];
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

    private sealed class Slot
    {
        public StoredDocument<TDocument>? Current { get; set; }

        public bool IsChanged { get; set; }
    }
}
