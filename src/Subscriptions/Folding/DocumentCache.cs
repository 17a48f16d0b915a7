using Orderly.ReadModels.ViewStore;

namespace Orderly.Subscriptions;

/// <summary>
/// The documents that were written last, so that they need not be loaded for the next event. It is right as long as
/// every commit succeeds: a commit that is refused means that somebody else has written, and then it is cleared.
/// </summary>
/// <param name="capacity">How many documents are kept after their last use at least; at most twice as many are held.</param>
/// <remarks>Two generations, as in the decider's cache; for one thread.</remarks>
internal sealed class DocumentCache<TDocument>(int capacity)
    where TDocument : class
{
    private Dictionary<string, StoredDocument<TDocument>> _young = new(StringComparer.Ordinal);
    private Dictionary<string, StoredDocument<TDocument>> _old = new(StringComparer.Ordinal);

    public StoredDocument<TDocument>? Find(string id)
        => _young.TryGetValue(id, out var document) || _old.TryGetValue(id, out document) ? document : null;

    public void Set(StoredDocument<TDocument> document)
    {
        _young[document.Id] = document;
        if (_young.Count >= capacity)
        {
            (_old, _young) = (_young, _old);
            _young.Clear();
        }
    }

    public void Remove(string id)
    {
        _young.Remove(id);
        _old.Remove(id);
    }

    public void Clear()
    {
        _young.Clear();
        _old.Clear();
    }
}
