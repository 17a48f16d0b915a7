namespace Orderly.Storage.Sqlite.Tests.Events;

/// <summary>The system's clock, set forward.</summary>
public sealed class AdvancedClock : TimeProvider
{
    private long _ticks;

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow().AddTicks(Interlocked.Read(ref _ticks));

    public void Advance(TimeSpan time) => Interlocked.Add(ref _ticks, time.Ticks);
}
