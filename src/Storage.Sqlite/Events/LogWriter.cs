using Orderly.Domain.EventStore;
using SQLitePCL;

namespace Orderly.Storage.Sqlite;

/// <summary>
/// The connection that writes the log, one transaction after the other. Everything that it decides on is read inside
/// the transaction, so other processes may write the same file. Not safe for concurrent use.
/// </summary>
internal sealed class LogWriter : IDisposable
{
    /// <summary>How long ending the write-ahead log waits for readers, which keep it for one page each.</summary>
    private static readonly TimeSpan s_restartTimeout = TimeSpan.FromMilliseconds(20);

    private readonly sqlite3 _database;
    private readonly TimeProvider _time;
    private readonly TimeSpan _busyTimeout;
    private readonly List<SqliteStatement> _statements = [];
    private readonly SqliteStatement _begin;
    private readonly SqliteStatement _commit;
    private readonly SqliteStatement _readHead;
    private readonly SqliteStatement _raiseHead;
    private readonly SqliteStatement _readLast;
    private readonly SqliteStatement _readDeleted;
    private readonly SqliteStatement _readEventId;
    private readonly SqliteStatement _findEvent;
    private readonly SqliteStatement _insert;
    private readonly SqliteStatement _setStream;
    private readonly SqliteStatement _erase;
    private readonly SqliteStatement _restartWal;
    private readonly SqliteStatement _truncateWal;

    private long _head;
    private long _recordedAt;

    private LogWriter(SqliteEventStoreOptions options, TimeProvider time)
    {
        (_time, _busyTimeout) = (time, options.BusyTimeout);
        _database = SqliteDatabase.OpenWriter(options.Path, options.WriterCacheKiB);
        try
        {
            LogSchema.Ensure(_database);
            _begin = Prepare("BEGIN IMMEDIATE");
            _commit = Prepare("COMMIT");
            _readHead = Prepare(LogReader.HeadSql);
            _raiseHead = Prepare("UPDATE head SET position = ?1");
            _readLast = Prepare(LogReader.LastSql);
            _readDeleted = Prepare("SELECT 1 FROM streams WHERE stream = ?1 AND deleted");
            _readEventId = Prepare("SELECT event_id, position FROM events WHERE stream = ?1 AND revision = ?2");
            _findEvent = Prepare("SELECT revision FROM events WHERE event_id = ?1 AND stream = ?2 ORDER BY revision DESC LIMIT 1");
            _insert = Prepare("INSERT INTO events VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)");
            _setStream = Prepare("INSERT OR REPLACE INTO streams VALUES (?1, ?2, ?3, ?4, ?5)");
            _erase = Prepare("DELETE FROM events WHERE stream = ?1 AND revision < ?2");
            _restartWal = Prepare("PRAGMA wal_checkpoint(RESTART)");
            _truncateWal = Prepare("PRAGMA wal_checkpoint(TRUNCATE)");
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Opens the file and makes its tables when they are not there.</summary>
    public static LogWriter Open(SqliteEventStoreOptions options, TimeProvider time)
        => SqliteDatabase.WhileBusy(options.BusyTimeout, () => new LogWriter(options, time));

    /// <summary>Whether the open transaction has changed anything.</summary>
    public bool HasChanges { get; private set; }

    /// <summary>Whether the open transaction has erased events.</summary>
    public bool HasErased { get; private set; }

    /// <summary>Opens a transaction; false when other processes kept the lock for longer than <see cref="SqliteEventStoreOptions.BusyTimeout"/>.</summary>
    public bool TryBegin()
    {
        var started = _time.GetTimestamp();
        while (!_begin.TryExecute())
        {
            if (_time.GetElapsedTime(started) >= _busyTimeout)
            {
                return false;
            }

            Thread.Sleep(1);
        }

        (HasChanges, HasErased) = (false, false);
        _recordedAt = _time.GetUtcNow().UtcTicks;
        using var rows = _readHead.Query();
        _head = rows.Read() ? rows.Int64(0) : 0;
        return true;
    }

    /// <summary>Makes the open transaction durable.</summary>
    public void Commit() => _commit.Execute();

    /// <summary>How many pages this connection has added to the write-ahead log since it was asked last.</summary>
    public int TakePagesWritten()
    {
        _database.Check(raw.sqlite3_db_status(_database, raw.SQLITE_DBSTATUS_CACHE_WRITE, out var pages, out _, resetFlg: 1));
        return pages;
    }

    /// <summary>
    /// Copies what is left in the write-ahead log into the file, so that the log begins anew; false when readers or
    /// another process's checkpoint were in the way. Call it between transactions.
    /// </summary>
    /// <param name="truncate">Whether to empty the log's file too; else what it held is overwritten little by little.</param>
    public bool TryEndWal(bool truncate)
    {
        var started = _time.GetTimestamp();
        do
        {
            using var rows = (truncate ? _truncateWal : _restartWal).Query();
            if (rows.Read() && rows.Int64(0) == 0)
            {
                return true;
            }

            Thread.Sleep(1);
        }
        while (_time.GetElapsedTime(started) < s_restartTimeout);
        return false;
    }

    /// <summary>Appends all events or none; what the answer says holds once the transaction is committed.</summary>
    public AppendResult Append(string stream, ExpectedRevision expected, IReadOnlyList<NewEvent> events)
    {
        var last = ReadLast(stream);
        if (last < 0 && IsDeleted(stream))
        {
            return new AppendResult.StreamDeleted();
        }

        return FindRepeat(stream, expected, events, last) switch
        {
            (Repeat.Whole, var earlier) => earlier!,
            (Repeat.Partial, _) => new AppendResult.WrongExpectedRevision(last),
            _ when !expected.Accepts(last) => new AppendResult.WrongExpectedRevision(last),
            _ => Insert(stream, last, events),
        };
    }

    /// <summary>Sets what a stream keeps and erases what it does not keep by revision.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The last event would be erased, and with it the stream's revision.</exception>
    public void SetMetadata(string stream, StreamMetadata metadata)
    {
        var last = ReadLast(stream);
        if (last < 0 && IsDeleted(stream))
        {
            return;
        }

        if (metadata.TruncateBefore > Math.Max(last, 0))
        {
            throw new ArgumentOutOfRangeException(
                nameof(metadata), metadata.TruncateBefore, $"A stream's last event stays: '{stream}' can be truncated before revision {Math.Max(last, 0)} at most.");
        }

        SetStream(stream, deleted: false, metadata);
        if (metadata.TruncateBefore > 0)
        {
            Erase(stream, metadata.TruncateBefore.Value);
        }
    }

    /// <summary>Erases a stream's events and refuses it for ever.</summary>
    public void DeleteStream(string stream)
    {
        SetStream(stream, deleted: true, StreamMetadata.KeepAll);
        Erase(stream, long.MaxValue);
    }

    public void Dispose()
    {
        _statements.ForEach(statement => statement.Dispose());
        _database.Dispose();
    }

    private AppendResult.Appended Insert(string stream, long last, IReadOnlyList<NewEvent> events)
    {
        _insert.Bind(2, stream).Bind(6, _recordedAt);
        for (var i = 0; i < events.Count; i++)
        {
            var @event = events[i];
            _insert.Bind(1, _head + i + 1).Bind(3, last + i + 1).Bind(4, @event.Id).Bind(5, @event.Type)
                .Bind(7, @event.Data.Span).Bind(8, @event.Metadata.Span).Execute();
        }

        _head += events.Count;
        HasChanges = true;
        return new AppendResult.Appended(last + events.Count, new LogPosition(_head));
    }

    /// <summary>Whether the same events are in the stream already where this append would have put them.</summary>
    private (Repeat, AppendResult.Appended?) FindRepeat(string stream, ExpectedRevision expected, IReadOnlyList<NewEvent> events, long last)
    {
        if (last < 0 || expected.Revision >= last)
        {
            return (Repeat.None, null);
        }

        if (expected.Revision is { } revision)
        {
            return Compare(stream, revision + 1, events);
        }

        if (FindRevision(stream, events[0].Id) is { } first)
        {
            return Compare(stream, first, events);
        }

        return (events.Skip(1).Any(@event => FindRevision(stream, @event.Id) is not null) ? Repeat.Partial : Repeat.None, null);
    }

    private (Repeat, AppendResult.Appended?) Compare(string stream, long first, IReadOnlyList<NewEvent> events)
    {
        var position = 0L;
        for (var i = 0; i < events.Count; i++)
        {
            using var rows = _readEventId.Bind(1, stream).Bind(2, first + i).Query();
            if (!rows.Read() || rows.Guid(0) != events[i].Id)
            {
                return (Repeat.Partial, null);
            }

            position = rows.Int64(1);
        }

        return (Repeat.Whole, new AppendResult.Appended(first + events.Count - 1, new LogPosition(position)));
    }

    private long ReadLast(string stream)
    {
        using var rows = _readLast.Bind(1, stream).Query();
        return rows.Read() ? rows.Int64(0) : -1;
    }

    /// <summary>Asked only of streams without events: deleting a stream erases them.</summary>
    private bool IsDeleted(string stream)
    {
        using var rows = _readDeleted.Bind(1, stream).Query();
        return rows.Read();
    }

    private long? FindRevision(string stream, Guid eventId)
    {
        using var rows = _findEvent.Bind(1, eventId).Bind(2, stream).Query();
        return rows.Read() ? rows.Int64(0) : null;
    }

    private void SetStream(string stream, bool deleted, StreamMetadata metadata)
    {
        _setStream.Bind(1, stream).Bind(2, deleted ? 1 : 0).Bind(3, metadata.MaxCount).Bind(4, metadata.MaxAge?.Ticks)
            .Bind(5, metadata.TruncateBefore).Execute();
        HasChanges = true;
    }

    private void Erase(string stream, long before)
    {
        _raiseHead.Bind(1, _head).Execute();
        _erase.Bind(1, stream).Bind(2, before).Execute();
        HasErased = true;
    }

    private SqliteStatement Prepare(string sql)
    {
        var statement = new SqliteStatement(_database, sql);
        _statements.Add(statement);
        return statement;
    }

    private enum Repeat
    {
        None,
        Partial,
        Whole,
    }
}
