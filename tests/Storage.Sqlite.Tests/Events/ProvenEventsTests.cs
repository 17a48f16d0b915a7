using System.Text;
using Microsoft.Data.Sqlite;
using Orderly.Domain.EventStore;
using Orderly.Domain.Serialization;

namespace Orderly.Storage.Sqlite.Tests.Events;

/// <summary>Events that are not what was written: how they are read, and how they are found.</summary>
public sealed class ProvenEventsTests : IDisposable
{
    private readonly CancellationTokenSource _guard = new(TimeSpan.FromMinutes(10));
    private readonly TestFiles _files = new();

    public void Dispose()
    {
        _guard.Dispose();
        _files.Dispose();
    }

    [Fact]
    public async Task A_changed_digit_is_read_as_damage_and_found_where_it_is()
    {
        await WriteAsync(("payment-1", """{"amount":4.5}"""), ("payment-2", """{"amount":4.5}"""), ("payment-1", """{"amount":5}"""));
        Execute("UPDATE events SET data = CAST(replace(data, '4.5', '9.5') AS BLOB) WHERE position = 2");

        await using var store = _files.Open();
        var damaged = Assert.Single(await ReadStreamAsync(store, "payment-2"));
        Assert.Contains("position 2 is damaged", damaged.Damage, StringComparison.Ordinal);
        Assert.IsType<DecodedEvent.Unreadable>(EventTypes.Build(_ => { }).Decode(damaged));
        Assert.Equal([false, true, false], (await ReadLogAsync(store)).Select(one => one.Damage is not null));
        Assert.Equal([false, true, false], (await ReadLogBackwardsAsync(store)).Select(one => one.Damage is not null));
        Assert.All(await ReadStreamAsync(store, "payment-1"), one => Assert.Null(one.Damage));
        Assert.Equal([new LogFault(2, "payment-2", 0, "its checksum is wrong")], Check());
    }

    [Theory]
    [InlineData("revision = 7")]
    [InlineData("event_id = x'00'")]
    [InlineData("event_id = zeroblob(16)")]
    [InlineData("type = 'something-else.v1'")]
    [InlineData("recorded_at = recorded_at + 1")]
    [InlineData("recorded_at = -1")]
    [InlineData("data = x''")]
    [InlineData("metadata = x'7B'")]
    [InlineData("checksum = checksum + 1")]
    [InlineData("stream = 'other'")]
    public async Task Whatever_is_changed_in_an_event_is_damage(string change)
    {
        await WriteAsync(("order-1", "{}"), ("order-2", "{}"), ("order-3", "{}"));
        Execute($"UPDATE events SET {change} WHERE position = 2");

        await using var store = _files.Open();
        Assert.Equal([false, true, false], (await ReadLogAsync(store)).Select(one => one.Damage is not null));
        Assert.Contains(Check(), fault => fault is { Position: 2, Reason: "its checksum is wrong" });
    }

    /// <summary>Such as the one that makes a text of bytes: no value shows it.</summary>
    [Fact]
    public async Task A_changed_bit_in_what_says_how_a_row_is_stored_is_found()
    {
        const int HeaderBytes = 18;
        await WriteAsync(("order-1", "{}"), ("order-2", """{"a":1}"""), ("order-3", "{}"));
        Execute("PRAGMA wal_checkpoint(TRUNCATE)");
        var path = _files.Options.Path;
        var sound = await File.ReadAllBytesAsync(path, _guard.Token);
        var end = sound.AsSpan().IndexOf("{\"a\":1}"u8);
        end = sound.AsSpan(0, end).LastIndexOf("order-2"u8);
        Assert.Empty(Check());
        List<string> missed = [];
        for (var bit = (end - HeaderBytes) * 8; bit < end * 8; bit++)
        {
            Write((byte)(sound[bit / 8] ^ (1 << (bit % 8))));
            if (Check().Count == 0)
            {
                missed.Add($"{end - (bit / 8)} bytes before the stream's name, bit {bit % 8}");
            }

            Write(sound[bit / 8]);

            void Write(byte value)
            {
                using var file = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
                file.Position = bit / 8;
                file.WriteByte(value);
            }
        }

        Assert.Empty(missed);
    }

    [Fact]
    public async Task No_filter_hides_a_damaged_event()
    {
        await WriteAsync(("order-1", "{}"), ("order-2", "{}"), ("order-3", "{}"));
        Execute("UPDATE events SET type = 'xrder', stream = 'xrder-2' WHERE position = 2");

        await using var store = _files.Open();
        Assert.Equal([1, 2, 3], (await ReadLogAsync(store, EventFilter.ByStreamPrefix("order-"))).Select(one => one.Position.Value));
        Assert.Equal([2], (await ReadLogAsync(store, EventFilter.ByEventType("never.v1"))).Select(one => one.Position.Value));
    }

    [Fact]
    public async Task A_damaged_event_keeps_its_place_in_its_stream()
    {
        await WriteAsync(("order-1", "{}"), ("order-1", "{}"), ("order-1", "{}"));
        Execute("UPDATE events SET data = x'00', recorded_at = 0 WHERE position = 2");

        await using var store = _files.Open();
        var events = await ReadStreamAsync(store, "order-1");
        Assert.Equal([0, 1, 2], events.Select(one => one.Revision));
        Assert.NotNull(events[1].Damage);
        Assert.NotNull((await ReadStreamAsync(store, "order-1", ReadDirection.Backwards))[1].Damage);
    }

    [Fact]
    public async Task A_removed_event_is_missed_by_every_reader()
    {
        await WriteAsync(("order-1", "{}"), ("order-1", "{}"), ("order-1", "{}"), ("order-2", "{}"));
        Execute("DELETE FROM events WHERE position = 2");

        await using var store = _files.Open();
        await Assert.ThrowsAsync<EventStoreUnavailableException>(() => ReadLogAsync(store));
        await Assert.ThrowsAsync<EventStoreUnavailableException>(() => ReadLogBackwardsAsync(store));
        await Assert.ThrowsAsync<EventStoreUnavailableException>(() => ReadStreamAsync(store, "order-1"));
        await Assert.ThrowsAsync<EventStoreUnavailableException>(() => ReadStreamAsync(store, "order-1", ReadDirection.Backwards));
        await Assert.ThrowsAsync<EventStoreUnavailableException>(() => ReadStreamAsync(store, "order-1", from: 1));
        Assert.Single(await ReadStreamAsync(store, "order-2"));
        Assert.Equal([new LogFault(2, null, null, "it is missing")], Check());
    }

    [Fact]
    public async Task An_event_of_another_log_breaks_the_chain()
    {
        await WriteAsync(("order-1", "{}"), ("order-2", """{"a":1}"""), ("order-3", "{}"));
        using var others = new TestFiles();
        await WriteAsync(others, ("order-1", "{}"), ("order-2", """{"a":2}"""), ("order-3", "{}"));
        Execute($"""
            ATTACH '{others.Options.Path}' AS other;
            DELETE FROM events WHERE position = 2;
            INSERT INTO events SELECT * FROM other.events WHERE position = 2
            """);

        var fault = Assert.Single(Check(), one => one.Position == 2);
        Assert.Equal(("order-2", 0L), (fault.Stream, fault.Revision));
        Assert.Contains("the chain is broken", fault.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Erased_events_leave_the_chain_whole()
    {
        await WriteAsync(("order-1", "{}"), ("order-2", "{}"), ("order-1", "{}"), ("order-3", "{}"), ("order-3", "{}"));
        await using (var store = _files.Open())
        {
            await store.DeleteStreamAsync("order-3", _guard.Token);
            await store.SetMetadataAsync("order-1", new StreamMetadata(TruncateBefore: 1), _guard.Token);
            Assert.Equal(new LogPosition(5), await store.ReadHeadAsync(_guard.Token));
        }

        await WriteAsync(("order-4", "{}"));
        await using var again = _files.Open();
        Assert.Equal([2, 3, 6], (await ReadLogAsync(again)).Select(one => one.Position.Value));
        Assert.Equal([2, 3, 6], (await ReadLogBackwardsAsync(again)).Select(one => one.Position.Value));
        Assert.Empty(Check());
    }

    [Fact]
    public async Task A_log_that_ends_with_a_damaged_event_takes_no_more()
    {
        await WriteAsync(("order-1", "{}"));
        Execute("UPDATE events SET data = x'00'");

        await using var store = _files.Open();
        var refusal = await Assert.ThrowsAsync<EventStoreUnavailableException>(() => AppendAsync(store, "order-2", "{}"));
        Assert.Contains("check log", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_log_that_has_lost_its_end_takes_no_more_in_this_process()
    {
        await using var store = _files.Open();
        await AppendAsync(store, "order-1", "{}");
        await AppendAsync(store, "order-2", "{}");
        Execute("DELETE FROM events WHERE position = 2");

        await Assert.ThrowsAsync<EventStoreUnavailableException>(() => AppendAsync(store, "order-2", "{}"));
        await Assert.ThrowsAsync<EventStoreUnavailableException>(() => AppendAsync(store, "order-3", "{}"));
    }

    [Fact]
    public async Task A_log_of_the_version_before_gets_its_proofs_when_it_is_opened()
    {
        Directory.CreateDirectory(_files.Directory);
        Execute("""
            PRAGMA journal_mode = WAL;
            CREATE TABLE events (
                position INTEGER PRIMARY KEY, stream TEXT NOT NULL, revision INTEGER NOT NULL, event_id BLOB NOT NULL, type TEXT NOT NULL,
                recorded_at INTEGER NOT NULL, data BLOB NOT NULL, metadata BLOB NOT NULL);
            CREATE UNIQUE INDEX events_by_stream ON events (stream, revision);
            CREATE INDEX events_by_id ON events (event_id);
            CREATE TABLE head (position INTEGER NOT NULL);
            INSERT INTO head VALUES (2507);
            CREATE TABLE streams (
                stream TEXT PRIMARY KEY, deleted INTEGER NOT NULL, max_count INTEGER, max_age INTEGER, truncate_before INTEGER)
                WITHOUT ROWID;
            INSERT INTO streams VALUES ('order-gone', 1, NULL, NULL, NULL);
            WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 2500)
            INSERT INTO events SELECT i, 'order-' || i, 0, randomblob(16), 'order-placed.v1', 638000000000000000 + i,
                CAST('{"n":' || i || '}' AS BLOB), x'' FROM n WHERE i NOT IN (1, 7, 8, 1000, 1001);
            PRAGMA user_version = 1
            """);

        await using var store = _files.Open();
        var log = await ReadLogAsync(store);
        Assert.Equal(Enumerable.Range(1, 2500).Except([1, 7, 8, 1000, 1001]).Select(i => (long)i), log.Select(one => one.Position.Value));
        Assert.Equal("""{"n":2500}""", Encoding.UTF8.GetString(log[^1].Data.Span));
        Assert.Equal(new LogPosition(2508), Assert.IsType<AppendResult.Appended>(await AppendAsync(store, "order-new", "{}")).Position);
        Assert.Equal(new AppendResult.StreamDeleted(), await AppendAsync(store, "order-gone", "{}"));
        Assert.NotEmpty(await store.ReadIdentityAsync(CancellationToken.None));
        Assert.Empty(Check());
    }

    [Fact]
    public async Task A_file_whose_version_was_lost_is_not_taken_for_new()
    {
        await WriteAsync(("order-1", "{}"));
        Execute("PRAGMA user_version = 0");
        Assert.Throws<EventStoreUnavailableException>(() => _files.Open());
        Assert.Equal(1L, Execute("SELECT count(*) FROM events"));
    }

    private Task WriteAsync(params (string Stream, string Data)[] events) => WriteAsync(_files, events);

    private async Task WriteAsync(TestFiles files, params (string Stream, string Data)[] events)
    {
        await using var store = files.Open();
        foreach (var (stream, data) in events)
        {
            await AppendAsync(store, stream, data);
        }
    }

    private async Task<AppendResult> AppendAsync(SqliteEventStore store, string stream, string data)
        => await store.AppendAsync(
            stream, ExpectedRevision.Any,
            [new NewEvent(Guid.CreateVersion7(), "something-happened.v1", Encoding.UTF8.GetBytes(data), "{}"u8.ToArray())], _guard.Token);

    private async Task<List<RecordedEvent>> ReadLogAsync(SqliteEventStore store, EventFilter? filter = null)
        => await store.ReadAllAsync(LogPosition.Start, filter ?? EventFilter.Everything, long.MaxValue, _guard.Token)
            .ToListAsync(_guard.Token);

    /// <summary>In the log's order all the same.</summary>
    private async Task<List<RecordedEvent>> ReadLogBackwardsAsync(SqliteEventStore store)
        => await store.ReadAllBackwardsAsync(LogPosition.End, EventFilter.Everything, long.MaxValue, _guard.Token)
            .Reverse()
            .ToListAsync(_guard.Token);

    private async Task<List<RecordedEvent>> ReadStreamAsync(
        SqliteEventStore store, string stream, ReadDirection direction = ReadDirection.Forwards, long? from = null)
        => await store.ReadStreamAsync(
            stream, direction, from ?? (direction == ReadDirection.Forwards ? 0 : long.MaxValue), long.MaxValue, _guard.Token)
            .ToListAsync(_guard.Token);

    private List<LogFault> Check(TestFiles? files = null)
    {
        List<LogFault> faults = [];
        var result = SqliteLogCheck.Run((files ?? _files).Options.Path, faults.Add, (_, _) => { }, _guard.Token);
        Assert.Equal(faults.Count, result.Faults);
        return faults;
    }

    private object? Execute(string sql)
    {
        using var connection = new SqliteConnection($"Data Source={_files.Options.Path};Pooling=False;Vfs={PageChecksums.RowsFileSystem}");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteScalar();
    }
}
