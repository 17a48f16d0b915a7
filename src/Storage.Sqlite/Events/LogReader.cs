using Orderly.Domain.Deciding;
using Orderly.Domain.EventStore;
using Orderly.Domain.Serialization;
using SQLitePCL;

namespace Orderly.Storage.Sqlite;

/// <summary>A connection that reads the log, a bounded page at a time. Not safe for concurrent use.</summary>
internal sealed class LogReader : IDisposable
{
    /// <summary>The position of the last event that there ever was.</summary>
    public const string HeadSql = "SELECT max((SELECT position FROM head), coalesce((SELECT max(position) FROM events), 0))";

    /// <summary>A stream's last revision.</summary>
    public const string LastSql = "SELECT revision FROM events WHERE stream = ?1 ORDER BY revision DESC LIMIT 1";

    private const string Columns = "position, stream, revision, event_id, type, recorded_at, data, metadata";
    private const string StreamSql = $"SELECT {Columns} FROM events WHERE stream = ?1 AND revision BETWEEN ?2 AND ?3 AND recorded_at >= ?4 ORDER BY revision";

    /// <summary>How many kinds of filter a connection keeps statements for.</summary>
    private const int MaxFilterStatements = 64;

    private readonly SqliteEventStoreOptions _options;
    private readonly sqlite3 _database;
    private readonly TextCache _types = new();
    private readonly Dictionary<string, SqliteStatement> _logStatements = new(StringComparer.Ordinal);
    private readonly List<SqliteStatement> _statements = [];
    private readonly SqliteStatement _readHead;
    private readonly SqliteStatement _readLast;
    private readonly SqliteStatement _readForwards;
    private readonly SqliteStatement _readBackwards;
    private readonly SqliteStatement _readStream;
    private readonly SqliteStatement _findCommand;

    public LogReader(SqliteEventStoreOptions options)
    {
        _options = options;
        _database = SqliteDatabase.OpenReader(options.Path, options.ReaderCacheKiB, options.ReaderMapBytes);
        try
        {
            _readHead = Prepare(HeadSql);
            _readLast = Prepare(LastSql);
            _readForwards = Prepare($"{StreamSql} ASC LIMIT ?5");
            _readBackwards = Prepare($"{StreamSql} DESC LIMIT ?5");
            _readStream = Prepare("SELECT max_count, max_age, truncate_before, deleted FROM streams WHERE stream = ?1");
            _findCommand = Prepare($"SELECT {Columns} FROM events WHERE event_id BETWEEN ?1 AND ?2 ORDER BY position");
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public long ReadHead()
    {
        using var rows = _readHead.Query();
        return rows.Read() ? rows.Int64(0) : 0;
    }

    /// <summary>Reads what passes the filter after a position, up to a bounded distance or number of events.</summary>
    public LogPage ReadLog(long after, LogFilter filter, long limit)
    {
        // Commits are in the order of positions, so all up to the head is there, whatever is committed meanwhile.
        var head = ReadHead();
        var end = Math.Min(head, after + _options.ScanWindow);
        if (end <= after)
        {
            return new LogPage([], after, head);
        }

        var most = (int)Math.Min(limit, _options.ReadPageEvents);
        var statement = LogStatement(filter);
        filter.Bind(statement.Bind(1, after).Bind(2, end).Bind(3, most));
        var events = ReadEvents(statement, most, out var more);
        return new LogPage(events, more ? events[^1].Position.Value : end, head);
    }

    /// <summary>Reads a page of what a stream keeps.</summary>
    /// <param name="more">Whether the page ended before the stream did.</param>
    public List<RecordedEvent> ReadStream(
        string stream, ReadDirection direction, long from, long limit, DateTimeOffset now, out bool more)
    {
        var (keeps, _) = ReadStreamRow(stream);
        var first = keeps.TruncateBefore ?? 0;
        if (keeps.MaxCount is { } count)
        {
            first = Math.Max(first, ReadLast(stream) - count + 1);
        }

        var oldest = keeps.MaxAge is { } age ? now.UtcTicks - age.Ticks : long.MinValue;
        var (statement, low, high) = direction == ReadDirection.Forwards
            ? (_readForwards, Math.Max(first, from), long.MaxValue)
            : (_readBackwards, first, from);
        var most = (int)Math.Min(limit, _options.ReadPageEvents);
        return ReadEvents(statement.Bind(1, stream).Bind(2, low).Bind(3, high).Bind(4, oldest).Bind(5, most), most, out more);
    }

    /// <summary>What the stream keeps; <see cref="StreamMetadata.KeepAll"/> when nothing was set or the stream was deleted.</summary>
    public StreamMetadata ReadMetadata(string stream) => ReadStreamRow(stream) is (var keeps, false) ? keeps : StreamMetadata.KeepAll;

    /// <summary>The first event that the command left.</summary>
    public RecordedEvent? FindCommand(Guid commandId)
    {
        var (lowest, highest) = CommandIds.EventIdRange(commandId);
        using var rows = _findCommand.Bind(1, lowest).Bind(2, highest).Query();
        while (rows.Read())
        {
            // Other commands' events can be in the range, though hardly ever.
            var @event = ReadEvent(rows);
            if (EventTypes.DecodeMetadata(@event)?.CommandId == commandId)
            {
                return @event;
            }
        }

        return null;
    }

    public void Dispose()
    {
        _statements.ForEach(statement => statement.Dispose());
        ForgetLogStatements();
        _database.Dispose();
    }

    private long ReadLast(string stream)
    {
        using var rows = _readLast.Bind(1, stream).Query();
        return rows.Read() ? rows.Int64(0) : -1;
    }

    private (StreamMetadata Keeps, bool Deleted) ReadStreamRow(string stream)
    {
        using var rows = _readStream.Bind(1, stream).Query();
        if (!rows.Read())
        {
            return (StreamMetadata.KeepAll, false);
        }

        var age = rows.NullableInt64(1);
        return (
            new StreamMetadata(rows.NullableInt64(0), age is null ? null : TimeSpan.FromTicks(age.Value), rows.NullableInt64(2)),
            rows.Int64(3) != 0);
    }

    private List<RecordedEvent> ReadEvents(SqliteStatement statement, int most, out bool more)
    {
        var events = new List<RecordedEvent>();
        var bytes = 0;
        using var rows = statement.Query();
        more = true;
        while (events.Count < most && bytes < _options.ReadPageBytes)
        {
            if (!rows.Read())
            {
                more = false;
                break;
            }

            var @event = ReadEvent(rows);
            events.Add(@event);
            bytes += @event.Data.Length + @event.Metadata.Length;
        }

        return events;
    }

    private RecordedEvent ReadEvent(SqliteStatement.Rows rows)
    {
        // One array for both is one object less for each event.
        var data = rows.Bytes(6);
        var metadata = rows.Bytes(7);
        var bytes = GC.AllocateUninitializedArray<byte>(data.Length + metadata.Length);
        data.CopyTo(bytes);
        metadata.CopyTo(bytes.AsSpan(data.Length));
        return new RecordedEvent(
            rows.Guid(3),
            rows.Text(1),
            rows.Int64(2),
            new LogPosition(rows.Int64(0)),
            _types.Get(rows.Bytes(4)),
            bytes.AsMemory(0, data.Length),
            bytes.AsMemory(data.Length),
            new DateTimeOffset(rows.Int64(5), TimeSpan.Zero));
    }

    private SqliteStatement LogStatement(LogFilter filter)
    {
        if (!_logStatements.TryGetValue(filter.Condition, out var statement))
        {
            if (_logStatements.Count == MaxFilterStatements)
            {
                ForgetLogStatements();
            }

            statement = new SqliteStatement(
                _database, $"SELECT {Columns} FROM events WHERE position > ?1 AND position <= ?2{filter.Condition} ORDER BY position LIMIT ?3");
            _logStatements.Add(filter.Condition, statement);
        }

        return statement;
    }

    private void ForgetLogStatements()
    {
        foreach (var statement in _logStatements.Values)
        {
            statement.Dispose();
        }

        _logStatements.Clear();
    }

    private SqliteStatement Prepare(string sql)
    {
        var statement = new SqliteStatement(_database, sql);
        _statements.Add(statement);
        return statement;
    }
}
