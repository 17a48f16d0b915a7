using System.Text;
using Orderly.Domain.Deciding;
using Orderly.Domain.EventStore;
using Orderly.Domain.Serialization;

namespace Orderly.Storage.Sqlite;

/// <summary>A connection that reads the log, a bounded page at a time. Not safe for concurrent use.</summary>
internal sealed class LogReader : IDisposable
{
    /// <summary>The position of the last event that there ever was.</summary>
    public const string HeadSql = "SELECT coalesce(max(position), 0) FROM events";

    /// <summary>A stream's last revision.</summary>
    public const string LastSql = "SELECT revision FROM events WHERE stream = ?1 ORDER BY revision DESC LIMIT 1";

    /// <summary>The most bytes of events that a read holds in memory; a single larger event still comes through.</summary>
    private const int PageBytes = 4 * 1024 * 1024;

    private const string LogSql
        = $"SELECT {EventRow.Columns} FROM events WHERE position > ?1 AND position <= ?2 ORDER BY position";

    private const string LogBackwardsSql
        = $"SELECT {EventRow.Columns} FROM events WHERE position < ?1 AND position >= ?2 ORDER BY position DESC";

    private const string StreamSql
        = $"SELECT {EventRow.Columns} FROM events WHERE stream = ?1 AND revision BETWEEN ?2 AND ?3 ORDER BY revision";

    private const string ForwardsSql = $"{StreamSql} ASC";
    private const string BackwardsSql = $"{StreamSql} DESC";

    /// <summary>Finds the second copy of an event's stream and revision, by looking at the whole index.</summary>
    private const string NameSql = "SELECT stream, revision FROM events INDEXED BY events_by_stream WHERE +position = ?1";

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
    {
        var row = _connection.Prepare("SELECT event_id FROM events WHERE position = ?1").Bind(1, position);
        if (!row.Step())
        {
            return false;
        }

        // Of an event that was erased, only its place is left.
        var id = row.Bytes(0);
        var holds = id.IsEmpty || (id.Length == 16 && new Guid(id, bigEndian: true) == eventId);
        row.Reset();
        return holds;
    }

    /// <summary>Reads what passes the filter after a position, and what is damaged, up to a bounded distance or number of events.</summary>
    /// <exception cref="EventStoreUnavailableException">A row is missing: positions have no gaps.</exception>
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
        List<RecordedEvent> events = [];
        Guid? last = null;
        var bytes = 0;
        var rows = _connection.Prepare(LogSql).Bind(1, after).Bind(2, end);
        while (after < end && events.Count < most && bytes < PageBytes)
        {
            var row = rows.Step() ? new EventRow(rows) : default;
            if (row.Position != ++after)
            {
                rows.Reset();
                throw Missing(after);
            }

            if (row.IsErased)
            {
                last = null;
                continue;
            }

            last = row.Id.Length == 16 ? new Guid(row.Id, bigEndian: true) : null;

            var isSound = row.IsSound;
            if (!isSound || filter.Passes(row))
            {
                events.Add(ReadEvent(row, isSound));
                bytes += row.Data.Length + row.Metadata.Length;
            }
        }

        rows.Reset();
        return new LogPage(events, after, last, head);
    }

    /// <summary>As <see cref="ReadLog"/>, against the order of the log, before a position.</summary>
    public LogPage ReadLogBackwards(long before, LogFilter filter, long limit)
    {
        var head = ReadHead();
        var at = Math.Min(before - 1, head) + 1;
        var end = Math.Max(1, at - _options.ScanWindow);
        var most = (int)Math.Min(limit, _options.ReadPageEvents);
        List<RecordedEvent> events = [];
        var bytes = 0;
        var rows = _connection.Prepare(LogBackwardsSql).Bind(1, at).Bind(2, end);
        while (at > end && events.Count < most && bytes < PageBytes)
        {
            var row = rows.Step() ? new EventRow(rows) : default;
            if (row.Position != --at)
            {
                rows.Reset();
                throw Missing(at);
            }

            if (row.IsErased)
            {
                continue;
            }

            var isSound = row.IsSound;
            if (!isSound || filter.Passes(row))
            {
                events.Add(ReadEvent(row, isSound));
                bytes += row.Data.Length + row.Metadata.Length;
            }
        }

        rows.Reset();
        return new LogPage(events, at, null, head);
    }

    /// <summary>Reads a page of what a stream keeps.</summary>
    /// <param name="more">Whether the page ended before the stream did.</param>
    /// <exception cref="EventStoreUnavailableException">A row is missing: only the oldest events of a stream are erased.</exception>
    public List<RecordedEvent> ReadStream(string stream, ReadDirection direction, long from, long limit, DateTimeOffset now, out bool more)
    {
        var kept = FindMetadata(stream);
        var keeps = kept ?? StreamMetadata.KeepAll;
        var first = keeps.TruncateBefore ?? 0;
        if (keeps.MaxCount is { } count)
        {
            first = Math.Max(first, (_connection.Prepare(LastSql).Bind(1, stream).FirstLong() ?? -1) - count + 1);
        }

        var oldest = keeps.MaxAge is { } age ? now.UtcTicks - age.Ticks : long.MinValue;
        var isForwards = direction == ReadDirection.Forwards;
        var (low, high) = isForwards ? (Math.Max(first, from), long.MaxValue) : (first, from);
        var rows = _connection.Prepare(isForwards ? ForwardsSql : BackwardsSql).Bind(1, stream).Bind(2, low).Bind(3, high);
        var most = (int)Math.Min(limit, _options.ReadPageEvents);
        List<RecordedEvent> events = [];
        var bytes = 0;
        long? last = null;
        while (events.Count < most && bytes < PageBytes)
        {
            if (!rows.Step())
            {
                more = false;
                return events;
            }

            var row = new EventRow(rows);
            var isSound = row.IsSound;
            var @event = isSound && row.RecordedAt < oldest ? null : ReadEvent(row, isSound);
            var revision = @event?.Revision ?? row.Revision;
            if (last is { } before ? revision != (isForwards ? before + 1 : before - 1) : isForwards && IsGap(revision))
            {
                rows.Reset();
                throw Damaged(FormattableString.Invariant($"An event beside revision {revision} of '{stream}' is missing in the log."));
            }

            last = revision;
            if (@event is not null)
            {
                events.Add(@event);
                bytes += @event.Data.Length + @event.Metadata.Length;
            }
        }

        rows.Reset();
        more = true;
        return events;

        bool IsGap(long revision)
            => revision > low && (kept is null || _connection.Prepare("SELECT 1 FROM events WHERE stream = ?1 AND revision < ?2 LIMIT 1")
                .Bind(1, stream).Bind(2, low).FirstLong() is not null);
    }

    /// <summary>What the stream keeps; <see cref="StreamMetadata.KeepAll"/> when nothing was set or the stream was deleted.</summary>
    public StreamMetadata ReadMetadata(string stream) => FindMetadata(stream) ?? StreamMetadata.KeepAll;

    private StreamMetadata? FindMetadata(string stream)
    {
        // The row of a deleted stream says nothing but that.
        var row = _connection.Prepare("SELECT max_count, max_age, truncate_before FROM streams WHERE stream = ?1").Bind(1, stream);
        if (!row.Step())
        {
            return null;
        }

        var age = row.LongOrNull(1);
        var keeps = new StreamMetadata(row.LongOrNull(0), age is null ? null : TimeSpan.FromTicks(age.Value), row.LongOrNull(2));
        row.Reset();
        return keeps;
    }

    /// <summary>The first event that the command left.</summary>
    /// <exception cref="EventStoreUnavailableException">An event that may be the command's is damaged.</exception>
    public RecordedEvent? FindCommand(Guid commandId)
    {
        var (lowest, highest) = CommandIds.EventIdRange(commandId);
        var rows = _connection.Prepare($"SELECT {EventRow.Columns} FROM events WHERE event_id BETWEEN ?1 AND ?2 ORDER BY position")
            .Bind(1, lowest).Bind(2, highest);
        while (rows.Step())
        {
            // Other commands' events can be in the range, though hardly ever.
            var row = new EventRow(rows);
            var @event = ReadEvent(row, row.IsSound);
            if (@event.Damage is { } damage)
            {
                rows.Reset();
                throw Damaged($"A command can't be looked for: {damage}");
            }

            if (EventTypes.DecodeMetadata(@event)?.CommandId == commandId)
            {
                rows.Reset();
                return @event;
            }
        }

        return null;
    }

    public void Dispose() => _connection.Dispose();

    private static EventStoreUnavailableException Missing(long position)
        => Damaged(FormattableString.Invariant($"Position {position} is missing in the log."));

    private static EventStoreUnavailableException Damaged(string what) => new($"{what} {Failures.WhatToDo}");

    private RecordedEvent ReadEvent(EventRow row, bool isSound)
    {
        // One array for both is one object less for each event.
        var bytes = GC.AllocateUninitializedArray<byte>(row.Data.Length + row.Metadata.Length);
        row.Data.CopyTo(bytes);
        row.Metadata.CopyTo(bytes.AsSpan(row.Data.Length));
        var (data, metadata) = (bytes.AsMemory(0, row.Data.Length), bytes.AsMemory(row.Data.Length));
        return isSound
            ? new RecordedEvent(
                new Guid(row.Id, bigEndian: true), Encoding.UTF8.GetString(row.Stream), row.Revision, new LogPosition(row.Position),
                _types.Get(row.Type), data, metadata, new DateTimeOffset(row.RecordedAt, TimeSpan.Zero))
            : DamagedEvent(row, data, metadata);
    }

    /// <summary>An event whose checksum is wrong, with what its place in the file says of it.</summary>
    private RecordedEvent DamagedEvent(EventRow row, ReadOnlyMemory<byte> data, ReadOnlyMemory<byte> metadata)
    {
        var (stream, revision) = (Encoding.UTF8.GetString(row.Stream), row.Revision);
        var name = _connection.Prepare(NameSql).Bind(1, row.Position);
        if (name.Step())
        {
            (stream, revision) = (name.Text(0), name.Long(1));
            name.Reset();
        }

        return new RecordedEvent(
            row.Id.Length == 16 ? new Guid(row.Id, bigEndian: true) : Guid.Empty, SqliteEventStore.IsName(stream) ? stream : "unknown",
            Math.Max(revision, 0), new LogPosition(row.Position), Encoding.UTF8.GetString(row.Type), data, metadata,
            DateTimeOffset.UnixEpoch)
        {
            Damage = FormattableString.Invariant($"the event at position {row.Position} is damaged: its checksum is wrong."),
        };
    }
}
