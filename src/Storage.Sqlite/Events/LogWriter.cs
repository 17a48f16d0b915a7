using Orderly.Domain.EventStore;

namespace Orderly.Storage.Sqlite;

/// <summary>
/// The connection that writes the log, one transaction after the other. Everything that it decides on is read inside
/// the transaction, so other processes may write the same file. Not safe for concurrent use.
/// </summary>
internal sealed class LogWriter : IDisposable
{
    /// <summary>How long ending the write-ahead log waits for readers, which keep it for one page each.</summary>
    private static readonly TimeSpan s_endWalWait = TimeSpan.FromMilliseconds(20);

    private readonly Connection _connection;
    private readonly TimeProvider _time;
    private long _head;
    private long _recordedAt;

    public LogWriter(DatabaseFile file, TimeProvider time) => (_connection, _time) = (file.OpenWriter(), time);

    /// <summary>Whether the open transaction has changed anything.</summary>
    public bool HasChanges { get; private set; }

    /// <summary>Whether the open transaction has erased events.</summary>
    public bool HasErased { get; private set; }

    /// <summary>Opens a transaction.</summary>
    public void Begin()
    {
        _connection.BeginImmediate();
        (HasChanges, HasErased) = (false, false);
        _recordedAt = _time.GetUtcNow().UtcTicks;
        _head = _connection.Prepare(LogReader.HeadSql).FirstLong() ?? 0;
    }

    /// <summary>Makes the open transaction durable.</summary>
    public void Commit() => _connection.Commit();

    /// <inheritdoc cref="Connection.TakePagesWritten"/>
    public int TakePagesWritten() => _connection.TakePagesWritten();

    /// <inheritdoc cref="Connection.TryEndWal"/>
    public bool TryEndWal(bool truncate) => _connection.TryEndWal(truncate, s_endWalWait);

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
                nameof(metadata), metadata.TruncateBefore,
                $"A stream's last event stays: '{stream}' can be truncated before revision {Math.Max(last, 0)} at most.");
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

    /// <inheritdoc cref="IEventStore.ProbeAsync"/>
    public void Probe() => _connection.Prepare("UPDATE identity SET probes = probes + 1").Run();

    public void Dispose() => _connection.Dispose();

    private AppendResult.Appended Insert(string stream, long last, IReadOnlyList<NewEvent> events)
    {
        var insert = _connection.Prepare("INSERT INTO events VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)").Bind(2, stream).Bind(6, _recordedAt);
        for (var i = 0; i < events.Count; i++)
        {
            var @event = events[i];
            insert.Bind(1, _head + i + 1).Bind(3, last + i + 1).Bind(4, @event.Id).Bind(5, @event.Type)
                .BindBlob(7, @event.Data.Span).BindBlob(8, @event.Metadata.Span).Run();
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
        var find = _connection.Prepare("SELECT event_id, position FROM events WHERE stream = ?1 AND revision = ?2").Bind(1, stream);
        for (var i = 0; i < events.Count; i++)
        {
            if (!find.Bind(2, first + i).Step())
            {
                return (Repeat.Partial, null);
            }

            var id = find.Guid(0);
            position = find.Long(1);
            find.Reset();
            if (id != events[i].Id)
            {
                return (Repeat.Partial, null);
            }
        }

        return (Repeat.Whole, new AppendResult.Appended(first + events.Count - 1, new LogPosition(position)));
    }

    private long ReadLast(string stream) => _connection.Prepare(LogReader.LastSql).Bind(1, stream).FirstLong() ?? -1;

    /// <summary>Asked only of streams without events: deleting a stream erases them.</summary>
    private bool IsDeleted(string stream)
        => _connection.Prepare("SELECT 1 FROM streams WHERE stream = ?1 AND deleted").Bind(1, stream).FirstLong() is not null;

    private long? FindRevision(string stream, Guid eventId)
        => _connection.Prepare("SELECT revision FROM events WHERE event_id = ?1 AND stream = ?2 ORDER BY revision DESC LIMIT 1")
            .Bind(1, eventId).Bind(2, stream).FirstLong();

    private void SetStream(string stream, bool deleted, StreamMetadata metadata)
    {
        _connection.Prepare("INSERT OR REPLACE INTO streams VALUES (?1, ?2, ?3, ?4, ?5)").Bind(1, stream).Bind(2, deleted ? 1 : 0)
            .Bind(3, metadata.MaxCount).Bind(4, metadata.MaxAge?.Ticks).Bind(5, metadata.TruncateBefore).Run();
        HasChanges = true;
    }

    private void Erase(string stream, long before)
    {
        _connection.Prepare("UPDATE head SET position = ?1").Bind(1, _head).Run();
        _connection.Prepare("DELETE FROM events WHERE stream = ?1 AND revision < ?2").Bind(1, stream).Bind(2, before).Run();
        HasErased = true;
    }

    private enum Repeat
    {
        None,
        Partial,
        Whole,
    }
}
