using Orderly.Domain.Deciding;
using Orderly.Domain.EventStore;
using Orderly.Domain.Serialization;

namespace Orderly.Storage.Sqlite;

/// <summary>A connection that reads the log, a bounded page at a time. Not safe for concurrent use.</summary>
internal sealed class LogReader : IDisposable
{
    /// <summary>The position of the last event that there ever was.</summary>
    public const string HeadSql = "SELECT max((SELECT position FROM head), coalesce((SELECT max(position) FROM events), 0))";

    /// <summary>A stream's last revision.</summary>
    public const string LastSql = "SELECT revision FROM events WHERE stream = ?1 ORDER BY revision DESC LIMIT 1";

    /// <summary>The most bytes of events that a read holds in memory; a single larger event still comes through.</summary>
    private const int PageBytes = 4 * 1024 * 1024;

    private const string Columns = "position, stream, revision, event_id, type, recorded_at, data, metadata";
    private const string StreamSql =
        $"SELECT {Columns} FROM events WHERE stream = ?1 AND revision BETWEEN ?2 AND ?3 AND recorded_at >= ?4 ORDER BY revision";

    private const string ForwardsSql = $"{StreamSql} ASC LIMIT ?5";
    private const string BackwardsSql = $"{StreamSql} DESC LIMIT ?5";

    private readonly SqliteEventStoreOptions _options;
    private readonly Connection _connection;
    private readonly TextCache _types = new();

    public LogReader(DatabaseFile file, SqliteEventStoreOptions options)
    {
        // A log that is gone is unavailable; an empty one in its place would hide that.
        _connection = file.OpenReader(creates: false);
        _options = options;
    }

    public long ReadHead() => _connection.Prepare(HeadSql).FirstLong() ?? 0;

    /// <inheritdoc cref="IEventStore.ReadIdentityAsync"/>
    public string ReadIdentity()
    {
        var row = _connection.Prepare("SELECT log FROM identity");
        row.Step();
        var identity = row.Text(0);
        row.Reset();
        return identity;
    }

    /// <inheritdoc cref="IEventStore.HoldsAsync"/>
    public bool Holds(long position, Guid eventId)
        => FindId(position) is { } found
            ? found == eventId

            // Positions have gaps only where events were erased, which is not after the head at the last erasure.
            : position <= (_connection.Prepare("SELECT position FROM head").FirstLong() ?? 0);

    /// <summary>Reads what passes the filter after a position, up to a bounded distance or number of events.</summary>
    public LogPage ReadLog(long after, LogFilter filter, long limit)
    {
        // Commits are in the order of positions, so all up to the head is there, whatever is committed meanwhile.
        var head = ReadHead();
        var end = Math.Min(head, after + _options.ScanWindow);
        if (end <= after)
        {
            return new LogPage([], after, null, head);
        }

        var most = (int)Math.Min(limit, _options.ReadPageEvents);
        _connection.BoundStatements();
        var statement = _connection.Prepare(
            $"SELECT {Columns} FROM events WHERE position > ?1 AND position <= ?2{filter.Condition} ORDER BY position LIMIT ?3");
        filter.Bind(statement.Bind(1, after).Bind(2, end).Bind(3, most));
        var events = ReadEvents(statement, most, out var more);
        var scannedTo = more ? events[^1].Position.Value : end;
        var last = events is [.., var @event] && @event.Position.Value == scannedTo ? @event.Id : FindId(scannedTo);
        return new LogPage(events, scannedTo, last, head);
    }

    /// <summary>Reads a page of what a stream keeps.</summary>
    /// <param name="more">Whether the page ended before the stream did.</param>
    public List<RecordedEvent> ReadStream(string stream, ReadDirection direction, long from, long limit, DateTimeOffset now, out bool more)
    {
        var keeps = ReadMetadata(stream);
        var first = keeps.TruncateBefore ?? 0;
        if (keeps.MaxCount is { } count)
        {
            first = Math.Max(first, (_connection.Prepare(LastSql).Bind(1, stream).FirstLong() ?? -1) - count + 1);
        }

        var oldest = keeps.MaxAge is { } age ? now.UtcTicks - age.Ticks : long.MinValue;
        var (sql, low, high) = direction == ReadDirection.Forwards
            ? (ForwardsSql, Math.Max(first, from), long.MaxValue)
            : (BackwardsSql, first, from);
        var most = (int)Math.Min(limit, _options.ReadPageEvents);
        var statement = _connection.Prepare(sql).Bind(1, stream).Bind(2, low).Bind(3, high).Bind(4, oldest).Bind(5, most);
        return ReadEvents(statement, most, out more);
    }

    /// <summary>What the stream keeps; <see cref="StreamMetadata.KeepAll"/> when nothing was set or the stream was deleted.</summary>
    public StreamMetadata ReadMetadata(string stream)
    {
        // The row of a deleted stream says nothing but that.
        var row = _connection.Prepare("SELECT max_count, max_age, truncate_before FROM streams WHERE stream = ?1").Bind(1, stream);
        if (!row.Step())
        {
            return StreamMetadata.KeepAll;
        }

        var age = row.LongOrNull(1);
        var keeps = new StreamMetadata(row.LongOrNull(0), age is null ? null : TimeSpan.FromTicks(age.Value), row.LongOrNull(2));
        row.Reset();
        return keeps;
    }

    /// <summary>The first event that the command left.</summary>
    public RecordedEvent? FindCommand(Guid commandId)
    {
        var (lowest, highest) = CommandIds.EventIdRange(commandId);
        var rows = _connection.Prepare($"SELECT {Columns} FROM events WHERE event_id BETWEEN ?1 AND ?2 ORDER BY position")
            .Bind(1, lowest).Bind(2, highest);
        while (rows.Step())
        {
            // Other commands' events can be in the range, though hardly ever.
            var @event = ReadEvent(rows);
            if (EventTypes.DecodeMetadata(@event)?.CommandId == commandId)
            {
                rows.Reset();
                return @event;
            }
        }

        return null;
    }

    public void Dispose() => _connection.Dispose();

    private Guid? FindId(long position)
    {
        var row = _connection.Prepare("SELECT event_id FROM events WHERE position = ?1").Bind(1, position);
        if (!row.Step())
        {
            return null;
        }

        var id = row.Guid(0);
        row.Reset();
        return id;
    }

    private List<RecordedEvent> ReadEvents(Statement rows, int most, out bool more)
    {
        var events = new List<RecordedEvent>();
        var bytes = 0;
        while (events.Count < most && bytes < PageBytes)
        {
            if (!rows.Step())
            {
                more = false;
                return events;
            }

            var @event = ReadEvent(rows);
            events.Add(@event);
            bytes += @event.Data.Length + @event.Metadata.Length;
        }

        rows.Reset();
        more = true;
        return events;
    }

    private RecordedEvent ReadEvent(Statement row)
    {
        // One array for both is one object less for each event.
        var data = row.Bytes(6);
        var metadata = row.Bytes(7);
        var bytes = GC.AllocateUninitializedArray<byte>(data.Length + metadata.Length);
        data.CopyTo(bytes);
        metadata.CopyTo(bytes.AsSpan(data.Length));
        return new RecordedEvent(
            row.Guid(3), row.Text(1), row.Long(2), new LogPosition(row.Long(0)), _types.Get(row.Bytes(4)), bytes.AsMemory(0, data.Length),
            bytes.AsMemory(data.Length), new DateTimeOffset(row.Long(5), TimeSpan.Zero));
    }
}
