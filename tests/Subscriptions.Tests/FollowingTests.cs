using Orderly.ReadModels.ViewStore;
using Orderly.Tests;
using static Orderly.Subscriptions.Tests.CountingProjection;

namespace Orderly.Subscriptions.Tests;

public class FollowingTests
{
    [Fact]
    public async Task Events_are_folded_into_every_document_that_they_change()
    {
        await using var engine = new Engine();
        engine.Run(engine.NewWorker());
        await engine.AppendAsync("counting-1", Event(1, "a"), Event(2, "a", "b"));
        await engine.AppendAsync("counting-2", Event(4, "b", "c"), Event(8));
        Assert.Equal(
            new Dictionary<string, Counter> { ["a"] = new(2, 3), ["b"] = new(2, 6), ["c"] = new(1, 4) },
            await engine.CountersAtHeadAsync());
    }

    [Fact]
    public async Task The_position_follows_the_log_through_events_of_other_streams()
    {
        await using var engine = new Engine();
        engine.Run(engine.NewWorker());
        for (var i = 0; i < 10; i++)
        {
            var position = await engine.AppendAsync($"other-{i}", Event(1, "a"));
            await engine.UntilAsync(generation => generation.Position == position.Value);
        }

        Assert.Empty(await engine.CountersAsync());
    }

    [Fact]
    public async Task Small_batches_and_a_small_cache_give_what_large_ones_give()
    {
        await using var engine = new Engine();
        engine.Options = engine.Options with { MaxBatchEvents = 7, ReadAhead = 5, CachedDocuments = 2 };
        var expected = await AppendRandomlyAsync(engine, 2_000);
        engine.Run(engine.NewWorker());
        Assert.Equal(expected, await engine.CountersAtHeadAsync());
    }

    [Fact]
    public async Task A_backlog_is_committed_in_large_batches_and_its_documents_are_loaded_once()
    {
        await using var engine = new Engine();

        // However slowly the log is read.
        engine.Options = engine.Options with { MaxBatchEvents = 4_000, MaxBatchDelay = Wait.Limit };
        var (loads, commits) = (0, 0);
        engine.Views = new FaultyViewStore(engine.Views) { Step = step => _ = step is null ? loads++ : step.Value ? commits++ : 0 };
        var expected = await AppendRandomlyAsync(engine, 10_000);
        engine.Run(engine.NewWorker());
        Assert.Equal(expected, await engine.CountersAtHeadAsync());

        // The documents are seen before the last commit has answered.
        await Wait.UntilAsync(() => commits >= 3);
        Assert.InRange(commits, 3, 10);
        Assert.InRange(loads, 1, commits);

        var before = loads;
        await engine.AppendAsync("counting-1", Event(1, expected.Keys.First()));
        await engine.CountersAtHeadAsync();
        Assert.Equal(before, loads);
    }

    [Fact]
    public async Task A_worker_that_dies_at_any_step_carries_on_with_nothing_lost_or_doubled()
    {
        await using var engine = new Engine();
        engine.Options = engine.Options with { MaxBatchEvents = 10, CachedDocuments = 3 };
        var step = 0;
        engine.Views = new FaultyViewStore(engine.Views)
        {
            Step = _ =>
            {
                if (Interlocked.Increment(ref step) is var now && now % 3 == 0)
                {
                    throw new ViewStoreUnavailableException($"Step {now} failed.");
                }
            },
        };
        var expected = await AppendRandomlyAsync(engine, 300);
        engine.Run(engine.NewWorker());
        Assert.Equal(expected, await engine.CountersAtHeadAsync());
        Assert.True(step > 60, "The test did not fail where it should.");
    }

    /// <summary>However long the pauses after other faults have become.</summary>
    [Fact]
    public async Task A_store_that_was_away_is_found_again_soon()
    {
        await using var engine = new Engine();
        engine.Options = engine.Options with { FirstRetryDelay = TimeSpan.FromHours(1), MaxRetryDelay = TimeSpan.FromHours(1) };
        await engine.AppendAsync("counting-1", Event(1, "a"));
        var faults = 0;
        engine.Views = new FaultyViewStore(engine.Views)
        {
            Step = afterwards =>
            {
                if (afterwards == false && Interlocked.Increment(ref faults) <= 2)
                {
                    throw new ViewStoreUnavailableException("The disk is full.");
                }
            },
        };

        engine.Run(engine.NewWorker());

        Assert.Equal(new Counter(1, 1), (await engine.CountersAtHeadAsync())["a"]);
        Assert.True(faults > 2);
    }

    [Fact]
    public async Task Two_workers_on_one_view_apply_every_event_once()
    {
        await using var engine = new Engine();
        engine.Options = engine.Options with { MaxBatchEvents = 20 };
        engine.Run(engine.NewWorker());
        engine.Run(engine.NewWorker());
        var expected = await AppendRandomlyAsync(engine, 2_000);
        Assert.Equal(expected, await engine.CountersAtHeadAsync());
    }

    [Fact]
    public async Task A_stopped_worker_is_carried_on_by_the_next_one()
    {
        await using var engine = new Engine();
        var first = engine.Run(engine.NewWorker());
        await engine.AppendAsync("counting-1", Event(1, "a"));
        await engine.CountersAtHeadAsync();
        await first.CancelAsync();
        await engine.AppendAsync("counting-1", Event(2, "a"));
        engine.Run(engine.NewWorker());
        Assert.Equal(new Counter(2, 3), (await engine.CountersAtHeadAsync())["a"]);
    }

    [Fact]
    public async Task A_fault_that_has_passed_is_not_shown_any_more_though_nothing_happens()
    {
        await using var engine = new Engine();
        await engine.AppendAsync("counting-1", Event(1, "a"));
        var first = engine.Run(engine.NewWorker());
        await engine.CountersAtHeadAsync();
        await first.CancelAsync();
        var live = await engine.UntilAsync(view => view.Partitions[0].Owner is null);
        await engine.Views.ReportFaultAsync(live.Partitions[0], "It hurts.", CancellationToken.None);

        engine.Run(engine.NewWorker());

        await engine.UntilAsync(view => view.Partitions[0].Fault is null);
    }

    [Fact]
    public async Task Partitions_give_what_one_gives_whatever_their_number_and_whoever_keeps_them()
    {
        await using var engine = new Engine();
        engine.Options = engine.Options with { Partitions = 8, MaxBatchEvents = 50 };
        engine.Run(engine.NewWorker());
        engine.Run(engine.NewWorker());
        engine.Run(engine.NewWorker());
        var expected = await AppendRandomlyAsync(engine, 2_000);
        Assert.Equal(expected, await engine.CountersAtHeadAsync());
        Assert.Equal(8, (await engine.UntilAsync(_ => true)).Partitions.Count);
    }

    [Fact]
    public async Task Repartitioning_under_load_loses_and_doubles_nothing()
    {
        await using var engine = new Engine();
        engine.Options = engine.Options with { MaxBatchEvents = 20 };
        engine.Run(engine.NewWorker());
        engine.Run(engine.NewWorker());
        var appending = AppendRandomlyAsync(engine, 6_000);
        foreach (var count in new[] { 8, 3, 1, 8, 1 })
        {
            var live = await engine.UntilAsync(view => view.Partitions.All(one => one.Owner is not null));
            await engine.Views.RepartitionAsync("counters", live.Number, count, CancellationToken.None);
            await engine.UntilAsync(view => view.Partitions.Count == count && view.Partitions.All(one => one.Owner is not null));
        }

        Assert.Equal(await appending, await engine.CountersAtHeadAsync());
        Assert.Empty(await engine.VerifyAsync());
    }

    internal static async Task<Dictionary<string, Counter>> AppendRandomlyAsync(Engine engine, int events)
    {
        var random = new Random(events);
        Dictionary<string, Counter> expected = [];
        List<Task> appends = [];
        for (var i = 0; i < events; i++)
        {
            string[] counters = [.. Enumerable.Range(0, random.Next(1, 4)).Select(_ => $"c-{random.Next(25)}").Distinct()];
            var amount = random.Next(100);
            foreach (var counter in counters)
            {
                var before = expected.GetValueOrDefault(counter, new Counter(0, 0));
                expected[counter] = new Counter(before.Events + 1, before.Sum + amount);
            }

            appends.Add(engine.AppendAsync($"counting-{random.Next(50)}", Event(amount, counters)));
        }

        await Task.WhenAll(appends);
        return expected;
    }
}
