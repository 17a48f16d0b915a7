using Orderly.Domain.Serialization;
using Orderly.ReadModels.ViewStore;
using Orderly.Tests;
using static Orderly.Subscriptions.Tests.CountingProjection;

namespace Orderly.Subscriptions.Tests;

public class ParkingTests
{
    [Theory]
    [InlineData(AddedType, ParkedReason.Unreadable, "unreadable 'added.v1'")]
    [InlineData("added.v2", ParkedReason.TooNew, "event type 'added.v2' is newer than the newest known version 1")]
    [InlineData("removed.v1", ParkedReason.UnknownType, "unknown event type 'removed.v1'")]
    public async Task An_event_that_can_t_be_read_is_parked_with_what_follows_in_its_stream(string type, ParkedReason reason, string detail)
    {
        await using var engine = new Engine();
        engine.Run(engine.NewWorker());
        await engine.AppendAsync("counting-1", Event(1, "a"));
        await engine.AppendAsync("counting-1", Garbage(type), Event(2, "a"), Event(4, "b"));
        await engine.AppendAsync("counting-2", Event(8, "a", "c"), Event(16, "c"));

        // From the first event that has to wait on, all of the document's events wait, from other streams too.
        Assert.Equal(new Dictionary<string, Counter> { ["a"] = new(1, 1), ["c"] = new(2, 24) }, await engine.CountersAtHeadAsync());
        var parked = await engine.ParkedAsync();
        Assert.Equal(
            [(2, null, reason), (3, "a", ParkedReason.Waiting), (4, "b", ParkedReason.Waiting), (5, "a", ParkedReason.Waiting)],
            parked.Select(one => ((int)one.Position, one.Document, one.Reason)));
        Assert.Contains(detail, parked[0].Detail, StringComparison.Ordinal);
        Assert.Equal(("counting-1", 1, type, 1), (parked[0].Stream, parked[0].Revision, parked[0].Type, parked[0].Attempts));
        Assert.Equal(1, (await engine.UntilAsync(_ => true)).Partitions[0].Parked);
        Assert.Empty(await engine.VerifyAsync());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public async Task A_program_that_knows_the_type_goes_on_by_itself_in_the_order_of_the_log(int partitions)
    {
        await using var engine = new Engine();
        engine.Options = engine.Options with { Partitions = partitions };
        var old = engine.Run(engine.NewWorker());
        await engine.AppendAsync(
            "counting-1", Event(1, "a"), Event(5, "a", "b") with { Type = "added.v2" }, Event(2, "a"), Event(3, "b", "c"));
        await engine.AppendAsync("counting-2", Event(100, "a", "d"));
        await engine.CountersAtHeadAsync();
        await old.CancelAsync();

        KnowsVersion2(engine);
        engine.Run(engine.NewWorker());

        await engine.UntilAsync(view => view.Partitions.All(one => one.Parked == 0));
        Assert.Equal(
            new Dictionary<string,
            Counter>
            { ["a"] = new(4, 108), ["b"] = new(2, 8), ["c"] = new(1, 3), ["d"] = new(1, 100) },
            await engine.CountersAtHeadAsync());
        Assert.Empty(await engine.ParkedAsync());
        Assert.Empty(await engine.VerifyAsync());
    }

    /// <summary>A counter whose sum tells the order: each event multiplies it and adds.</summary>
    [Fact]
    public async Task A_document_that_went_on_without_an_event_of_its_own_is_folded_anew()
    {
        await using var engine = new Engine();
        var old = engine.Run(engine.NewWorker(new CountingProjection(base10: true)));
        await engine.AppendAsync("counting-1", Event(1, "a"), Event(2, "a") with { Type = "added.v2" });
        await engine.AppendAsync("counting-2", Event(3, "a"), Event(4, "a"));
        Assert.Equal(134, (await engine.CountersAtHeadAsync())["a"].Sum);
        await old.CancelAsync();

        KnowsVersion2(engine);
        engine.Run(engine.NewWorker(new CountingProjection(base10: true)));

        await engine.UntilAsync(view => view.Partitions[0].Parked == 0);
        Assert.Equal(1234, (await engine.CountersAtHeadAsync())["a"].Sum);
        Assert.Empty(await engine.VerifyAsync(new CountingProjection(base10: true)));
    }

    [Theory]
    [InlineData(13, 0)]
    [InlineData(0, 13)]
    public async Task An_event_that_a_projection_throws_for_is_tried_and_parked_and_the_others_go_on(long poison, long nameless)
    {
        await using var engine = new Engine();
        engine.Run(engine.NewWorker(new CountingProjection(poison: poison, nameless: nameless)));
        await engine.AppendAsync("counting-1", Event(1, "a"), Event(2, "b"));
        await engine.AppendAsync("counting-1", Event(13, "a", "b"));
        await engine.AppendAsync("counting-2", Event(4, "a"), Event(8, "b"), Event(16, "c"));

        await engine.CountersAtHeadAsync();

        // While it folds, it throws for one of the two documents alone.
        var parked = await engine.ParkedAsync();
        Assert.Equal((3, ParkedReason.Threw, engine.Options.MaxAttempts), (parked[0].Position, parked[0].Reason, parked[0].Attempts));
        Assert.Equal("InvalidOperationException: This amount is poison.", parked[0].Detail);
        Assert.Equal(
            poison == 13
                ? new Dictionary<string, Counter> { ["a"] = new(3, 18), ["b"] = new(1, 2), ["c"] = new(1, 16) }
                : new Dictionary<string, Counter> { ["a"] = new(2, 5), ["b"] = new(2, 10), ["c"] = new(1, 16) },
            await engine.CountersAsync());
    }

    [Fact]
    public async Task A_fault_that_passes_parks_nothing()
    {
        await using var engine = new Engine();
        var throws = engine.Options.MaxAttempts - 1;
        engine.Run(engine.NewWorker(new CountingProjection(poison: 13) { IsPoisonous = () => throws-- > 0 }));
        await engine.AppendAsync("counting-1", Event(1, "a"), Event(13, "a"), Event(2, "a"));
        Assert.Equal(new Counter(3, 16), (await engine.CountersAtHeadAsync())["a"]);
        Assert.Empty(await engine.ParkedAsync());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task A_retry_applies_an_event_and_what_waited_behind_it_once_it_can(int partitions)
    {
        await using var engine = new Engine();
        engine.Options = engine.Options with { Partitions = partitions };
        var isPoisonous = true;
        var projection = new CountingProjection(poison: 13, base10: true) { IsPoisonous = () => isPoisonous };
        engine.Run(engine.NewWorker(projection));
        await engine.AppendAsync("counting-1", Event(1, "a"), Event(13, "a"), Event(2, "a"), Event(3, "b"));
        await engine.AppendAsync("counting-2", Event(4, "a"));
        await engine.CountersAtHeadAsync();

        // Asked too early, it is tried, and stays.
        Assert.Equal(1, await engine.Views.AskRetryAsync("counters", 2, CancellationToken.None));
        await engine.UntilAsync(view => view.Partitions.All(one => !one.IsAsked));
        var parked = await engine.ParkedAsync();
        Assert.Equal([2, 3, 5], parked.Select(one => one.Position));
        Assert.Equal(engine.Options.MaxAttempts + 1, parked[0].Attempts);

        isPoisonous = false;
        Assert.Equal(1, await engine.Views.AskRetryAsync("counters", 2, CancellationToken.None));
        await engine.UntilAsync(view => view.Partitions.All(one => one.Parked == 0));
        Assert.Equal(new Dictionary<string, Counter> { ["a"] = new(4, 2324), ["b"] = new(1, 3) }, await engine.CountersAtHeadAsync());
        Assert.Empty(await engine.ParkedAsync());
        Assert.Empty(await engine.VerifyAsync(projection));

        // Asked for again, there is nothing.
        Assert.Equal(0, await engine.Views.AskRetryAsync("counters", 2, CancellationToken.None));
        await engine.AppendAsync("counting-2", Event(5, "a"));
        Assert.Equal(new Counter(5, 23245), (await engine.CountersAtHeadAsync())["a"]);
    }

    [Theory]
    [InlineData(AddedType)]
    [InlineData(null)]
    public async Task A_skipped_event_is_left_out_for_good(string? unreadable)
    {
        await using var engine = new Engine();
        var projection = new CountingProjection(poison: 13, base10: true);
        engine.Run(engine.NewWorker(projection));
        await engine.AppendAsync("counting-1", Event(1, "a"), unreadable is null ? Event(13, "a") : Garbage(unreadable), Event(2, "a"));
        await engine.AppendAsync("counting-2", Event(3, "a"));
        await engine.CountersAtHeadAsync();

        Assert.Equal(1, await engine.Views.AskSkipAsync("counters", 2, CancellationToken.None));

        await engine.UntilAsync(view => view.Partitions[0].Parked == 0);
        Assert.Equal(new Counter(3, 123), (await engine.CountersAtHeadAsync())["a"]);
        Assert.Empty(await engine.ParkedAsync());
        Assert.Empty(await engine.VerifyAsync(projection));

        await new Rebuild([engine.NewWorker(projection)], engine.NewServices()).RunAsync(
            false, new Progress<RebuildProgress>(), CancellationToken.None);
        Assert.Equal(new Counter(3, 123), (await engine.CountersAtHeadAsync())["a"]);
        Assert.Empty(await engine.ParkedAsync());
    }

    /// <summary>The builder has asked what is left out before the operator decided it, and meets the event after that.</summary>
    [Theory]
    [InlineData(AddedType)]
    [InlineData(null)]
    public async Task What_is_skipped_while_the_view_is_built_anew_is_left_out_of_that_build_too(string? unreadable)
    {
        await using var engine = new Engine();
        var projection = new CountingProjection(poison: 13, base10: true);
        var first = engine.Run(engine.NewWorker(projection));
        await engine.AppendAsync("counting-1", Event(1, "a"), unreadable is null ? Event(13, "a") : Garbage(unreadable), Event(2, "a"));
        await engine.AppendAsync("counting-2", Event(3, "a"));
        await engine.CountersAtHeadAsync();

        // Otherwise it may be this one that builds.
        await first.CancelAsync();
        var store = engine.Views;
        var (isFolded, isDecided) = (new TaskCompletionSource(), new TaskCompletionSource());
        engine.Views = new FaultyViewStore(store)
        {
            Committing = (partitions, _) => partitions[0].Number == 2 && isFolded.TrySetResult() ? isDecided.Task : Task.CompletedTask,
        };
        await engine.Views.StartGenerationAsync(projection.View, CancellationToken.None);
        engine.Run(engine.NewWorker(projection));
        await isFolded.Task.WaitAsync(Wait.Limit);

        Assert.Equal(1, await store.AskSkipAsync("counters", 2, CancellationToken.None));
        isDecided.SetResult();

        await engine.UntilAsync(live => live.Number == 2 && live.Partitions[0].Parked == 0);
        await engine.AppendAsync("counting-1", Event(4, "a"));
        Assert.Equal(new Counter(4, 1234), (await engine.CountersAtHeadAsync())["a"]);
        Assert.Empty(await engine.ParkedAsync());
        Assert.Empty(await engine.VerifyAsync(projection));
    }

    [Fact]
    public async Task A_projection_that_can_do_nothing_right_stops_instead_of_parking_the_whole_log()
    {
        await using var engine = new Engine();
        engine.Options = engine.Options with { MaxParkedEvents = 5 };
        engine.Run(engine.NewWorker());
        await engine.AppendAsync("counting-1", Event(1, "a"));
        await engine.AppendAsync("counting-1", [.. Enumerable.Range(0, 10).Select(_ => Garbage())]);

        var stopped = await engine.UntilAsync(view => view.Partitions[0].Fault is not null);

        Assert.Contains(
            "5 events are parked in partition 0 of 'counters', which is the most that may be",
            stopped.Partitions[0].Fault,
            StringComparison.Ordinal);
        Assert.Equal((6, 5), (stopped.Position, stopped.Partitions[0].Parked));
    }

    [Fact]
    public async Task A_partition_that_is_full_lets_no_other_one_park_the_event_that_stops_both()
    {
        await using var engine = new Engine();
        engine.Options = engine.Options with { MaxParkedEvents = 1, Partitions = 2 };
        var inSecond = Enumerable.Range(0, 10).Select(i => $"c-{i}").First(id => DocumentPartition.Of(id, 2) == 1);
        await engine.AppendAsync("counting-1", Event(13, inSecond));
        await engine.AppendAsync("counting-2", Garbage());
        engine.Run(engine.NewWorker(new CountingProjection(poison: 13)));

        var stopped = await engine.UntilAsync(view => view.Partitions[0].Fault is not null);

        Assert.Equal(1, stopped.Position);
        Assert.Equal([1], (await engine.ParkedAsync()).Select(one => one.Position));
    }

    [Fact]
    public async Task What_is_asked_for_is_done_however_long_it_takes()
    {
        await using var engine = new Engine();
        var log = new CountingLog(engine.Log);
        engine.Log = log;
        var isPoisonous = true;
        engine.Run(engine.NewWorker(new CountingProjection(poison: 13) { IsPoisonous = () => isPoisonous }));
        await engine.AppendAsync("counting-1", Event(1, "a"), Event(13, "a"), Event(2, "a"));
        await engine.CountersAtHeadAsync();

        isPoisonous = false;
        log.ReadStreamDelay = engine.Options.LeaseDuration;
        await engine.Views.AskRetryAsync("counters", 2, CancellationToken.None);

        await engine.UntilAsync(view => view.Partitions[0].Parked == 0);
        Assert.Equal(new Counter(3, 16), (await engine.CountersAtHeadAsync())["a"]);
    }

    [Fact]
    public async Task What_could_not_be_read_and_is_skipped_stays_so_for_a_program_that_can_read_it()
    {
        await using var engine = new Engine();
        var old = engine.Run(engine.NewWorker());
        await engine.AppendAsync("counting-1", Event(1, "a"), Event(4, "a", "b") with { Type = "added.v2" }, Event(2, "a"));
        await engine.CountersAtHeadAsync();
        await engine.Views.AskSkipAsync("counters", 2, CancellationToken.None);
        await engine.UntilAsync(view => view.Partitions[0].Parked == 0);
        await old.CancelAsync();

        KnowsVersion2(engine);
        Assert.Empty(await engine.VerifyAsync());
        await new Rebuild([engine.NewWorker()], engine.NewServices()).RunAsync(
            false, new Progress<RebuildProgress>(), CancellationToken.None);
        Assert.Equal(new Dictionary<string, Counter> { ["a"] = new(2, 3) }, await engine.CountersAtHeadAsync());
    }

    [Fact]
    public async Task A_worker_that_dies_while_it_parks_or_recovers_loses_and_doubles_nothing()
    {
        await using var engine = new Engine();
        engine.Options = engine.Options with { MaxBatchEvents = 5, Partitions = 2 };
        var random = new Random(4);
        var isPoisonous = true;
        var store = engine.Views;
        var faulty = new FaultyViewStore(store)
        {
            Step = _ =>
            {
                lock (random)
                {
                    if (random.Next(4) > 0)
                    {
                        return;
                    }

                    throw new ViewStoreUnavailableException("This step failed.");
                }
            },
        };
        for (var i = 0; i < 40; i++)
        {
            await engine.AppendAsync(
                $"counting-{i % 3}",
                Event(i % 13 == 5 ? 13 : 1, $"c-{i % 4}"),
                i == 20 ? Event(1, "c-1") with { Type = "added.v2" } : Event(1, $"c-{i % 5}"));
        }

        var projection = new CountingProjection(poison: 13) { IsPoisonous = () => isPoisonous };
        engine.Views = faulty;
        var first = engine.Run(engine.NewWorker(projection));
        await engine.CountersAtHeadAsync();
        engine.Views = store;
        Assert.NotEmpty(await engine.ParkedAsync());
        Assert.Empty(await engine.VerifyAsync(projection));
        await first.CancelAsync();

        isPoisonous = false;
        KnowsVersion2(engine);
        foreach (var parked in await engine.ParkedAsync())
        {
            await engine.Views.AskRetryAsync("counters", parked.Position, CancellationToken.None);
        }

        engine.Views = faulty;
        engine.Run(engine.NewWorker(projection));
        engine.Views = store;
        await engine.UntilAsync(view => view.Partitions.All(one => one.Parked == 0));
        Assert.Empty(await engine.ParkedAsync());
        Assert.Empty(await engine.VerifyAsync(projection));
        Assert.Equal(80, (await engine.CountersAtHeadAsync()).Values.Sum(counter => counter.Events));
    }

    private static void KnowsVersion2(Engine engine)
        => engine.Types = EventTypes.Build(types => types
            .Add("added.v2", CountingJson.Default.Added)
            .AddOld(AddedType, CountingJson.Default.Added, before => before));
}
