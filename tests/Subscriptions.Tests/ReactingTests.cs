using System.Collections.Concurrent;
using Orderly.ReadModels.ViewStore;
using Orderly.Tests;
using static Orderly.Subscriptions.Tests.CountingProjection;

namespace Orderly.Subscriptions.Tests;

/// <summary>Processes: what they do, when, how often, and what becomes of it when it fails.</summary>
public class ReactingTests
{
    [Fact]
    public async Task A_process_acts_on_every_event_in_order_with_the_state_right_after_it()
    {
        await using var engine = new Engine();
        var process = new CountingProcess();
        Run(engine, process);

        var expected = await FollowingTests.AppendRandomlyAsync(engine, 2_000);

        Assert.Equal(expected, await engine.CountersAtHeadAsync());
        var byCounter = process.Done.GroupBy(one => one.Counter).ToDictionary(one => one.Key, one => one.ToList());
        Assert.Equal(expected.Keys.Order(), byCounter.Keys.Order());
        Assert.All(byCounter, one =>
        {
            Assert.Equal(Enumerable.Range(1, (int)expected[one.Key].Events), one.Value.Select(done => (int)done.State.Events));
            Assert.Equal(one.Value.Select(done => done.Position).Order(), one.Value.Select(done => done.Position));
        });
    }

    [Theory]
    [InlineData(null)]
    [InlineData(1)]
    [InlineData(5)]
    public async Task It_acts_before_it_commits_so_nothing_is_left_out_whenever_it_dies(int? mostInDoubt)
    {
        await using var engine = new Engine();
        var random = new Random(1);
        engine.Options = engine.Options with { MaxBatchEvents = 20 };
        engine.Views = new FaultyViewStore(engine.Views) { Step = _ => ThrowSometimes() };
        var process = new CountingProcess { MostInDoubt = mostInDoubt };
        Run(engine, process);

        var expected = await FollowingTests.AppendRandomlyAsync(engine, 500);

        Assert.Equal(expected, await engine.CountersAtHeadAsync());
        Assert.Equal(expected.Sum(one => one.Value.Events), process.Done.Select(done => (done.Counter, done.Position)).Distinct().Count());

        void ThrowSometimes()
        {
            if (random.Next(5) == 0)
            {
                throw new ViewStoreUnavailableException("As it happens.", new IOException());
            }
        }
    }

    [Theory]
    [InlineData(1, new long[] { 1, 5, 9, 13, 17, 20 })]
    [InlineData(2, new long[] { 5, 13, 20 })]
    public async Task No_more_reactions_share_a_commit_than_may_be_in_doubt(int mostInDoubt, long[] commits)
    {
        await using var engine = new Engine();

        // However slowly the log is read.
        engine.Options = engine.Options with { MaxBatchDelay = Wait.Limit };
        var positions = new List<long>();
        engine.Views = new FaultyViewStore(engine.Views)
        {
            Committing = (_, position) =>
            {
                positions.Add(position);
                return Task.CompletedTask;
            },
        };
        var process = new CountingProcess { MostInDoubt = mostInDoubt };
        for (var i = 0; i < 20; i++)
        {
            await engine.AppendAsync("counting-1", Event(i % 4 == 0 ? 1 : -1, "a"));
        }

        Run(engine, process);
        await engine.CountersAtHeadAsync();

        Assert.Equal([1, 5, 9, 13, 17], process.Done.Select(done => done.Position));
        Assert.Equal(commits, positions.Where(position => position > 0).Distinct());
    }

    [Fact]
    public async Task What_is_in_doubt_is_not_done_again_because_another_one_fails()
    {
        await using var engine = new Engine();
        var left = 2;
        ConcurrentQueue<(string Counter, long Position, Counter State)> done = [];
        var process = new CountingProcess
        {
            MostInDoubt = 8,
            Done = done,
            Doing = async reaction =>
            {
                if (reaction.Id == "c" && left > 0)
                {
                    await Wait.UntilAsync(() => done.Count == 5);
                    left--;
                    throw left == 0 ? new ReactionDeferredException("Not now.") : new InvalidOperationException("Once.");
                }
            },
        };
        foreach (var counter in "abcdef")
        {
            await engine.AppendAsync("counting-1", Event(1, $"{counter}"));
        }

        Run(engine, process);
        await engine.CountersAtHeadAsync();

        Assert.Equal(0, left);
        Assert.Equal(["a", "b", "c", "d", "e", "f"], done.Select(one => one.Counter).Order());
    }

    [Fact]
    public async Task A_build_does_nothing_and_goes_live_exactly_where_the_live_one_is()
    {
        await using var engine = new Engine();
        var (old, @new) = (new CountingProcess(), new CountingProcess(version: 2));
        var stop = Run(engine, old);
        await FollowingTests.AppendRandomlyAsync(engine, 1_000);
        await engine.CountersAtHeadAsync();

        Run(engine, @new);
        var appended = 0;
        while ((await engine.Views.ReadGenerationsAsync(CancellationToken.None)).Single(one => one.IsLive).Version == 1)
        {
            await engine.AppendAsync("counting-1", Event(1, "steady"));
            appended++;
        }

        await engine.AppendAsync("counting-1", Event(1, "steady"));
        await engine.UntilAsync(live => live.Version == 2);
        var after = await engine.CountersAtHeadAsync();
        Assert.Equal(appended + 1, after["steady"].Events);
        await stop.CancelAsync();

        // Only what the old one had done and could not commit any more is done by the new one too.
        var done = old.Done.Concat(@new.Done).Select(one => (one.Counter, one.Position)).ToList();
        Assert.Equal(after.Sum(one => one.Value.Events), done.Distinct().Count());
        var swapped = @new.Done.Min(one => one.Position);
        Assert.DoesNotContain(@new.Done, one => one.Counter != "steady");
        Assert.InRange(old.Done.Count(one => one.Position >= swapped), 0, 1 + engine.Options.MaxBatchEvents);
        Assert.Empty(await VerifyAsync(engine, @new));
    }

    [Fact]
    public async Task A_failing_reaction_is_parked_with_what_follows_and_a_retry_keeps_the_order()
    {
        await using var engine = new Engine();
        var isBroken = true;
        var tries = 0;
        var process = new CountingProcess { Doing = reaction => Throw(reaction) };
        Run(engine, process);
        await engine.AppendAsync("counting-1", Event(1, "a"), Event(13, "a"), Event(2, "a"), Event(3, "b"), Event(4, "a"));

        await engine.UntilAsync(view => view.Partitions[0].Parked == 1 && view.Position >= 5);
        Assert.Equal(engine.Options.MaxAttempts, tries);
        Assert.Equal([("a", 1), ("b", 4)], DoneByCounter(process));
        Assert.Equal(
            [(2, "a", ParkedReason.Threw), (3, "a", ParkedReason.Waiting), (5, "a", ParkedReason.Waiting)],
            (await engine.ParkedAsync()).Select(one => (one.Position, one.Document, one.Reason)));

        isBroken = false;
        await engine.Views.AskRetryAsync("counters", 2, CancellationToken.None);
        await engine.UntilAsync(view => view.Partitions[0].Parked == 0);
        Assert.Equal([("a", 1), ("a", 2), ("a", 3), ("a", 5), ("b", 4)], DoneByCounter(process));
        Assert.Equal(new Counter(4, 20), (await engine.CountersAtHeadAsync())["a"]);
        Assert.Empty(await VerifyAsync(engine, process));

        Task Throw(Reaction<Counter> reaction)
        {
            if (!isBroken || reaction.Envelope.Event is not Added { Amount: 13 })
            {
                return Task.CompletedTask;
            }

            tries++;
            throw new InvalidOperationException("No such address.");
        }
    }

    [Fact]
    public async Task A_reaction_that_is_left_out_is_not_done_and_what_waits_is()
    {
        await using var engine = new Engine();
        var process = new CountingProcess
        {
            Doing = reaction => reaction.Envelope.Event is Added { Amount: 13 }
            ? throw new InvalidOperationException("No.")
            : Task.CompletedTask
        };
        Run(engine, process);
        await engine.AppendAsync("counting-1", Event(13, "a"), Event(2, "a"));
        await engine.UntilAsync(view => view.Partitions[0].Parked == 1 && view.Position >= 2);

        await engine.Views.AskSkipAsync("counters", 1, CancellationToken.None);

        await engine.UntilAsync(view => view.Partitions[0].Parked == 0);
        Assert.Equal([("a", 2)], DoneByCounter(process));
        Assert.Empty(await VerifyAsync(engine, process));
    }

    [Fact]
    public async Task What_can_t_be_done_now_is_waited_for_and_nothing_is_parked()
    {
        await using var engine = new Engine();
        var isAway = true;
        var tries = 0;
        var process = new CountingProcess
        {
            Doing = reaction =>
            {
                tries++;
                return isAway && reaction.Envelope.Event is Added { Amount: 13 }
                    ? throw new ReactionDeferredException("The server is away.")
                    : Task.CompletedTask;
            },
        };
        Run(engine, process);
        await engine.AppendAsync("counting-1", Event(1, "a"), Event(13, "b"), Event(2, "c"));

        var stalled = await engine.UntilAsync(view => view.Partitions[0].Fault is not null);
        Assert.Equal("The server is away.", stalled.Partitions[0].Fault);
        await Wait.UntilAsync(() => tries > 20);
        Assert.Empty(await engine.ParkedAsync());

        isAway = false;
        Assert.Equal(3, (await engine.CountersAtHeadAsync()).Count);
        Assert.Equal([("a", 1), ("b", 2), ("c", 3)], DoneByCounter(process));
    }

    [Fact]
    public async Task A_new_version_waits_until_what_is_parked_in_the_live_one_is_settled()
    {
        await using var engine = new Engine();
        var isBroken = true;
        Func<Reaction<Counter>, Task> doing = reaction => isBroken
            && reaction.Envelope.Event is Added { Amount: 13 } ? throw new InvalidOperationException("No.") : Task.CompletedTask;
        var (old, @new) = (new CountingProcess { Doing = doing }, new CountingProcess(version: 2) { Doing = doing });
        Run(engine, old);
        await engine.AppendAsync("counting-1", Event(13, "a"), Event(1, "b"));
        await engine.UntilAsync(view => view.Partitions[0].Parked == 1 && view.Position >= 2);

        Run(engine, @new);
        await engine.UntilAllAsync(all => all.Any(one => one is { State: GenerationState.Building, Position: >= 2 }));
        await engine.AppendAsync("counting-1", Event(2, "b"));
        await engine.UntilAllAsync(all => all.Any(one => one is { State: GenerationState.Building, Position: >= 3 }));
        isBroken = false;
        await engine.Views.AskRetryAsync("counters", 1, CancellationToken.None);

        await engine.UntilAsync(live => live.Version == 2);
        Assert.Equal([("a", 1), ("b", 2), ("b", 3)], DoneByCounter(old).Concat(DoneByCounter(@new)).Order());
    }

    [Fact]
    public async Task Deadlines_are_met_in_their_order_once_each_unless_an_event_calls_them_off()
    {
        await using var engine = new Engine();
        var now = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        var process = new TimedProcess { Meeting = id => engine.AppendAsync("counting-1", Event(0, id)) };
        for (var i = 0; i < 20; i++)
        {
            await engine.AppendAsync(
                "counting-1", Event(now - 1000 + (i * 7919 % 20), $"past-{i:00}"), Event(now + 300 + i, $"soon-{i:00}"));
        }

        await engine.AppendAsync("counting-1", Event(now + 600_000, "much-later"), Event(now + 250, "called-off"), Event(0, "called-off"));
        Run(engine, process);

        await Wait.UntilAsync(() => process.Met.Count >= 40);
        var order = Enumerable.Range(0, 20).OrderBy(i => i * 7919 % 20).Select(i => $"past-{i:00}").Concat(
            Enumerable.Range(0, 20).Select(i => $"soon-{i:00}"));
        Assert.Equal(order, process.Met);
    }

    [Fact]
    public async Task A_deadline_that_can_t_be_met_is_tried_again_and_holds_up_no_other()
    {
        await using var engine = new Engine();
        var tries = 0;
        var process = new TimedProcess
        {
            Meeting = id => id == "bad"
                && ++tries == 1 ? throw new InvalidOperationException("Not yet.") : engine.AppendAsync("counting-1", Event(0, id)),
        };
        Run(engine, process);
        await engine.AppendAsync("counting-1", Event(1, "bad"), Event(2, "good"));

        await Wait.UntilAsync(() => process.Met.Count >= 2);
        Assert.Equal(["good", "bad"], process.Met);
    }

    [Fact]
    public async Task Deadlines_that_passed_wait_after_a_start_for_what_may_still_come()
    {
        await using var engine = new Engine();
        var time = new ShiftedTime();
        engine.Time = time;
        await engine.AppendAsync("counting-1", Event(1, "a"), Event(1, "b"));
        var process = new TimedProcess { Grace = TimeSpan.FromHours(1), Meeting = id => engine.AppendAsync("counting-1", Event(0, id)) };
        Run(engine, process);
        await engine.UntilAsync(view => view.Position >= 2);
        await engine.AppendAsync("counting-1", Event(0, "a"));
        await engine.UntilAsync(view => view.Position >= 3);
        Assert.Empty(process.Met);

        // An event makes the process look at the clock.
        time.Forward(process.Grace);
        await engine.AppendAsync("counting-1", Event(0, "c"));
        await Wait.UntilAsync(() => !process.Met.IsEmpty);
        Assert.Equal(["b"], process.Met);
    }

    /// <summary>What is due is due by the clock, and not when a sleep ends: nobody sleeps longer than a second.</summary>
    [Fact]
    public async Task A_deadline_is_met_soon_after_the_clock_was_put_to_its_time()
    {
        await using var engine = new Engine();
        var time = new ShiftedTime();
        engine.Time = time;
        var longest = TimeSpan.FromSeconds(1);
        var inFortyMinutes = DateTimeOffset.UtcNow.AddMinutes(40).ToUnixTimeMilliseconds();
        var process = new TimedProcess { Meeting = id => engine.AppendAsync("counting-1", Event(0, id)) };
        Run(engine, process);
        await engine.AppendAsync("counting-1", Event(inFortyMinutes, "later"), Event(1, "past"));
        await engine.UntilAsync(view => view.Position >= 3);
        Assert.Equal(["past"], process.Met);
        var before = time.Sleeps.Count;
        await Wait.UntilAsync(() => time.Sleeps.Count > before + 10);
        Assert.All(time.Sleeps, sleep => Assert.True(sleep <= longest, $"{sleep}"));

        time.Forward(TimeSpan.FromMinutes(45));
        await Wait.UntilAsync(() => process.Met.Count >= 2);
        Assert.Equal(["past", "later"], process.Met);
    }

    /// <summary>A clock that is wrong for some seconds must not make everything due for good.</summary>
    [Fact]
    public async Task Deadlines_wait_after_a_jump_of_the_clock_until_the_log_has_the_new_time()
    {
        await using var engine = new Engine();
        var time = new ShiftedTime();
        engine.Time = time;
        var inAnHour = DateTimeOffset.UtcNow.AddHours(1.5).ToUnixTimeMilliseconds();
        var process = new TimedProcess { Meeting = id => engine.AppendAsync("counting-1", Event(0, id)) };
        Run(engine, process);
        await engine.AppendAsync("counting-1", Event(inAnHour, "a"), Event(1, "past"));
        await Wait.UntilAsync(() => !process.Met.IsEmpty);
        await engine.UntilAsync(view => view.Position >= 3);

        // The log has the right time, so nothing that it records confirms the wrong one.
        time.Forward(TimeSpan.FromHours(24));
        await engine.AppendAsync("counting-1", Event(1, "b"));
        await engine.UntilAsync(view => view.Position >= 4);

        // That it is right again is noticed without another event.
        time.Forward(TimeSpan.FromHours(-24));
        await Wait.UntilAsync(() => process.Met.Count >= 2);
        Assert.Equal(["past", "b"], process.Met);

        // It does as soon as its clock is put forward as well.
        time.Forward(TimeSpan.FromHours(2));
        engine.LogTime.Forward(TimeSpan.FromHours(2));
        await engine.AppendAsync("counting-1", Event(0, "c"));
        await Wait.UntilAsync(() => process.Met.Count >= 3);
        Assert.Equal(["past", "b", "a"], process.Met);
    }

    private static CancellationTokenSource Run(Engine engine, CountingProcess process)
        => engine.Run([new ProjectionWorker<Counter>(process, engine.NewServices())]);

    private static CancellationTokenSource Run(Engine engine, TimedProcess process)
        => engine.Run([new ProjectionWorker<Deadline>(process, engine.NewServices())]);

    /// <summary>What was done for each counter, in that order: for one it is done beside what is done for another.</summary>
    private static IEnumerable<(string Counter, long Position)> DoneByCounter(CountingProcess process)
        => process.Done.Select(one => (one.Counter, one.Position)).Distinct().OrderBy(one => one.Counter, StringComparer.Ordinal);

    private static async Task<IReadOnlyList<ViewDifference>> VerifyAsync(Engine engine, CountingProcess process)
    {
        List<ViewDifference> differences = [];
        var done = process.Done.Count;
        await new ProjectionWorker<Counter>(process, engine.NewServices()).VerifyAsync(
            differences.Add, new Progress<FoldProgress>(), CancellationToken.None);
        Assert.Equal(done, process.Done.Count);
        return differences;
    }
}
