using System.Collections.Concurrent;

namespace Orderly.Subscriptions;

/// <summary>
/// What this process can't keep just now, since a store can't be reached or written. It is in memory: the store that should hold it may be
/// the one that is away. Safe for concurrent use.
/// </summary>
public sealed class StoreFaults
{
    private readonly ConcurrentDictionary<string, bool> _names = new(StringComparer.Ordinal);

    /// <summary>The names of the views and processes, and <c>leases</c> when no lease can be taken or kept.</summary>
    public IReadOnlyCollection<string> Names => [.. _names.Keys.Order(StringComparer.Ordinal)];

    internal void Add(string name) => _names[name] = true;

    internal void Remove(string name)
    {
        if (!_names.IsEmpty)
        {
            _names.TryRemove(name, out _);
        }
    }
}
