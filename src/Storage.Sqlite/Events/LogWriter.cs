using System.Text;
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

    /// <summary>Less than other writers keep, since its commits are many and small.</summary>
    private const int CacheKiB = 8 * 1024;

    private readonly Connection _connection;
    private readonly TimeProvider _time;
    private long _head;
    private long _chain = EventProof.Start;
    private long _recordedAt;

    /// <summary>Whether anything is known of any stream but its events; null: the open transaction has not asked.</summary>
    private bool? _knowsStreams;

    public LogWriter(DatabaseFile file, TimeProvider time) => (_connection, _time) = (file.OpenWriter(CacheKiB), time);

    /// <summary>Whether the open transaction has changed anything.</summary>
    public bool HasChanges { get; private set; }

    /// <summary>Whether the open transaction has erased events.</summary>
    public bool HasErased { get; private set; }

    /// <summary>The position of the last event, those of the open transaction included.</summary>
    public long Head => _head;

    /// <summary>Opens a transaction.</summary>
    /// <exception cref="EventStoreUnavailableException">The last event is damaged, so that nothing can be chained to it.</exception>
    public void Begin()
    {
        _connection.BeginImmediate();
        (HasChanges, HasErased, _knowsStreams) = (false, false, null);
        _recordedAt = _time.GetUtcNow().UtcTicks;
        var head = _connection.Prepare(LogReader.HeadSql).FirstLong() ?? 0;
        if (head != _head)
        {
            // The first transaction, or another process has written.
            (_head, _chain) = (head, head == 0 ? EventProof.Start : ReadChain(head));
        }
    }

    /// <summary>Makes the open transaction durable.</summary>
    public void Commit() => _connection.Commit();

    /// <inheritdoc cref="Connection.EnsureInPlace"/>
    public void EnsureInPlace() => _connection.EnsureInPlace();

    /// <inheritdoc cref="Connection.EnsureFileInPlace"/>
    public void EnsureFileInPlace() => _connection.EnsureFileInPlace();

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
        var insert = _connection.Prepare("INSERT INTO events VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)");
        var name = Encoding.UTF8.GetBytes(stream);
        Span<byte> id = stackalloc byte[16];
        insert.BindText(2, name).Bind(6, _recordedAt);
        for (var i = 0; i < events.Count; i++)
        {
            var @event = events[i];
            var type = Encoding.UTF8.GetBytes(@event.Type);
            @event.Id.TryWriteBytes(id, bigEndian: true, out _);
            var checksum = EventProof.Checksum(
                _head + 1, last + i + 1, _recordedAt, id, name, type, @event.Data.Span, @event.Metadata.Span);
            _chain = EventProof.Chain(_chain, checksum);
            insert.Bind(1, ++_head).Bind(3, last + i + 1).BindBlob(4, id).BindText(5, type)
                .BindBlob(7, @event.Data.Span).BindBlob(8, @event.Metadata.Span).Bind(9, checksum).Bind(10, _chain).Run();
        }

        HasChanges = true;
        return new AppendResult.Appended(last + events.Count, new LogPosition(_head));
    }

    private long ReadChain(long head)
    {
        var rows = _connection.Prepare($"SELECT {EventRow.Columns} FROM events WHERE position = ?1").Bind(1, head);
        try
        {
            return rows.Step() && new EventRow(rows) is var row && (row.IsErased || row.IsSound)
                ? row.Chain
                : throw new EventStoreUnavailableException(
                    FormattableString.Invariant($"The log's last event, at position {head}, is damaged. {Failures.WhatToDo}"));
        }
        finally
        {
            rows.Reset();
        }
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
    {
        _knowsStreams ??= _connection.Prepare("SELECT 1 FROM streams LIMIT 1").FirstLong() is not null;
        return _knowsStreams.Value
            && _connection.Prepare("SELECT 1 FROM streams WHERE stream = ?1 AND deleted").Bind(1, stream).FirstLong() is not null;
    }

    private long? FindRevision(string stream, Guid eventId)
        => _connection.Prepare("SELECT revision FROM events WHERE event_id = ?1 AND stream = ?2 ORDER BY revision DESC LIMIT 1")
            .Bind(1, eventId).Bind(2, stream).FirstLong();

    private void SetStream(string stream, bool deleted, StreamMetadata metadata)
    {
        _connection.Prepare("INSERT OR REPLACE INTO streams VALUES (?1, ?2, ?3, ?4, ?5)").Bind(1, stream).Bind(2, deleted ? 1 : 0)
            .Bind(3, metadata.MaxCount).Bind(4, metadata.MaxAge?.Ticks).Bind(5, metadata.TruncateBefore).Run();
        (HasChanges, _knowsStreams) = (true, true);
    }

    /// <summary>Leaves of each event its position, its checksum and its place in the chain.</summary>
    private void Erase(string stream, long before)
    {
        _connection.Prepare("""
            UPDATE events SET stream = '', revision = position, event_id = x'', type = '', recorded_at = 0, data = x'', metadata = x''
            WHERE stream = ?1 AND revision < ?2
            """).Bind(1, stream).Bind(2, before).Run();
        HasErased = true;
    }

    private enum Repeat
    {
        None,
        Partial,
        Whole,
    }
}
