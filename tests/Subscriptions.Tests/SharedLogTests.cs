using Orderly.Domain.EventStore;
using Orderly.ReadModels.ViewStore;
using Orderly.Tests;
using static Orderly.Subscriptions.Tests.CountingProjection;

namespace Orderly.Subscriptions.Tests;

/// <summary>Who shares a subscription with whom, seen from the log.</summary>
public class SharedLogTests
{
    [Fact]
    public async Task Views_at_the_end_of_the_log_share_one_subscription()
    {
        await using var engine = new Engine();
        var log = new CountingLog(engine.Log);
        engine.Log = log;
        string[] names = ["v-1", "v-2", "v-3", "v-4"];
        engine.Run(names);
        await UntilSharedAsync(engine, log, names);
        var before = log.Events;

        for (var i = 0; i < 100; i++)
        {
            await engine.AppendAsync("counting-1", Event(1, "a"));
        }

        await AtHeadAsync(engine, names);
        Assert.Equal(100, log.Events - before);
    }

    [Fact]
    public async Task A_view_that_is_behind_reads_for_itself_and_joins_the_others_later()
    {
        await using var engine = new Engine();
        engine.Options = engine.Options with { ReadAhead = 100, MaxBatchEvents = 50 };
        var before = engine.Run(["v-1"]);
        await FollowingTests.AppendRandomlyAsync(engine, 1_000);
        await AtHeadAsync(engine, ["v-1"]);
        await before.CancelAsync();
        await engine.UntilAsync(view => view.Partitions[0].Owner is null);

        // The first is at the end and the second at the start; what the first shares does not reach back so far. Should the second
        // have come to the end before the first began, they share from then on.
        var log = new CountingLog(engine.Log);
        engine.Log = log;
        string[] names = ["v-1", "v-2"];
        engine.Run(names);
        await AtHeadAsync(engine, names);
        Assert.InRange(log.Subscriptions, 1, 2);
        Assert.InRange(log.Events, 1_000, 1_100);

        await UntilSharedAsync(engine, log, names);
    }

    [Fact]
    public async Task A_view_that_hangs_does_not_hold_up_the_others_for_long()
    {
        await using var engine = new Engine();
        engine.Options = engine.Options with { ReadAhead = 50, MaxBatchEvents = 20, SharedReadPatience = TimeSpan.FromMilliseconds(200) };
        var hanging = new TaskCompletionSource();
        var store = new FaultyViewStore(engine.Views)
        {
            Committing = (partitions, _) => partitions[0].View == "v-1"
            ? hanging.Task
            : Task.CompletedTask
        };
        string[] names = ["v-1", "v-2", "v-3"];
        engine.Run(names, store);
        var expected = await FollowingTests.AppendRandomlyAsync(engine, 1_000);
        await AtHeadAsync(engine, ["v-2", "v-3"]);
        Assert.True((await engine.UntilAllAsync(all => all.Count == 3))[0].Position < 1_000);

        hanging.SetResult();
        await AtHeadAsync(engine, names);
        foreach (var name in names)
        {
            var found = await engine.Views.QueryAsync(
                new CountingProjection(name: name).View, new ViewQuery([], 100), CancellationToken.None);
            Assert.Equal(expected, found.Documents.ToDictionary(document => document.Id, document => document.Value));
        }
    }

    [Fact]
    public async Task Views_that_hear_different_streams_share_a_subscription_and_see_their_own()
    {
        await using var engine = new Engine();
        var log = new CountingLog(engine.Log);
        engine.Log = log;
        for (var i = 0; i < 50; i++)
        {
            await engine.AppendAsync("counting-1", Event(1, "a"));
            await engine.AppendAsync("other-1", Event(10, "a"));
            await engine.AppendAsync("third-1", Event(100, "a"));
        }

        // Neither goes on without a slow one.
        engine.Options = engine.Options with { SharedReadPatience = Wait.Limit };
        CountingProjection[] projections = [new(name: "v-1"), new(name: "v-2") { Filter = EventFilter.ByStreamPrefix("other-") }];
        engine.Run(projections);
        await AtHeadAsync(engine, ["v-1", "v-2"]);
        foreach (var (projection, sum) in projections.Zip([50, 500]))
        {
            var found = await engine.Views.FindAsync(projection.View, ["a"], CancellationToken.None);
            Assert.Equal((new Counter(50, sum), 150), (found.Documents.Single().Value, found.Position));
        }

        Assert.Equal((1, 100), (log.Subscriptions, log.Events));
    }

    [Fact]
    public async Task A_fault_of_the_log_reaches_every_view_and_all_of_them_go_on_after_it()
    {
        await using var engine = new Engine();
        var log = new CountingLog(engine.Log);
        engine.Log = log;
        string[] names = ["v-1", "v-2"];
        engine.Run(names);
        await engine.AppendAsync("counting-1", Event(1, "a"));
        await AtHeadAsync(engine, names);

        log.Break();
        await engine.AppendAsync("counting-1", Event(1, "a"));
        await AtHeadAsync(engine, names);
    }

    [Fact]
    public async Task A_fault_that_is_over_is_told_no_more_although_nothing_happens()
    {
        await using var engine = new Engine();
        var log = new CountingLog(engine.Log);
        engine.Log = log;
        engine.Run(["counters"]);
        await engine.AppendAsync("counting-1", Event(1, "a"));
        await engine.CountersAtHeadAsync();

        log.IsAway = true;
        log.Break();
        await engine.UntilAsync(view => view.Partitions[0].Fault is not null);

        log.IsAway = false;
        await engine.UntilAsync(view => view.Partitions[0].Fault is null);
    }

    private static async Task AtHeadAsync(Engine engine, IReadOnlyCollection<string> names)
    {
        var head = await engine.Log.ReadHeadAsync(CancellationToken.None);
        await engine.UntilAllAsync(all => names.All(name => all.Any(one => one.View == name && one.Position >= head.Value)));
    }

    /// <summary>Appends until an event is read once for all.</summary>
    private static async Task UntilSharedAsync(Engine engine, CountingLog log, IReadOnlyCollection<string> names)
    {
        await Wait.UntilAsync(async () =>
        {
            var before = log.Events;
            await engine.AppendAsync("counting-1", Event(1, "a"));
            await AtHeadAsync(engine, names);
            return log.Events - before == 1;
        });
    }
}
