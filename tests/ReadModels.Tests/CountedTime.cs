using Microsoft.Extensions.Time.Testing;

namespace Orderly.ReadModels.Tests;

/// <summary>Time that stands still until a test moves it, and knows how many timers nobody has let go yet.</summary>
internal sealed class CountedTime : FakeTimeProvider
{
    private int _timers;

    public int Timers => Volatile.Read(ref _timers);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        Interlocked.Increment(ref _timers);
        return new CountedTimer(base.CreateTimer(callback, state, dueTime, period), () => Interlocked.Decrement(ref _timers));
    }

    private sealed class CountedTimer(ITimer timer, Action release) : ITimer
    {
        private Action? _release = release;

        public bool Change(TimeSpan dueTime, TimeSpan period) => timer.Change(dueTime, period);

        public void Dispose()
        {
            timer.Dispose();
            Interlocked.Exchange(ref _release, null)?.Invoke();
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
