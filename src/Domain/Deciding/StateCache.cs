using System.Collections.Concurrent;

namespace Orderly.Domain.Deciding;

/// <summary>
/// Keeps what was loaded last, so that deciding on a long stream reads only its new events. It is never trusted: an
/// append names the revision that was decided on, and a refusal is decided again on the stream's end.
/// </summary>
/// <param name="capacity">How many streams are kept at least once they were used; at most twice as many are held.</param>
/// <remarks>
/// Two generations: what is used moves to the young one, and when that is full, the old one is dropped.
/// Lock-free reads, constant cost, bounded. Safe for concurrent use.
/// </remarks>
internal sealed class StateCache(int capacity)
{
    private readonly Lock _turnover = new();
    private volatile ConcurrentDictionary<string, object> _young = new(StringComparer.Ordinal);
    private volatile ConcurrentDictionary<string, object> _old = new(StringComparer.Ordinal);
    private int _count;

    public object? Find(string stream)
    {
        if (_young.TryGetValue(stream, out var value))
        {
            return value;
        }

        if (_old.TryGetValue(stream, out value))
        {
            Set(stream, value);
        }

        return value;
    }

    public void Set(string stream, object value)
    {
        var young = _young;
        if (young.TryAdd(stream, value))
        {
            if (Interlocked.Increment(ref _count) >= capacity)
            {
                TurnOver(young);
            }
        }
        else
        {
            young[stream] = value;
        }
    }

    private void TurnOver(ConcurrentDictionary<string, object> full)
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
