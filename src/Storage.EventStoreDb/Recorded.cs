using System.Globalization;
using EventStore.Client;
using Orderly.Domain.EventStore;
using EventFilter = Orderly.Domain.EventStore.EventFilter;

namespace Orderly.Storage.EventStoreDb;

/// <summary>Between the client's types and the port's.</summary>
internal static class Recorded
{
    public static RecordedEvent Of(EventRecord record)
        => new(
            record.EventId.ToGuid(), record.EventStreamId, record.EventNumber.ToInt64(), PositionOf(record), record.EventType, record.Data,
            record.Metadata, new DateTimeOffset(DateTime.SpecifyKind(record.Created, DateTimeKind.Utc)));

    /// <summary>One number says where an event is, since an event that was appended is its own commit.</summary>
    /// <exception cref="NotSupportedException">It was written in a transaction of the old TCP protocol, and has two.</exception>
    public static LogPosition PositionOf(EventRecord record)
        => record.Position.CommitPosition == record.Position.PreparePosition
            ? new LogPosition((long)record.Position.CommitPosition)
            : throw new NotSupportedException(string.Create(
                CultureInfo.InvariantCulture,
                $"Event {record.EventNumber} of '{record.EventStreamId}' was written in a transaction of EventStoreDB's TCP "
                + $"protocol; its position can't be told by one number."));

    /// <summary>Never after a place that is told by two numbers: to look at something twice is harmless.</summary>
    public static LogPosition PositionOf(Position checkpoint) => new((long)Math.Min(checkpoint.CommitPosition, checkpoint.PreparePosition));

    public static Position PositionOf(LogPosition position) => new((ulong)position.Value, (ulong)position.Value);

    /// <summary>
    /// Whether an event fits. The server has applied nearly the same filter: it compares prefixes in its own culture, and
    /// knows prefixes only where the port has whole type names. The server's own events (<c>$</c>), among them the mark of a deleted
    /// stream, lie in the log too and never fit.
    /// </summary>
    public static bool Passes(this EventFilter filter, EventRecord record)
        => !record.EventType.StartsWith('$')
            && (filter.StreamPrefixes.Count == 0
                || filter.StreamPrefixes.Any(prefix => record.EventStreamId.StartsWith(prefix, StringComparison.Ordinal)))
            && (filter.EventTypes.Count == 0 || filter.EventTypes.Contains(record.EventType));

    /// <param name="filter">The port's.</param>
    /// <param name="searchWindow">How many events the server looks at before it tells how far it is.</param>
    public static IEventFilter OnServer(this EventFilter filter, int searchWindow)
    {
        var window = (uint)searchWindow;
        return filter switch
        {
            { StreamPrefixes.Count: > 0 } => StreamFilter.Prefix(window, [.. filter.StreamPrefixes]),
            { EventTypes.Count: > 0 } => EventTypeFilter.Prefix(window, [.. filter.EventTypes]),
            _ => EventTypeFilter.ExcludeSystemEvents(window),
        };
    }
}
