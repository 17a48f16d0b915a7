using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using Orderly.Domain.EventStore;
using Orderly.Storage.Sqlite;
using Orderly.Worker.Commands;

namespace Orderly.Worker.Tests;

/// <summary>Pieces of a log: its end, what follows, streams, single events.</summary>
public sealed class LogReadingTests : IAsyncDisposable
{
    private readonly CancellationTokenSource _guard = new(TimeSpan.FromMinutes(10));
    private readonly string _directory = Directory.CreateTempSubdirectory("orderly-").FullName;
    private readonly SqliteEventStore _log;

    public LogReadingTests()
        => _log = new(
            new SqliteEventStoreOptions { Path = Path.Combine(_directory, "events.db"), ReadPageEvents = 3, ScanWindow = 7 },
            TimeProvider.System, NullLogger<SqliteEventStore>.Instance);

    public async ValueTask DisposeAsync()
    {
        await _log.DisposeAsync();
        _guard.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    [Theory]
    [InlineData(0, new long[0])]
    [InlineData(1, new long[] { 30 })]
    [InlineData(8, new long[] { 23, 24, 25, 26, 27, 28, 29, 30 })]
    public async Task The_last_events_come_in_the_order_of_the_log(int count, long[] positions)
    {
        await WriteAsync(30);
        Assert.Equal(positions, await LastAsync(count));
        Assert.Equal(30, (await LastAsync(1_000)).Count);
    }

    [Fact]
    public async Task Streams_and_types_are_filtered_together()
    {
        // a-1 and b-1 take turns, and so do x and y within them.
        await WriteAsync(30);
        Assert.Equal([25, 27, 29], await LastAsync(3, ["a-"]));
        Assert.Equal([19, 20, 27, 28], await LastAsync(4, [], ["y.v1"]));
        Assert.Equal([11, 19, 27], await LastAsync(3, ["a-"], ["y.v1"]));
        Assert.Equal([27, 28, 29, 30], await LastAsync(4, ["a-", "b-"], ["x.v1", "y.v1"]));
        Assert.Empty(await LastAsync(3, ["c-"]));
    }

    [Fact]
    public async Task From_a_position_all_events_come_with_the_one_there()
    {
        await WriteAsync(30);
        Assert.Equal([28, 29, 30], await FromAsync(28, []));
        Assert.Equal([29], await FromAsync(28, ["a-"]));
        Assert.Equal(30, (await FromAsync(0, [])).Count);
        var nowhere = await Assert.ThrowsAsync<CommandFailedException>(() => FromAsync(31, []));
        Assert.Equal((1, "There is no event at position 31. The log ends at 30."), (nowhere.ExitCode, nowhere.Message));
    }

    [Fact]
    public async Task Who_follows_gets_what_comes()
    {
        await WriteAsync(4);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(_guard.Token);
        List<long> seen = [];
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (var recorded in LogReading.LastAsync(_log, new EventSelection(["a-"], []), 1, follows: true, stop.Token))
            {
                seen.Add(recorded.Position.Value);
                await (seen.Count < 3 ? WriteAsync(2) : stop.CancelAsync());
            }
        });
        Assert.Equal([3, 5, 7], seen);
    }

    [Fact]
    public async Task A_stream_comes_from_a_revision_on_up_to_a_limit()
    {
        await WriteAsync(30);
        Assert.Equal(15, (await StreamAsync("a-1", 0, long.MaxValue)).Count);
        Assert.Equal([21, 23], await StreamAsync("a-1", 10, 2));
        foreach (var name in (string[])["c-1", "", "$all", "@a-1", new string('a', 201)])
        {
            var unknown = await Assert.ThrowsAsync<CommandFailedException>(() => StreamAsync(name, 0, 1));
            Assert.Equal((1, $"There is no stream '{name}', or nothing is left of it."), (unknown.ExitCode, unknown.Message));
        }

        var beyond = await Assert.ThrowsAsync<CommandFailedException>(() => StreamAsync("a-1", 15, 1));
        Assert.Equal((1, "'a-1' has no revision 15: it ends at 14."), (beyond.ExitCode, beyond.Message));
    }

    [Fact]
    public async Task A_damaged_event_ends_nothing()
    {
        await WriteAsync(6);
        using (var connection = new SqliteConnection(
            $"Data Source={Path.Combine(_directory, "events.db")};Pooling=False;Vfs={PageChecksums.RowsFileSystem}"))
        {
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = "UPDATE events SET data = x'00' WHERE position = 5";
            command.ExecuteNonQuery();
        }

        Assert.Equal([4, 5, 6], await LastAsync(3));
        Assert.Equal([4, 5, 6], await LastAsync(3, ["b-"]));
        Assert.Equal([5, 6], await FromAsync(5, ["b-"]));
        Assert.Equal([1, 3, 5], await StreamAsync("a-1", 0, 10));
        Assert.NotNull((await LogReading.FindAsync(_log, new LogPosition(5), _guard.Token)).Damage);
        Assert.Null((await LogReading.FindAsync(_log, new LogPosition(4), _guard.Token)).Damage);
    }

    /// <summary>One event an append: of two streams in turn, with types that change every other time.</summary>
    private async Task WriteAsync(int count)
    {
        var head = (await _log.ReadHeadAsync(_guard.Token)).Value;
        for (var i = head; i < head + count; i++)
        {
            await _log.AppendAsync(
                i % 2 == 0 ? "a-1" : "b-1",
                ExpectedRevision.Any,
                [new NewEvent(Guid.CreateVersion7(), i / 2 % 4 == 1 ? "y.v1" : "x.v1", "{}"u8.ToArray(), default)],
                _guard.Token);
        }
    }

    private Task<List<long>> LastAsync(int count, string[]? prefixes = null, string[]? types = null)
        => PositionsOf(LogReading.LastAsync(_log, new EventSelection(prefixes ?? [], types ?? []), count, follows: false, _guard.Token));

    private Task<List<long>> FromAsync(long position, string[] prefixes)
        => PositionsOf(LogReading.FromAsync(
            _log, new LogPosition(position), new EventSelection(prefixes, []), follows: false, _guard.Token));

    private Task<List<long>> StreamAsync(string stream, long from, long limit)
        => PositionsOf(LogReading.StreamAsync(_log, stream, from, limit, _guard.Token));

    private async Task<List<long>> PositionsOf(IAsyncEnumerable<RecordedEvent> events)
        => await events.Select(recorded => recorded.Position.Value).ToListAsync(_guard.Token);
}
