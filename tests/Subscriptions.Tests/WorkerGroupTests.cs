using System.Collections.Concurrent;
using Orderly.ReadModels.ViewStore;
using Orderly.Tests;

namespace Orderly.Subscriptions.Tests;

public sealed class WorkerGroupTests : IAsyncLifetime
{
    private readonly Engine _engine = new();

    [Fact]
    public async Task Views_are_shared_evenly_as_workers_come_and_go()
    {
        string[] names = ["v-1", "v-2", "v-3", "v-4", "v-5", "v-6"];
        var first = _engine.Run(names);
        await UntilSharedAsync(6);

        _engine.Run(names);
        await UntilSharedAsync(3, 3);
        _engine.Run(names);
        await UntilSharedAsync(2, 2, 2);

        await first.CancelAsync();
        await UntilSharedAsync(3, 3);
    }

    [Fact]
    public async Task A_worker_that_stops_hands_over_at_once()
    {
        // Nobody gets anything by waiting for the end of a lease here: a test that waits for so long has failed.
        _engine.Options = _engine.Options with { LeaseDuration = Wait.Limit * 1.2 };
        var first = _engine.Run(["counters"]);
        var owner = Owner(await _engine.UntilAsync(view => Owner(view) is not null));
        await _engine.AppendAsync("counting-1", CountingProjection.Event(1, "a"));
        Assert.Equal(new Counter(1, 1), (await _engine.CountersAtHeadAsync())["a"]);

        var heir = _engine.Run(["counters"]);
        await first.CancelAsync();

        await _engine.UntilAsync(view => Owner(view) is { } heir && heir != owner);
        await _engine.AppendAsync("counting-1", CountingProjection.Event(1, "a"));
        Assert.Equal(new Counter(2, 2), (await _engine.CountersAtHeadAsync())["a"]);

        await heir.CancelAsync();
        await _engine.UntilAsync(view => Owner(view) is null);
    }

    /// <summary>A lease that was taken is held, though nothing has been started on it.</summary>
    [Fact]
    public async Task A_worker_that_stops_while_it_takes_a_lease_gives_it_back()
    {
        _engine.Options = _engine.Options with { LeaseDuration = Wait.Limit * 1.2 };
        var store = new StoppingViewStore(_engine.Views);
        var stop = _engine.Run(["counters"], store);
        store.Stop.TrySetResult(stop);

        await store.Taken.Task.WaitAsync(Wait.Limit);

        await _engine.UntilAsync(view => Owner(view) is null);
        Assert.True(stop.IsCancellationRequested);
    }

    [Fact]
    public async Task A_worker_that_sleeps_through_its_lease_is_replaced_and_can_t_write_any_more()
    {
        _engine.Options = _engine.Options with { MinCommitInterval = TimeSpan.Zero };
        var lease = _engine.Options.LeaseDuration;
        _engine.Time = new HandClock();
        var store = new FaultyViewStore(_engine.Views);
        var asleep = new TaskCompletionSource();
        var pause = new TaskCompletionSource();
        store.Step = committed =>
        {
            if (committed == false && !store.Running.IsCompleted)
            {
                asleep.TrySetResult();
            }
        };
        await _engine.AppendAsync("counting-1", CountingProjection.Event(1, "a"));
        _engine.Run(["counters"], store);
        await _engine.CountersAtHeadAsync();
        var sleeper = Owner(await _engine.UntilAsync(view => Owner(view) is not null));

        store.Running = pause.Task;
        await _engine.AppendAsync("counting-1", CountingProjection.Event(10, "a"));
        await asleep.Task.WaitAsync(Wait.Limit);

        // The clock of the other passes the end of the lease, in steps in which it looks: who has not looked for so long knows nothing.
        var clock = new HandClock();
        _engine.Time = clock;
        var other = new FaultyViewStore(_engine.Views);
        _engine.Run(["counters"], other);
        foreach (var step in (TimeSpan[])[lease * 0.6, lease * 0.6])
        {
            await other.BeatsAsync(2);
            clock.Forward(step);
        }

        await _engine.UntilAsync(view => Owner(view) is { } heir && heir != sleeper);
        Assert.Equal(new Counter(2, 11), (await _engine.CountersAtHeadAsync())["a"]);

        // Its commit of the same event comes now and is refused, or is cancelled. Before its second beat from here, it is over.
        var beating = store.BeatsAsync(2);
        store.Running = Task.CompletedTask;
        pause.SetResult();
        await beating;
        await _engine.AppendAsync("counting-1", CountingProjection.Event(100, "a"));
        Assert.Equal(new Counter(3, 111), (await _engine.CountersAtHeadAsync())["a"]);
        Assert.NotEqual(sleeper, Owner(await _engine.UntilAsync(view => Owner(view) is not null)));
    }

    [Fact]
    public async Task A_store_that_fails_for_a_while_only_delays()
    {
        var store = new FaultyViewStore(_engine.Views);
        _engine.Run(["counters"], store);
        await _engine.UntilAsync(view => Owner(view) is not null);

        store.Running = Task.FromException(new ViewStoreUnavailableException("gone"));
        await _engine.AppendAsync("counting-1", CountingProjection.Event(1, "a"));

        // A lease is five beats long.
        await store.BeatsAsync(6);
        store.Running = Task.CompletedTask;

        Assert.Equal(new Counter(1, 1), (await _engine.CountersAtHeadAsync())["a"]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_store_that_fails_while_a_worker_stops_changes_nothing_about_its_end(bool isAway)
    {
        using var stop = new CancellationTokenSource();
        var store = new FaultyViewStore(_engine.Views)
        {
            Beating = () =>
            {
                stop.Cancel();
                throw isAway ? new ViewStoreUnavailableException("gone") : new InvalidOperationException("broken");
            },
        };
        var group = new WorkerGroup([], _engine.NewServices() with { Views = store });

        await Assert.ThrowsAsync<OperationCanceledException>(() => group.RunAsync(stop.Token));
    }

    /// <summary>A timer that is disposed of at that moment still goes off. On a pool thread an exception would end the process.</summary>
    [Fact]
    public async Task A_timer_that_goes_off_late_does_no_harm()
    {
        var time = new LateTime();
        _engine.Time = time;
        var store = new FaultyViewStore(_engine.Views);
        _engine.Run(["counters"], store);
        await store.BeatsAsync(3);

        Assert.NotEqual(0, time.GoOffLate());
    }

    /// <summary>Between two beats it waits for the log no longer than for its next beat.</summary>
    [Fact]
    public async Task A_log_that_does_not_answer_stops_no_beat()
    {
        var store = new FaultyViewStore(_engine.Views);
        var log = new CountingLog(_engine.Log) { HeadAnswers = new TaskCompletionSource().Task };
        var clock = new HandClock();
        (_engine.Log, _engine.Time) = (log, clock);
        _engine.Run(["counters"], store);
        await _engine.UntilAsync(view => Owner(view) is not null);

        await store.BeatsAsync(6);

        Assert.NotEqual(0, log.Heads);
        Assert.True(clock.Longest <= _engine.Options.LeaseDuration / 5, $"It waited for {clock.Longest}.");
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _engine.DisposeAsync();

    /// <summary>Waits until so many owners have so many views.</summary>
    private async Task UntilSharedAsync(params int[] shares)
        => await _engine.UntilAllAsync(
            all => all.SelectMany(view => view.Partitions) is var partitions && partitions.All(one => one.Owner is not null)
            && partitions.GroupBy(one => one.Owner).Select(owned => owned.Count()).Order().SequenceEqual(shares));

    private static string? Owner(ViewGeneration view) => view.Partitions.Single().Owner;

    /// <summary>Stops its worker as soon as that has taken a lease, before it hears of it.</summary>
    private sealed class StoppingViewStore(IViewStore inner) : ViewStoreDecorator(inner)
    {
        public TaskCompletionSource<CancellationTokenSource> Stop { get; } = new();

        public TaskCompletionSource Taken { get; } = new();

        public override async Task<ViewPartition?> TryUpdateAsync(
            ViewPartition seen, Func<ViewPartition, DateTimeOffset, ViewPartition> change, CancellationToken cancellationToken)
        {
            var updated = await base.TryUpdateAsync(seen, change, cancellationToken);
            if (updated?.Owner is not null && seen.Owner is null)
            {
                await (await Stop.Task).CancelAsync();
                Taken.TrySetResult();
            }

            return updated;
        }
    }
}

/// <summary>A clock that is moved by hand. Timers go off all the same, so that whoever waits for one goes on.</summary>
internal sealed class HandClock : TimeProvider
{
    private readonly ConcurrentQueue<TimeSpan> _waits = [];
    private long _ticks = TimeSpan.TicksPerDay;

    /// <summary>The longest time that anybody has waited for.</summary>
    public TimeSpan Longest => _waits.Max();

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => Volatile.Read(ref _ticks);

    public void Forward(TimeSpan time) => Interlocked.Add(ref _ticks, time.Ticks);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        _waits.Enqueue(dueTime);
        return base.CreateTimer(callback, state, dueTime, period);
    }
}

/// <summary>A clock that remembers the timers that were disposed of.</summary>
internal sealed class LateTime : TimeProvider
{
    private readonly ConcurrentQueue<Action> _late = [];

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        => new LateTimer(base.CreateTimer(callback, state, dueTime, period), () => _late.Enqueue(() => callback(state)));

    /// <summary>Has all of them go off, and answers how many there were.</summary>
    public int GoOffLate()
    {
        var count = 0;
        for (; _late.TryDequeue(out var goOff); count++)
        {
            goOff();
        }

        return count;
    }

    private sealed class LateTimer(ITimer timer, Action disposed) : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period) => timer.Change(dueTime, period);

        public void Dispose()
        {
            timer.Dispose();
            disposed();
        }

        public async ValueTask DisposeAsync()
        {
            await timer.DisposeAsync();
            disposed();
        }
    }
}
