using Microsoft.Extensions.Logging;

namespace Orderly.Hosting;

/// <summary>
/// Keeps the program's log short while something is broken: of the messages that come with each try, the first is logged, and what follows
/// within a minute as a number. All others are logged as they come. Safe for concurrent use.
/// </summary>
public sealed partial class RepeatedFaults(ILoggerFactory inner, TimeProvider time) : ILoggerFactory
{
    private static readonly TimeSpan s_window = TimeSpan.FromMinutes(1);

    /// <summary>The ids of messages that an outage repeats, with each request, commit or try.</summary>
    private static readonly HashSet<int> s_repeated = [1101, 1103, 1104, 1111, 2003, 2004, 2006, 2013, 4001, 4002, 4003, 4010];

    public void AddProvider(ILoggerProvider provider) => inner.AddProvider(provider);

    public ILogger CreateLogger(string categoryName) => new Throttled(inner.CreateLogger(categoryName), time);

    public void Dispose() => inner.Dispose();

    private sealed partial class Throttled(ILogger logger, TimeProvider time) : ILogger
    {
        private readonly Lock _gate = new();
        private readonly Dictionary<int, Kind> _kinds = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull
            => logger.BeginScope(state);

        public bool IsEnabled(LogLevel logLevel) => logger.IsEnabled(logLevel);

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (!s_repeated.Contains(eventId.Id) || !logger.IsEnabled(logLevel))
            {
                logger.Log(logLevel, eventId, state, exception, formatter);
                return;
            }

            lock (_gate)
            {
                if (_kinds.TryGetValue(eventId.Id, out var kind))
                {
                    kind.Count++;
                    kind.Last = exception is null ? formatter(state, exception) : $"{formatter(state, exception)} {exception.Message}";
                    return;
                }

                kind = new Kind { Level = logLevel };
                kind.Timer = time.CreateTimer(_ => Tell(eventId), null, s_window, s_window);
                _kinds.Add(eventId.Id, kind);
            }

            logger.Log(logLevel, eventId, state, exception, formatter);
        }

        /// <summary>A minute is over: says how often it came, or, when it did not, that the next one is a first one again.</summary>
        private void Tell(EventId eventId)
        {
            Kind kind;
            int count;
            lock (_gate)
            {
                if (!_kinds.TryGetValue(eventId.Id, out kind!))
                {
                    return;
                }

                count = kind.Count;
                kind.Count = 0;
                if (count == 0)
                {
                    _kinds.Remove(eventId.Id);
                    kind.Timer!.Dispose();
                }
            }

            if (count > 0)
            {
                LogAgain(logger, kind.Level, count, eventId.Id, kind.Last);
            }
        }

        [LoggerMessage(EventId = 3005, Message = "{Count} more of {Id} within a minute. The last: {Last}")]
        private static partial void LogAgain(ILogger logger, LogLevel level, int count, int id, string last);

        private sealed class Kind
        {
            public required LogLevel Level { get; init; }

            public int Count { get; set; }

            public string Last { get; set; } = "";

            public ITimer? Timer { get; set; }
        }
    }
}
