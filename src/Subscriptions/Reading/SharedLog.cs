using Orderly.Domain.EventStore;
using Orderly.Domain.Serialization;

namespace Orderly.Subscriptions;

/// <summary>
/// The log for all consumers of a process. Those that are at about the same place share one subscription; one that is
/// elsewhere gets its own, and joins another when it comes to where that one is. Safe for concurrent use.
/// </summary>
/// <param name="filter">What any of the consumers wants to see.</param>
public sealed class SharedLog(IEventStore log, EventTypes types, EventFilter filter, SubscriptionOptions options, TimeProvider time)
{
    private readonly Lock _gate = new();

    // The oldest first: of two that meet, it goes on.
    private readonly List<LogReading> _readings = [];
    private long _eventsOfEnded;
    private volatile int _count;

    /// <summary>How many subscriptions it has opened.</summary>
    public int Subscriptions { get; private set; }

    /// <summary>How many events it has read from the log, whoever has used them.</summary>
    public long Events
    {
        get
        {
            lock (_gate)
            {
                return _eventsOfEnded + _readings.Sum(reading => reading.Events);
            }
        }
    }

    /// <summary>For one consumer: what comes after a position and passes its filter.</summary>
    internal LogCursor Read(LogPosition after, EventFilter wanted) => new(this, types, after, wanted);

    /// <summary>A reading that the cursor can go on with; a new one if need be.</summary>
    internal LogReading Join(LogCursor cursor)
    {
        lock (_gate)
        {
            Forget();
            if (_readings.Find(reading => reading.TryJoin(cursor)) is { } found)
            {
                return found;
            }

            var opened = new LogReading(log, types, cursor, filter, options, time);
            Subscriptions++;
            _readings.Add(opened);
            _count = _readings.Count;
            return opened;
        }
    }

    /// <summary>An older reading that has come to where the cursor is, or the one that it is at.</summary>
    internal LogReading Move(LogCursor cursor, LogReading current)
    {
        if (_count < 2)
        {
            return current;
        }

        lock (_gate)
        {
            foreach (var reading in _readings.TakeWhile(reading => reading != current))
            {
                if (reading.TryJoin(cursor))
                {
                    // TryJoin has moved the cursor; nobody waits for the old reading's end.
                    _ = current.LeaveAsync(cursor);
                    Forget();
                    return reading;
                }
            }

            return current;
        }
    }

    internal async Task LeaveAsync(LogCursor cursor, LogReading reading)
    {
        await reading.LeaveAsync(cursor).ConfigureAwait(false);
        lock (_gate)
        {
            Forget();
        }
    }

    private void Forget()
    {
        _eventsOfEnded += _readings.Where(reading => reading.HasEnded).Sum(reading => reading.Events);
        _readings.RemoveAll(reading => reading.HasEnded);
        _count = _readings.Count;
    }
}
