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

        var rebuild = engine.NewWorker().RebuildAsync(s_nobody, CancellationToken.None);
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
        var generation = Assert.Single(await engine.Views.ReadGenerationsAsync(CancellationToken.None));
        Assert.Equal((live.Number, true), (generation.Number, generation.IsLive));
    }

    [Fact]
    public async Task A_view_that_never_ran_is_built()
    {
        await using var engine = new Engine();
        await engine.AppendAsync("counting-1", Event(1, "a"));
        await engine.NewWorker().RebuildAsync(s_nobody, CancellationToken.None);
        Assert.Equal(new Counter(1, 1), (await engine.CountersAtHeadAsync())["a"]);
    }

    [Fact]
    public async Task An_empty_log_makes_an_empty_view()
    {
        await using var engine = new Engine();
        await engine.NewWorker().RebuildAsync(s_nobody, CancellationToken.None);
        Assert.Empty(await engine.CountersAtHeadAsync());
        Assert.True(Assert.Single(await engine.Views.ReadGenerationsAsync(CancellationToken.None)).IsLive);
    }

    [Fact]
    public async Task A_rebuild_raises_the_version()
    {
        await using var engine = new Engine();
        var old = engine.Run(engine.NewWorker());
        await engine.AppendAsync("counting-1", Event(1, "a"));
        await engine.CountersAtHeadAsync();
        await old.CancelAsync();

        await engine.NewWorker(new CountingProjection(version: 2)).RebuildAsync(s_nobody, CancellationToken.None);
        engine.Run(engine.NewWorker(new CountingProjection(version: 2)));
        await engine.AppendAsync("counting-1", Event(1, "a"));
        Assert.Equal(new Counter(2, 2), (await engine.CountersAtHeadAsync())["a"]);
        Assert.Equal(2, (await engine.UntilAsync(_ => true)).Version);
    }

    [Fact]
    public async Task A_rebuild_that_fails_or_is_cancelled_leaves_the_live_view_and_nothing_else()
    {
        await using var engine = new Engine();
        engine.Run(engine.NewWorker());
        await engine.AppendAsync("counting-1", Event(1, "a"), Event(13, "a"), Event(2, "a"));
        await engine.CountersAtHeadAsync();

        await Assert.ThrowsAsync<UnappliableEventException>(
            () => engine.NewWorker(new CountingProjection(poison: 13)).RebuildAsync(s_nobody, CancellationToken.None));

        using var cancelled = new CancellationTokenSource();
        engine.Views = new FaultyViewStore(engine.Views) { Step = _ => cancelled.Cancel() };
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => engine.NewWorker().RebuildAsync(s_nobody, cancelled.Token));

        Assert.Equal(new Counter(3, 16), (await engine.CountersAsync())["a"]);
        var generation = Assert.Single(await engine.Views.ReadGenerationsAsync(CancellationToken.None));
        Assert.Equal((1, true), (generation.Number, generation.IsLive));
    }

    [Fact]
    public async Task A_rebuild_tells_how_far_it_is()
    {
        await using var engine = new Engine();
        engine.Options = engine.Options with { MaxBatchEvents = 100 };
        await FollowingTests.AppendRandomlyAsync(engine, 1_000);
        List<RebuildProgress> reports = [];
        await engine.NewWorker().RebuildAsync(new Report(reports.Add), CancellationToken.None);
        Assert.InRange(reports.Count, 10, 30);
        Assert.Equal(reports.OrderBy(report => report.Position), reports);
        Assert.All(reports, report => Assert.Equal(1_000, report.Head));
        Assert.Equal(new RebuildProgress(1_000, 1_000, 1_000), reports[^1]);
    }

    private sealed class Report(Action<RebuildProgress> add) : IProgress<RebuildProgress>
    {
        void IProgress<RebuildProgress>.Report(RebuildProgress value) => add(value);
    }
}
