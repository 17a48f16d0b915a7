using System.Globalization;
using Orderly.Domain.EventStore;

namespace Orderly.Storage.Sqlite.Tests.Events;

/// <summary>Several processes on one file, some of which are killed.</summary>
public sealed class SharedFileTests : IDisposable
{
    private readonly CancellationTokenSource _guard = new(TimeSpan.FromMinutes(10));
    private readonly TestFiles _files = new();

    public void Dispose()
    {
        _guard.Dispose();
        _files.Dispose();
    }

    [Fact]
    public async Task Processes_that_open_a_new_file_together_see_every_event_in_one_order()
    {
        const int EventsEach = 480;
        const int Total = 3 * EventsEach;
        using var one = OtherProcess.StartSharing(_files.Options.Path, "shared", EventsEach, Total);
        using var two = OtherProcess.StartSharing(_files.Options.Path, "shared", EventsEach, Total);
        using var three = OtherProcess.StartSharing(_files.Options.Path, "shared", EventsEach, Total);
        var all = new[] { one, two, three };
        await Task.WhenAll(all.Select(process => process.BeginAsync(_guard.Token)));
        var lines = await Task.WhenAll(all.Select(process => process.ReadToEndAsync(_guard.Token)));

        await using var store = _files.Open();
        var log = await ReadLogAsync(store);
        Assert.Equal(Enumerable.Range(1, Total).Select(position => (long)position), log.Select(@event => @event.Position.Value));
        Assert.All(lines, seen => Assert.Equal(log.Select(Describe), Those("seen", seen)));
        Assert.Equal(log.Select(Describe).Order(), lines.SelectMany(acknowledged => Those("acknowledged", acknowledged)).Order());
        AssertProved();
    }

    [Fact]
    public async Task Many_can_open_a_new_file_at_the_same_time()
    {
        for (var round = 0; round < 10; round++)
        {
            using var files = new TestFiles();
            using var together = new Barrier(8);
            await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Task.Factory.StartNew(
                async () =>
                {
                    together.SignalAndWait(_guard.Token);
                    await using var store = files.Open();
                    var @event = new NewEvent(Guid.NewGuid(), "something-happened.v1", "{}"u8.ToArray(), default);
                    Assert.IsType<AppendResult.Appended>(
                        await store.AppendAsync($"a-{i}", ExpectedRevision.NoStream, [@event], _guard.Token));
                },
                _guard.Token,
                TaskCreationOptions.LongRunning,
                TaskScheduler.Default).Unwrap()));
        }
    }

    [Fact]
    public async Task A_subscription_is_woken_by_an_append_of_another_process()
    {
        await using var store = _files.Open();
        await using var subscription = store.SubscribeAsync(LogPosition.Start, EventFilter.Everything, _guard.Token)
            .GetAsyncEnumerator(_guard.Token);
        Assert.True(await subscription.MoveNextAsync());
        Assert.Equal(SubscriptionMessageKind.CaughtUp, subscription.Current.Kind);

        using var other = OtherProcess.StartSharing(_files.Options.Path, "shared", 16, 16);
        await other.BeginAsync(_guard.Token);
        for (var position = 1; position <= 16; position++)
        {
            Assert.True(await subscription.MoveNextAsync());
            Assert.Equal(new LogPosition(position), subscription.Current.Event!.Position);
        }
    }

    [Fact]
    public async Task What_was_acknowledged_before_a_process_was_killed_is_there_exactly_once()
    {
        var acknowledged = new List<string>();
        for (var kills = 0; kills < 3; kills++)
        {
            using var process = OtherProcess.StartAppending(_files.Options.Path, "crash", 16);
            await process.BeginAsync(_guard.Token);
            for (var i = 0; i < 400; i++)
            {
                acknowledged.Add((await process.ReadLineAsync(_guard.Token))!);
            }

            process.Kill();
            acknowledged.AddRange(await process.ReadToEndAsync(_guard.Token));
        }

        await using var store = _files.Open();
        var log = await ReadLogAsync(store);
        AssertProved();
        Assert.Empty(Those("acknowledged", acknowledged).Except(log.Select(Describe)));
        Assert.Equal(log.Count, log.Select(@event => @event.Id).Distinct().Count());
        Assert.Equal(Enumerable.Range(1, log.Count).Select(position => (long)position), log.Select(@event => @event.Position.Value));
        Assert.All(
            log.GroupBy(@event => @event.Stream),
            events => Assert.Equal(
                Enumerable.Range(0, events.Count()).Select(revision => (long)revision), events.Select(@event => @event.Revision)));
    }

    private void AssertProved()
        => SqliteLogCheck.Run(_files.Options.Path, fault => Assert.Fail($"{fault}"), (_, _) => { }, _guard.Token);

    private async Task<List<RecordedEvent>> ReadLogAsync(SqliteEventStore store)
    {
        var log = new List<RecordedEvent>();
        await foreach (var @event in store.ReadAllAsync(LogPosition.Start, EventFilter.Everything, long.MaxValue, _guard.Token))
        {
            log.Add(@event);
        }

        return log;
    }

    private static string Describe(RecordedEvent @event)
        => string.Create(CultureInfo.InvariantCulture, $"{@event.Id} {@event.Position} {@event.Stream} {@event.Revision}");

    /// <summary>What the lines of one kind say. None is cut off by a kill: a line goes into the pipe in one piece.</summary>
    private static IEnumerable<string> Those(string what, IEnumerable<string> lines)
        => lines.Where(line => line.StartsWith(what, StringComparison.Ordinal)).Select(line => line[(what.Length + 1)..]);
}
