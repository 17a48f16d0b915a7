using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Orderly.ReadModels.ViewStore;
using Orderly.ReadModels.Waiting;

namespace Orderly.ReadModels.Tests;

public sealed class ViewProgressTests
{
    private static readonly TimeSpan s_second = TimeSpan.FromSeconds(1);

    private readonly CountedTime _time = new();
    private readonly ViewProgress _progress;

    public ViewProgressTests() => _progress = new ViewProgress(_time);

    private CancellationToken Patience { get; } = new CancellationTokenSource(TimeSpan.FromMinutes(10)).Token;

    [Fact]
    public async Task Who_asks_for_what_is_there_does_not_wait()
    {
        _progress.Advance("orders", 7);

        var waiting = _progress.WaitAsync("orders", 7, TimeSpan.Zero, Patience);

        Assert.True(waiting.IsCompletedSuccessfully);
        Assert.True(await waiting);
        Assert.True(await _progress.WaitAsync("orders", 0, TimeSpan.Zero, Patience));
        Assert.Equal(0, _time.Timers);
    }

    [Fact]
    public async Task A_view_of_which_nothing_is_known_is_at_zero()
    {
        Assert.Equal(0, _progress.PositionOf("orders"));
        Assert.True(await _progress.WaitAsync("orders", 0, TimeSpan.Zero, Patience));
        Assert.False(await _progress.WaitAsync("orders", 1, TimeSpan.Zero, Patience));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public async Task Without_time_one_only_looks(int milliseconds)
    {
        _progress.Advance("orders", 7);

        Assert.False(await _progress.WaitAsync("orders", 8, TimeSpan.FromMilliseconds(milliseconds), Patience));
    }

    [Fact]
    public async Task A_waiter_is_woken_by_its_position_and_not_before()
    {
        var waiting = _progress.WaitAsync("orders", 7, s_second, Patience);

        _progress.Advance("orders", 6);
        Assert.Equal(6, _progress.PositionOf("orders"));
        Assert.False(waiting.IsCompleted);

        _progress.Advance("orders", 7);
        Assert.True(await waiting);
        await NoTimerIsLeftAsync();
    }

    [Fact]
    public async Task A_waiter_is_woken_by_any_position_past_its_own()
    {
        var waiting = _progress.WaitAsync("orders", 7, s_second, Patience);

        _progress.Advance("orders", 1_000);

        Assert.True(await waiting);
    }

    [Fact]
    public async Task Views_are_waited_for_apart()
    {
        var orders = _progress.WaitAsync("orders", 7, s_second, Patience);
        var stock = _progress.WaitAsync("stock", 7, s_second, Patience);

        _progress.Advance("stock", 9);

        Assert.True(await stock);
        Assert.False(orders.IsCompleted);
        Assert.Equal((0, 9), (_progress.PositionOf("orders"), _progress.PositionOf("stock")));
        _progress.Advance("orders", 7);
        Assert.True(await orders);
    }

    [Fact]
    public async Task Those_with_the_lowest_positions_go_first_whoever_came_first()
    {
        long[] positions = [30, 10, 20, 10, 40, 20];
        var waiting = positions.Select(position => _progress.WaitAsync("orders", position, s_second, Patience)).ToList();

        foreach (var reached in (long[])[10, 20, 35, 40])
        {
            _progress.Advance("orders", reached);
            foreach (var (position, waiter) in positions.Zip(waiting))
            {
                if (position <= reached)
                {
                    Assert.True(await waiter);
                }
                else
                {
                    Assert.False(waiter.IsCompleted);
                }
            }
        }
    }

    [Fact]
    public async Task When_the_time_is_up_the_answer_is_no()
    {
        var waiting = _progress.WaitAsync("orders", 7, s_second, Patience);
        var patient = _progress.WaitAsync("orders", 7, 2 * s_second, Patience);

        _time.Advance(s_second - TimeSpan.FromTicks(1));
        Assert.False(waiting.IsCompleted);

        _time.Advance(TimeSpan.FromTicks(1));
        Assert.False(await waiting);
        Assert.False(patient.IsCompleted);

        // A wait that gave up is not in the way of a later one.
        _progress.Advance("orders", 7);
        Assert.True(await patient);
        Assert.True(await _progress.WaitAsync("orders", 7, s_second, Patience));
    }

    [Fact]
    public async Task A_wait_can_be_cancelled()
    {
        using var cancellation = new CancellationTokenSource();
        var waiting = _progress.WaitAsync("orders", 7, s_second, cancellation.Token);
        var other = _progress.WaitAsync("orders", 7, s_second, Patience);

        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        Assert.False(other.IsCompleted);
        _progress.Advance("orders", 7);
        Assert.True(await other);
    }

    [Fact]
    public async Task Every_wait_ends_when_the_program_stops_and_a_later_one_at_once()
    {
        using var stop = new CancellationTokenSource();
        var progress = new ViewProgress(_time, stop.Token);
        var waiting = Enumerable.Range(1, 10).Select(position => progress.WaitAsync("orders", position, s_second, Patience)).ToList();

        await stop.CancelAsync();
        waiting.Add(progress.WaitAsync("orders", 1, s_second, Patience));

        foreach (var one in waiting)
        {
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => one);
        }

        // What is there needs no wait.
        progress.Advance("orders", 7);
        Assert.True(await progress.WaitAsync("orders", 7, s_second, Patience));
        Assert.Equal(0, _time.Timers);
    }

    [Fact]
    public async Task A_thousand_waiters_hold_no_thread()
    {
        const int Waiters = 1000;
        var before = ThreadPool.ThreadCount;

        var waiting = Enumerable.Range(1, Waiters).Select(position => _progress.WaitAsync("orders", position, s_second, Patience)).ToList();

        Assert.InRange(ThreadPool.ThreadCount, 0, before + 20);
        Assert.DoesNotContain(waiting, waiter => waiter.IsCompleted);

        _progress.Advance("orders", Waiters / 2);
        Assert.All(await Task.WhenAll(waiting.Take(Waiters / 2)), Assert.True);
        Assert.DoesNotContain(waiting.Skip(Waiters / 2), waiter => waiter.IsCompleted);

        _time.Advance(s_second);
        Assert.All(await Task.WhenAll(waiting.Skip(Waiters / 2)), Assert.False);
        await NoTimerIsLeftAsync();
    }

    [Fact]
    public async Task Waiters_that_come_while_the_view_moves_miss_nothing()
    {
        const int Last = 2000;
        var waiters = Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            for (var position = 1; position <= Last; position++)
            {
                Assert.True(await _progress.WaitAsync("orders", position, s_second, Patience));
                Assert.True(_progress.PositionOf("orders") >= position);
            }
        })).ToList();
        await Task.Run(() =>
        {
            for (var position = 1; position <= Last; position++)
            {
                _progress.Advance("orders", position);
            }
        });

        await Task.WhenAll(waiters);
    }

    [Fact]
    public async Task Who_is_woken_does_not_run_inside_of_who_advances()
    {
        using var returned = new ManualResetEventSlim();
        var waiting = WaitAndBlockAsync();

        // It would not return if the waiter went on inside of it.
        _progress.Advance("orders", 7);
        returned.Set();

        Assert.True(await waiting);

        async Task<bool> WaitAndBlockAsync()
        {
            await _progress.WaitAsync("orders", 7, s_second, Patience).ConfigureAwait(false);
            return returned.Wait(TimeSpan.FromMinutes(1), Patience);
        }
    }

    [Fact]
    public async Task Following_a_store_takes_over_the_positions_of_its_live_views()
    {
        var store = new WatchedStore();
        using var cancellation = CancellationTokenSource.CreateLinkedTokenSource(Patience);
        var following = _progress.FollowAsync(store, cancellation.Token);
        var waiting = _progress.WaitAsync("orders", 7, s_second, Patience);

        store.Yield(Live("orders", 3), Live("stock", 9));
        Assert.True(await _progress.WaitAsync("stock", 9, s_second, Patience));
        Assert.Equal(3, _progress.PositionOf("orders"));
        Assert.False(waiting.IsCompleted);

        store.Yield(Live("orders", 8), Live("stock", 9));
        Assert.True(await waiting);

        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => following);
    }

    [Fact]
    public async Task Only_the_live_generation_counts_and_of_it_the_partition_that_is_furthest_behind()
    {
        var store = new WatchedStore();
        var following = _progress.FollowAsync(store, Patience);
        var waiting = _progress.WaitAsync("orders", 7, s_second, Patience);

        store.Yield(
            Generation("orders", 1, GenerationState.Retired, 9),
            Generation("orders", 2, GenerationState.Live, 9, 6, 8),
            Generation("orders", 3, GenerationState.Building, 9),
            Generation("stock", 1, GenerationState.Building, 9),
            Live("customers", 1));
        Assert.True(await _progress.WaitAsync("customers", 1, s_second, Patience));
        Assert.Equal((6, 0), (_progress.PositionOf("orders"), _progress.PositionOf("stock")));
        Assert.False(waiting.IsCompleted);

        store.Yield(Generation("orders", 2, GenerationState.Live, 9, 7, 8), Generation("orders", 3, GenerationState.Building, 0));
        Assert.True(await waiting);
        store.Fail(new ViewStoreUnavailableException("gone"));
        await Assert.ThrowsAsync<ViewStoreUnavailableException>(() => following);
        Assert.Equal(7, _progress.PositionOf("orders"));
    }

    [Fact]
    public async Task Following_ends_with_the_fault_of_the_store_and_can_begin_again()
    {
        var store = new WatchedStore();
        var following = _progress.FollowAsync(store, Patience);
        var waiting = _progress.WaitAsync("orders", 7, s_second, Patience);

        store.Fail(new ViewStoreUnavailableException("gone"));
        await Assert.ThrowsAsync<ViewStoreUnavailableException>(() => following);
        Assert.False(waiting.IsCompleted);

        var again = new WatchedStore();
        var followingAgain = _progress.FollowAsync(again, Patience);
        again.Yield(Live("orders", 7));
        Assert.True(await waiting);
        again.Fail(new ViewStoreUnavailableException("gone"));
        await Assert.ThrowsAsync<ViewStoreUnavailableException>(() => followingAgain);
    }

    /// <summary>A timer is let go just after its waiter is woken.</summary>
    private async Task NoTimerIsLeftAsync()
    {
        while (_time.Timers > 0)
        {
            Patience.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    private static ViewGeneration Live(string view, long position)
        => Generation(view, 1, GenerationState.Live, position);

    private static ViewGeneration Generation(string view, int number, GenerationState state, params IReadOnlyList<long> positions) => new(
        view, number, 1, state, IsDeclined: false, RetiredAt: null,
        [.. positions.Select(
            (position, i) => new ViewPartition(view, number, i, position, 1, null, null, 0, false, DateTimeOffset.UnixEpoch))]);

    /// <summary>A store that can only be watched.</summary>
    private sealed class WatchedStore : IViewReader
    {
        private readonly Channel<IReadOnlyList<ViewGeneration>> _states = Channel.CreateUnbounded<IReadOnlyList<ViewGeneration>>();

        public void Yield(params IReadOnlyList<ViewGeneration> generations) => Assert.True(_states.Writer.TryWrite(generations));

        public void Fail(Exception fault) => _states.Writer.Complete(fault);

        public async IAsyncEnumerable<IReadOnlyList<ViewGeneration>> WatchAsync(
            [EnumeratorCancellation] CancellationToken cancellationToken)
        {
            await foreach (var state in _states.Reader.ReadAllAsync(cancellationToken))
            {
                yield return state;
            }
        }

        public Task<ViewSnapshot<TDocument>> FindAsync<TDocument>(
            View<TDocument> view, IReadOnlyCollection<string> ids, long? after, CancellationToken cancellationToken)
            where TDocument : class
            => throw new NotSupportedException();

        public Task<ViewSnapshot<TDocument>> QueryAsync<TDocument>(
            View<TDocument> view, ViewQuery query, CancellationToken cancellationToken)
            where TDocument : class
            => throw new NotSupportedException();

        public Task<GraphSnapshot> WalkAsync(View view, GraphQuery query, CancellationToken cancellationToken)
            => throw new NotSupportedException();

        public Task<IReadOnlyList<ViewGeneration>> ReadGenerationsAsync(CancellationToken cancellationToken)
            => throw new NotSupportedException();
    }
}
