using System.Collections.Concurrent;

namespace Orderly.Domain.Deciding;

/// <summary>Keeps the values that were used last. Lock-free reads, constant cost, bounded. Safe for concurrent use.</summary>
/// <param name="capacity">How many values are kept at least once they were used; at most twice as many are held.</param>
/// <remarks>Two generations: what is used moves to the young one, and when that is full, the old one is dropped.</remarks>
internal sealed class RecentlyUsed<TValue>(int capacity)
    where TValue : class
{
    private readonly Lock _turnover = new();
    private volatile ConcurrentDictionary<string, TValue> _young = new(StringComparer.Ordinal);
    private volatile ConcurrentDictionary<string, TValue> _old = new(StringComparer.Ordinal);
    private int _count;

    public TValue? Find(string key)
    {
        if (_young.TryGetValue(key, out var value))
        {
            return value;
        }

        if (_old.TryGetValue(key, out value))
        {
            Set(key, value);
        }

        return value;
    }

    public bool Contains(string key) => _young.ContainsKey(key) || _old.ContainsKey(key);

    public void Set(string key, TValue value)
    {
        var young = _young;
        if (young.TryAdd(key, value))
        {
            if (Interlocked.Increment(ref _count) >= capacity)
            {
                TurnOver(young);
            }
        }
        else
        {
            young[key] = value;
        }
    }

    private void TurnOver(ConcurrentDictionary<string, TValue> full)
    {
        lock (_turnover)
        {
            if (ReferenceEquals(_young, full))
            {
                _old = full;
                _young = new(StringComparer.Ordinal);
                Interlocked.Exchange(ref _count, 0);
            }
        }
    }
}
