using Orderly.ReadModels.ViewStore;

namespace Orderly.Subscriptions;

/// <summary>
/// The documents of a follower that are in memory: those that changed since the last commit, and those that events changed lately, so
/// that the next event of one need not load it again. They are right as long as every commit succeeds. A commit that is refused
/// means that somebody else has written; then <see cref="Clear"/> forgets all of them.
/// </summary>
/// <param name="capacity">
/// How many documents stay after their last use at least. There are at most twice as many, or those of two commits where that is more.
/// </param>
/// <remarks>Two generations, as in the decider's cache. Not safe for concurrent use.</remarks>
internal sealed class DocumentMemory<TDocument>(int capacity)
    where TDocument : class
{
    private readonly List<DocumentSlot<TDocument>> _changed = [];
    private Dictionary<string, DocumentSlot<TDocument>> _young = new(StringComparer.Ordinal);
    private Dictionary<string, DocumentSlot<TDocument>> _old = new(StringComparer.Ordinal);

    /// <summary>The slot of a document; a new one, to be loaded, when the document is not in memory.</summary>
    /// <param name="held">The partitions whose documents are kept, and those alone.</param>
    /// <returns>Null: the document belongs to none of the partitions.</returns>
    public DocumentSlot<TDocument>? Find(string id, HeldPartitions held)
    {
        if (_young.TryGetValue(id, out var slot))
        {
            return slot;
        }

        if (!_old.Remove(id, out slot))
        {
            var partition = held.IndexOf(id);
            if (partition < 0)
            {
                return null;
            }

            slot = new DocumentSlot<TDocument>(id, partition);
        }

        _young.Add(id, slot);
        return slot;
    }

    /// <summary>A document as the store holds it.</summary>
    public void Loaded(StoredDocument<TDocument> document)
        => (_young[document.Id].Value, _young[document.Id].Position) = (document.Value, document.Position);

    /// <summary>Puts a document in place after an event; null: there is none any more.</summary>
    public void Set(DocumentSlot<TDocument> slot, TDocument? value, long position)
    {
        if (value is null && slot.Value is null)
        {
            return;
        }

        if (!slot.IsChanged)
        {
            (slot.IsChanged, slot.Before) = (true, (slot.Value, slot.Position));
            _changed.Add(slot);
        }

        (slot.Value, slot.Position) = (value, position);
    }

    /// <summary>Undoes every <see cref="Set"/> since the last <see cref="TakeChanges"/>.</summary>
    public void Undo()
    {
        foreach (var slot in _changed)
        {
            (slot.IsChanged, (slot.Value, slot.Position)) = (false, slot.Before);
        }

        _changed.Clear();
    }

    /// <summary>
    /// Hands over what changed, for a commit. The one before must be done: of the documents that are not used any more, those of this
    /// commit and the last one stay, and the others go.
    /// </summary>
    public (IReadOnlyList<StoredDocument<TDocument>> Upserts, IReadOnlyList<string> Deletes) TakeChanges()
    {
        List<StoredDocument<TDocument>> upserts = new(_changed.Count);
        List<string> deletes = [];
        foreach (var slot in _changed)
        {
            (slot.IsChanged, slot.Before) = (false, default);
            if (slot.Value is { } value)
            {
                upserts.Add(new StoredDocument<TDocument>(slot.Id, slot.Position, value));
            }
            else
            {
                deletes.Add(slot.Id);
            }
        }

        _changed.Clear();
        if (_young.Count >= capacity)
        {
            (_old, _young) = (_young, _old);
            _young.Clear();
        }

        return (upserts, deletes);
    }

    /// <summary>Forgets everything.</summary>
    public void Clear()
    {
        _changed.Clear();
        _young.Clear();
        _old.Clear();
    }
}

/// <summary>A document in memory, or that there is none.</summary>
internal sealed class DocumentSlot<TDocument>(string id, int partition)
    where TDocument : class
{
    public string Id => id;

    /// <summary>The index of the partition that it belongs to.</summary>
    public int Partition => partition;

    /// <summary>Whether the store was asked for it.</summary>
    public bool IsLoaded { get; set; }

    /// <summary>The document; null when there is none.</summary>
    public TDocument? Value { get; set; }

    /// <summary>The log position of the last event that it holds. A document that was deleted holds none.</summary>
    public long Position { get; set; }

    /// <summary>Whether it is other than the last commit left it.</summary>
    public bool IsChanged { get; set; }

    /// <summary>As the last commit left it, when <see cref="IsChanged"/>.</summary>
    public (TDocument? Value, long Position) Before { get; set; }
}
