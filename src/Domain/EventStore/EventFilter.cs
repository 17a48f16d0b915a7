namespace Orderly.Domain.EventStore;

/// <summary>Which events of the log a reader wants; the store applies it, so that the others are not sent.</summary>
public sealed record EventFilter
{
    private EventFilter(IReadOnlyList<string> streamPrefixes, IReadOnlyList<string> eventTypes)
        => (StreamPrefixes, EventTypes) = (streamPrefixes, eventTypes);

    /// <summary>Every event.</summary>
    public static EventFilter Everything { get; } = new([], []);

    /// <summary>Prefixes of stream names, any of which fits; empty unless made by <see cref="ByStreamPrefix"/>.</summary>
    public IReadOnlyList<string> StreamPrefixes { get; }

    /// <summary>Whole event type names, any of which fits; empty unless made by <see cref="ByEventType"/>.</summary>
    public IReadOnlyList<string> EventTypes { get; }

    /// <summary>Events of streams whose name starts with one of these, such as <c>order-</c> (ordinal).</summary>
    public static EventFilter ByStreamPrefix(params IReadOnlyList<string> prefixes) => new(NotEmpty(prefixes), []);

    /// <summary>Events whose type is one of these.</summary>
    public static EventFilter ByEventType(params IReadOnlyList<string> types) => new([], NotEmpty(types));

    /// <summary>What any of the filters lets through; more than that where streams and types are mixed.</summary>
    public static EventFilter Union(IReadOnlyCollection<EventFilter> filters)
        => filters.Count > 0 && filters.All(filter => filter.StreamPrefixes.Count > 0) ? ByStreamPrefix(
            [.. filters.SelectMany(filter => filter.StreamPrefixes).Distinct(StringComparer.Ordinal)])
            : filters.Count > 0 && filters.All(filter => filter.EventTypes.Count > 0) ? ByEventType(
                [.. filters.SelectMany(filter => filter.EventTypes).Distinct(StringComparer.Ordinal)])
            : Everything;

    /// <summary>Whether an event of this stream and type is let through.</summary>
    public bool Passes(string stream, string type)
    {
        if (StreamPrefixes.Count == 0 && EventTypes.Count == 0)
        {
            return true;
        }

        // Asked for every event of the log: no closure, no enumerator.
        for (var i = 0; i < StreamPrefixes.Count; i++)
        {
            if (stream.StartsWith(StreamPrefixes[i], StringComparison.Ordinal))
            {
                return true;
            }
        }

        return EventTypes.Contains(type, StringComparer.Ordinal);
    }

    private static IReadOnlyList<string> NotEmpty(IReadOnlyList<string> values)
        => values.Count > 0 && values.All(value => value.Length > 0)
            ? values
            : throw new ArgumentException("A filter names at least one prefix or type, none of them empty.", nameof(values));
}
