using Microsoft.Extensions.Logging;
using Orderly.Hosting;

namespace Orderly.Api.Tests;

/// <summary>What the program's log gets while the same thing fails again and again.</summary>
public sealed class RepeatedFaultsTests : IDisposable
{
    private const int FailedCommit = 1101;

    private readonly Records _records = new();
    private readonly Minutes _time = new();
    private readonly RepeatedFaults _loggers;

    public RepeatedFaultsTests()
    {
        var inner = LoggerFactory.Create(logging => logging.AddProvider(_records));
        _loggers = new RepeatedFaults(inner, _time);
    }

    public void Dispose()
    {
        _loggers.Dispose();
        _records.Dispose();
    }

    [Fact]
    public void A_fault_is_told_once_with_its_stack_and_then_as_a_number_each_minute()
    {
        var logger = _loggers.CreateLogger("store");
        for (var i = 1; i <= 1_000; i++)
        {
            logger.Log(LogLevel.Error, FailedCommit, $"commit {i}", new IOException("no room"), (text, _) => text);
        }

        Assert.Equal(["Error commit 1 IOException"], _records.Taken());
        _time.Pass();
        Assert.Equal([$"Error 999 more of {FailedCommit} within a minute. The last: commit 1000 no room"], _records.Taken());
        Fail(logger, "commit");
        Assert.Empty(_records.Taken());
        _time.Pass();
        Assert.Equal([$"Error 1 more of {FailedCommit} within a minute. The last: commit"], _records.Taken());

        // After a minute without it, it is news again.
        _time.Pass();
        Assert.Empty(_records.Taken());
        Fail(logger, "commit");
        Assert.Equal(["Error commit"], _records.Taken());
    }

    [Fact]
    public void Faults_of_others_and_messages_that_differ_each_time_are_all_told()
    {
        foreach (var category in (string[])["one", "two"])
        {
            Fail(_loggers.CreateLogger(category), "commit");
        }

        Assert.Equal(2, _records.Taken().Count);
        for (var i = 0; i < 3; i++)
        {
            _loggers.CreateLogger("one").Log(LogLevel.Error, 2012, "parked", null, (text, _) => text);
        }

        Assert.Equal(3, _records.Taken().Count(one => one == "Error parked"));
    }

    private static void Fail(ILogger logger, string text) => logger.Log(LogLevel.Error, FailedCommit, text, null, (one, _) => one);

    private sealed class Records : ILoggerProvider, ILogger
    {
        private readonly List<string> _all = [];

        public List<string> Taken()
        {
            List<string> taken = [.. _all];
            _all.Clear();
            return taken;
        }

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull
            => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
            => _all.Add($"{logLevel} {formatter(state, exception)} {exception?.GetType().Name}".TrimEnd());

        public void Dispose()
        {
        }
    }

    /// <summary>A clock whose timers fire when the test says that a minute has passed.</summary>
    private sealed class Minutes : TimeProvider
    {
        private readonly List<Timer> _timers = [];

        public void Pass() => _timers.ToList().ForEach(timer => timer.Fire());

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            Assert.Equal((TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(1)), (dueTime, period));
            var timer = new Timer(() => callback(state), _timers);
            _timers.Add(timer);
            return timer;
        }

        private sealed class Timer(Action fire, List<Timer> all) : ITimer
        {
            public Action Fire => fire;

            public bool Change(TimeSpan dueTime, TimeSpan period) => throw new NotSupportedException();

            public void Dispose() => all.Remove(this);

            public ValueTask DisposeAsync()
            {
                Dispose();
                return ValueTask.CompletedTask;
            }
        }
    }
}
