using System.Collections.Concurrent;

namespace Orderly.Tests;

/// <summary>A clock that a test puts forward. Timers run as they do.</summary>
public sealed class ShiftedTime : TimeProvider
{
    private readonly ConcurrentQueue<TimeSpan> _sleeps = [];
    private long _ticks;

    /// <summary>How long its timers have been set for.</summary>
    public IReadOnlyCollection<TimeSpan> Sleeps => _sleeps;

    public override DateTimeOffset GetUtcNow() => base.GetUtcNow().AddTicks(Volatile.Read(ref _ticks));

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        _sleeps.Enqueue(dueTime);
        return base.CreateTimer(callback, state, dueTime, period);
    }

    public void Forward(TimeSpan time) => Interlocked.Add(ref _ticks, time.Ticks);
}
