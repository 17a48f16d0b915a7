namespace Orderly.Tests;

/// <summary>A clock that a test puts forward. Timers run as they do.</summary>
public sealed class ShiftedTime : TimeProvider
{
    private long _ticks;

    public override DateTimeOffset GetUtcNow() => base.GetUtcNow().AddTicks(Volatile.Read(ref _ticks));

    public void Forward(TimeSpan time) => Interlocked.Add(ref _ticks, time.Ticks);
}
