using System.Text;
using Microsoft.Data.Sqlite;
using Orderly.Domain.EventStore;
using Orderly.Tests;

namespace Orderly.Storage.Sqlite.Tests.Events;

/// <summary>What the store on SQLite promises beyond the contract.</summary>
public sealed class SqliteEventStoreTests : IDisposable
{
    private readonly CancellationTokenSource _guard = new(TimeSpan.FromMinutes(10));
    private readonly TestFiles _files = new();

    public void Dispose()
    {
        _guard.Dispose();
        _files.Dispose();
    }

    [Fact]
    public async Task Positions_count_from_one_without_gaps_whatever_is_refused()
    {
        await using var store = _files.Open();
        await AppendAsync(store, "a-1", ExpectedRevision.NoStream, 2);
        await AppendAsync(store, "a-1", ExpectedRevision.NoStream, 2);
        await AppendAsync(store, "a-1", ExpectedRevision.Exactly(1), 1);
        Assert.Equal([1, 2, 3], await PositionsAsync(store));
        Assert.Equal(new LogPosition(3), await store.ReadHeadAsync(_guard.Token));
    }

    [Fact]
    public async Task A_new_store_is_empty_and_says_so()
    {
        await using var store = _files.Open();
        Assert.Equal(LogPosition.Start, await store.ReadHeadAsync(_guard.Token));
        await using var subscription = store.SubscribeAsync(LogPosition.Start, EventFilter.Everything, _guard.Token).GetAsyncEnumerator();
        Assert.True(await subscription.MoveNextAsync());
        Assert.Equal(SubscriptionMessage.CaughtUp(LogPosition.Start), subscription.Current);
    }

    [Fact]
    public async Task Everything_is_there_when_the_file_is_opened_again()
    {
        await using (var store = _files.Open())
        {
            await AppendAsync(store, "a-1", ExpectedRevision.NoStream, 3);
            await store.SetMetadataAsync("a-1", new StreamMetadata(MaxCount: 2), _guard.Token);
            await store.DeleteStreamAsync("b-1", _guard.Token);
        }

        await using var again = _files.Open();
        Assert.Equal([1, 2, 3], await PositionsAsync(again));
        Assert.Equal(new StreamMetadata(MaxCount: 2), await again.ReadMetadataAsync("a-1", _guard.Token));
        Assert.Equal(new AppendResult.StreamDeleted(), await AppendAsync(again, "b-1", ExpectedRevision.Any, 1));
    }

    [Fact]
    public async Task Positions_of_erased_events_are_never_given_out_again()
    {
        await using (var store = _files.Open())
        {
            await AppendAsync(store, "a-1", ExpectedRevision.NoStream, 1);
            await AppendAsync(store, "b-1", ExpectedRevision.NoStream, 3);
            await store.DeleteStreamAsync("b-1", _guard.Token);
            Assert.Equal([1], await PositionsAsync(store));
        }

        await using var again = _files.Open();
        Assert.Equal(new LogPosition(4), await again.ReadHeadAsync(_guard.Token));
        Assert.Equal(new AppendResult.Appended(0, new LogPosition(5)), await AppendAsync(again, "c-1", ExpectedRevision.NoStream, 1));
        Assert.Equal([1, 5], await PositionsAsync(again));
    }

    [Fact]
    public async Task Truncation_erases_events_from_the_log_too()
    {
        await using var store = _files.Open();
        await AppendAsync(store, "a-1", ExpectedRevision.NoStream, 4);
        await store.SetMetadataAsync("a-1", new StreamMetadata(TruncateBefore: 3), _guard.Token);
        Assert.Equal([4], await PositionsAsync(store));
    }

    [Fact]
    public async Task A_deleted_stream_has_no_metadata_and_ignores_what_is_set()
    {
        await using var store = _files.Open();
        await AppendAsync(store, "a-1", ExpectedRevision.NoStream, 1);
        await store.SetMetadataAsync("a-1", new StreamMetadata(MaxCount: 2), _guard.Token);
        await store.DeleteStreamAsync("a-1", _guard.Token);
        await store.SetMetadataAsync("a-1", new StreamMetadata(MaxCount: 3), _guard.Token);
        Assert.Equal(StreamMetadata.KeepAll, await store.ReadMetadataAsync("a-1", _guard.Token));
        Assert.Equal(new AppendResult.StreamDeleted(), await AppendAsync(store, "a-1", ExpectedRevision.Any, 1));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_bytes_of_erased_events_are_gone_from_the_files(bool delete)
    {
        await using var store = _files.Open();
        var secret = $"secret {Guid.NewGuid():N}";
        await store.AppendAsync("a-1", ExpectedRevision.NoStream, [NewEvent(secret), NewEvent("kept")], _guard.Token);
        Assert.True(FilesContain(secret));

        await (delete
            ? store.DeleteStreamAsync("a-1", _guard.Token)
            : store.SetMetadataAsync("a-1", new StreamMetadata(TruncateBefore: 1), _guard.Token));

        // The write-ahead log is emptied right after the answer, by the thread that also takes the next write.
        await AppendAsync(store, "b-1", ExpectedRevision.NoStream, 1);
        Assert.False(FilesContain(secret));
        Assert.NotEqual(delete, FilesContain("kept"));
    }

    [Fact]
    public async Task The_write_ahead_log_stays_short_under_load()
    {
        const int Callers = 16, EventsEach = 100, Bytes = 8192, MaxRounds = 20;
        await using var store = _files.Open(options => options with { CheckpointPages = 64 });
        var (rounds, written, kept) = (0, 0L, 0L);
        do
        {
            await Task.WhenAll(Enumerable.Range(0, Callers).Select(async caller =>
            {
                for (var i = 0; i < EventsEach; i++)
                {
                    await store.AppendAsync($"a-{caller}", ExpectedRevision.Any, [NewEvent(new string('x', Bytes))], _guard.Token);
                }
            }));
            written = ++rounds * Callers * EventsEach * Bytes;
            kept = new FileInfo($"{_files.Options.Path}-wal").Length;
        }
        while (kept > written / 2 && rounds < MaxRounds);

        // How much is added while a checkpoint runs is up to the machine. After some rounds it is less than half of everything.
        Assert.InRange(kept, 0, written / 2);
        Assert.Equal(rounds * Callers * EventsEach, (await PositionsAsync(store)).Count);

        // When nobody writes any more, all of it is given back to the disk.
        await Wait.UntilAsync(() => new FileInfo($"{_files.Options.Path}-wal").Length == 0);
    }

    /// <summary>Also when the last of what was written began the log anew.</summary>
    [Fact]
    public async Task The_write_ahead_log_is_given_back_wherever_it_ended()
    {
        await Task.WhenAll(Enumerable.Range(1, 20).Select(async appends =>
        {
            using var files = new TestFiles();
            await using var store = files.Open(options => options with { CheckpointPages = 1 });
            for (var i = 0; i < appends; i++)
            {
                await store.AppendAsync("a-1", ExpectedRevision.Any, [NewEvent("x")], _guard.Token);
            }

            await Wait.UntilAsync(() => new FileInfo($"{files.Options.Path}-wal").Length == 0);
        }));
    }

    [Fact]
    public async Task A_log_keeps_its_identity()
    {
        string first;
        await using (var store = _files.Open())
        {
            await AppendAsync(store, "a-1", ExpectedRevision.NoStream, 1);
            first = await store.ReadIdentityAsync(_guard.Token);
        }

        await using (var again = _files.Open())
        {
            Assert.Equal(first, await again.ReadIdentityAsync(_guard.Token));
        }
    }

    [Fact]
    public async Task A_file_of_a_newer_program_is_refused()
    {
        await _files.Open().DisposeAsync();
        Execute("PRAGMA user_version = 99");
        var refusal = Assert.Throws<InvalidOperationException>(() => _files.Open());
        Assert.Contains("version 99", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_no_database_is_reported_as_unavailable()
    {
        Directory.CreateDirectory(_files.Directory);
        File.WriteAllText(_files.Options.Path, new string('x', 10_000));
        Assert.Throws<EventStoreUnavailableException>(() => _files.Open());
    }

    [Fact]
    public async Task A_file_that_is_gone_is_unavailable_and_not_read_as_an_empty_log()
    {
        await using var store = _files.Open();
        File.Delete(_files.Options.Path);
        await Assert.ThrowsAsync<EventStoreUnavailableException>(() => store.ReadHeadAsync(_guard.Token));
        Assert.False(File.Exists(_files.Options.Path));
    }

    [Fact]
    public async Task Text_without_a_utf8_form_is_an_error()
    {
        const string Text = "half of a pair \ud800";
        await using var store = _files.Open();
        await Assert.ThrowsAnyAsync<ArgumentException>(() => AppendAsync(store, Text, ExpectedRevision.Any, 1));
        await Assert.ThrowsAnyAsync<ArgumentException>(
            () => store.AppendAsync("a-1", ExpectedRevision.Any, [NewEvent("{}") with { Type = Text }], _guard.Token));
    }

    [Fact]
    public async Task Any_overlap_with_the_stream_is_refused_without_a_condition_too()
    {
        await using var store = _files.Open();
        var (old, other) = (NewEvent("{}"), NewEvent("{}"));
        await store.AppendAsync("a-1", ExpectedRevision.Any, [old], _guard.Token);
        Assert.Equal(
            new AppendResult.WrongExpectedRevision(0), await store.AppendAsync("a-1", ExpectedRevision.Any, [other, old], _guard.Token));
    }

    private async Task<AppendResult> AppendAsync(SqliteEventStore store, string stream, ExpectedRevision expected, int events)
        => await store.AppendAsync(stream, expected, [.. Enumerable.Range(0, events).Select(_ => NewEvent("{}"))], _guard.Token);

    private static NewEvent NewEvent(string data)
        => new(Guid.CreateVersion7(), "something-happened.v1", Encoding.UTF8.GetBytes(data), "{}"u8.ToArray());

    private async Task<List<long>> PositionsAsync(SqliteEventStore store)
    {
        var positions = new List<long>();
        await foreach (var @event in store.ReadAllAsync(LogPosition.Start, EventFilter.Everything, long.MaxValue, _guard.Token))
        {
            positions.Add(@event.Position.Value);
        }

        return positions;
    }

    private bool FilesContain(string text)
        => Directory.EnumerateFiles(_files.Directory).Any(file =>
        {
            using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            using var copy = new MemoryStream();
            stream.CopyTo(copy);
            return copy.GetBuffer().AsSpan(0, (int)copy.Length).IndexOf(Encoding.UTF8.GetBytes(text)) >= 0;
        });

    private void Execute(string sql)
    {
        using var connection = new SqliteConnection($"Data Source={_files.Options.Path};Pooling=False;Vfs={PageChecksums.RowsFileSystem}");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
