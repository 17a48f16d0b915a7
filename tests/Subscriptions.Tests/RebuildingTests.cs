using Orderly.ReadModels.ViewStore;
using Orderly.Tests;
using static Orderly.Subscriptions.Tests.CountingProjection;

namespace Orderly.Subscriptions.Tests;

public class RebuildingTests
{
    private static readonly IProgress<RebuildProgress> s_nobody = new Progress<RebuildProgress>();

    [Fact]
    public async Task A_rebuild_gives_what_is_live_and_takes_its_place_while_events_come_in()
    {
        await using var engine = new Engine();
        engine.Run(engine.NewWorker());
        var first = await FollowingTests.AppendRandomlyAsync(engine, 3_000);
        Assert.Equal(first, await engine.CountersAtHeadAsync());

        var rebuild = RebuildAsync(engine);
        var more = 0;
        while (!rebuild.IsCompleted)
        {
            await engine.AppendAsync("counting-1", Event(1, "steady"));
            more++;
        }

        var live = await rebuild;
        await engine.AppendAsync("counting-1", Event(1, "steady"));
        var after = await engine.CountersAtHeadAsync();
        Assert.Equal(new Counter(more + 1, more + 1), after["steady"]);
        Assert.All(first, counter => Assert.Equal(counter.Value, after[counter.Key]));
        Assert.Equal([(1, GenerationState.Retired), (2, GenerationState.Live)], await StatesAsync(engine));
        Assert.Equal(2, live.Number);
    }

    [Fact]
    public async Task A_view_that_never_ran_is_built()
    {
        await using var engine = new Engine();
        await engine.AppendAsync("counting-1", Event(1, "a"));
        await RebuildAsync(engine);
        Assert.Equal(new Counter(1, 1), (await engine.CountersAtHeadAsync())["a"]);
    }

    [Fact]
    public async Task An_empty_log_makes_an_empty_view()
    {
        await using var engine = new Engine();
        await RebuildAsync(engine);
        Assert.Empty(await engine.CountersAtHeadAsync());
    }

    [Fact]
    public async Task A_rebuild_that_was_stopped_is_carried_on_or_begun_anew()
    {
        await using var engine = new Engine();
        var run = engine.Run(engine.NewWorker());
        var expected = await FollowingTests.AppendRandomlyAsync(engine, 2_000);
        await engine.CountersAtHeadAsync();
        await run.CancelAsync();
        engine.Options = engine.Options with { MaxBatchEvents = 100 };
        using var stop = new CancellationTokenSource();
        var store = engine.Views;
        var commits = 0;
        engine.Views = new FaultyViewStore(store)
        {
            Step = committed =>
            {
                // What is live is not far behind, so these are the build's.
                if (committed == true && ++commits == 5)
                {
                    stop.Cancel();
                }

                stop.Token.ThrowIfCancellationRequested();
            },
        };
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => new Rebuild([engine.NewWorker()], engine.NewServices()).RunAsync(false, s_nobody, stop.Token));
        engine.Views = store;

        List<RebuildProgress> reports = [];
        var carried = await RebuildAsync(engine, progress: new Report(reports.Add));
        Assert.Equal((2, true), (carried.Number, carried.IsLive));
        Assert.Equal(expected, await engine.CountersAtHeadAsync());
        Assert.Empty(await engine.VerifyAsync());

        await engine.Views.StartGenerationAsync(new CountingProjection().View, CancellationToken.None);
        Assert.Equal(4, (await RebuildAsync(engine, fromScratch: true)).Number);
    }

    [Fact]
    public async Task A_rebuild_tells_how_far_it_is()
    {
        await using var engine = new Engine();
        engine.Options = engine.Options with { MaxBatchEvents = 100 };
        await FollowingTests.AppendRandomlyAsync(engine, 1_000);
        List<RebuildProgress> reports = [];
        await RebuildAsync(engine, progress: new Report(reports.Add));
        Assert.Equal(reports.OrderBy(report => report.Generation.Position), reports);
        Assert.All(reports, report => Assert.Equal(1_000, report.Head));
        Assert.Equal(1_000, reports[^1].Generation.Position);
    }

    [Fact]
    public async Task Views_that_are_rebuilt_together_read_the_log_once()
    {
        await using var engine = new Engine();
        var log = new CountingLog(engine.Log);
        engine.Log = log;

        // What one has read is kept for all that come, and nobody goes on without a slow one.
        engine.Options = engine.Options with { ReadAhead = 10_000, SharedReadPatience = Wait.Limit };
        await FollowingTests.AppendRandomlyAsync(engine, 5_000);
        var workers = Enumerable.Range(0, 8).Select(i => engine.NewWorker(new CountingProjection(name: $"view-{i}"))).ToList();
        foreach (var worker in workers)
        {
            await engine.Views.OpenAsync(worker.View, 1, CancellationToken.None);
        }

        var built = await new Rebuild(workers, engine.NewServices()).RunAsync(false, s_nobody, CancellationToken.None);

        Assert.All(built, view => Assert.True(view.IsLive));

        // Live and building generations alike: sixteen consumers. A reading that one of them left could be gone before the next came.
        Assert.InRange(log.Events, 5_000, 10_000);
    }

    [Fact]
    public async Task A_new_version_is_built_beside_the_old_one_and_takes_its_place()
    {
        await using var engine = new Engine();
        var old = engine.Run(engine.NewWorker());
        await engine.AppendAsync("counting-1", Event(1, "a"));
        await engine.CountersAtHeadAsync();

        // Both run for a while, as in a rolling deployment.
        engine.Run(engine.NewWorker(new CountingProjection(version: 2, factor: 10)));
        await engine.UntilAsync(live => live.Version == 2);
        await old.CancelAsync();

        await engine.AppendAsync("counting-1", Event(1, "a"));
        Assert.Equal(new Counter(2, 20), (await engine.CountersAtHeadAsync())["a"]);
        Assert.Equal([(1, GenerationState.Retired), (2, GenerationState.Live)], await StatesAsync(engine));
    }

    [Fact]
    public async Task An_old_worker_does_not_touch_a_newer_version()
    {
        await using var engine = new Engine();
        var @new = engine.Run(engine.NewWorker(new CountingProjection(version: 2)));
        await engine.AppendAsync("counting-1", Event(1, "a"));
        await engine.CountersAtHeadAsync();
        await @new.CancelAsync();
        await engine.AppendAsync("counting-1", Event(1, "a"));

        engine.Run(engine.NewWorker());

        var stalled = await engine.UntilAsync(live => live.Partitions[0].Fault is not null);
        Assert.Contains("no worker that runs has that version", stalled.Partitions[0].Fault, StringComparison.Ordinal);
        Assert.Equal(new Counter(1, 1), (await engine.CountersAsync())["a"]);
        await Assert.ThrowsAsync<InvalidOperationException>(() => RebuildAsync(engine));
        Assert.Equal([(1, GenerationState.Live)], await StatesAsync(engine));
    }

    [Fact]
    public async Task There_is_a_way_back_to_the_version_before_and_the_new_one_is_not_built_again()
    {
        await using var engine = new Engine();
        var (old, @new) = (new FaultyViewStore(engine.Views), new FaultyViewStore(engine.Views));
        engine.Run([new CountingProjection()], old);
        engine.Run([new CountingProjection(version: 2, factor: 10)], @new);
        await engine.UntilAsync(live => live.Version == 2);
        await engine.AppendAsync("counting-1", Event(1, "a"));
        Assert.Equal(new Counter(1, 10), (await engine.CountersAtHeadAsync())["a"]);

        await engine.Views.RollBackAsync("counters", CancellationToken.None);

        await engine.UntilAsync(live => live.Version == 1);
        await engine.AppendAsync("counting-1", Event(1, "a"));
        Assert.Equal(new Counter(2, 2), (await engine.CountersAtHeadAsync())["a"]);
        await Task.WhenAll(old.BeatsAsync(3), @new.BeatsAsync(3));
        Assert.Equal([(1, GenerationState.Live), (2, GenerationState.Retired)], await StatesAsync(engine));

        // Not after a rebuild of the old one either.
        await RebuildAsync(engine);
        await Task.WhenAll(old.BeatsAsync(3), @new.BeatsAsync(3));
        Assert.Equal(1, (await engine.UntilAsync(_ => true)).Version);

        // A later one is.
        engine.Run(engine.NewWorker(new CountingProjection(version: 3, factor: 100)));
        await engine.UntilAsync(live => live.Version == 3);
        Assert.Equal(new Counter(2, 200), (await engine.CountersAtHeadAsync())["a"]);
    }

    [Fact]
    public async Task A_retired_generation_is_dropped_after_its_time()
    {
        await using var engine = new Engine();
        engine.Options = engine.Options with { KeepRetired = TimeSpan.FromMilliseconds(300) };
        engine.Run(engine.NewWorker());
        await RebuildAsync(engine);
        await engine.UntilAllAsync(all => all is [{ Number: 2, IsLive: true }]);
    }

    private static async Task<ViewGeneration> RebuildAsync(
        Engine engine, bool fromScratch = false, IProgress<RebuildProgress>? progress = null)
        => Assert.Single(await new Rebuild([engine.NewWorker()], engine.NewServices()).RunAsync(
            fromScratch, progress ?? s_nobody, CancellationToken.None));

    private static async Task<IEnumerable<(int, GenerationState)>> StatesAsync(Engine engine)
        => (await engine.Views.ReadGenerationsAsync(CancellationToken.None)).Select(one => (one.Number, one.State));

    private sealed class Report(Action<RebuildProgress> add) : IProgress<RebuildProgress>
    {
        void IProgress<RebuildProgress>.Report(RebuildProgress value) => add(value);
    }
}
