using Orderly.Domain.EventStore;
using Orderly.Domain.Serialization;

namespace Orderly.Subscriptions;

/// <summary>One consumer's place in the log. For one reader at a time; dispose it to stop.</summary>
internal sealed class LogCursor : IAsyncDisposable
{
    private const int Taken = 256;

    private readonly SharedLog _log;
    private readonly EventTypes _types;
    private readonly LogItem[] _items = new LogItem[Taken];
    private LogReading _reading;
    private int _at;
    private int _count;
    private bool _isCaughtUp;
    private bool _hasPassed;
    private PassedEvent? _passed;

    public LogCursor(SharedLog log, EventTypes types, LogPosition after, EventFilter filter)
    {
        (_log, _types, Position, Filter) = (log, types, after.Value, filter);
        _reading = log.Join(this);
    }

    /// <summary>What it wants to see.</summary>
    public EventFilter Filter { get; }

    /// <summary>The position of the last item that it took from the reading.</summary>
    public long Position { get; private set; }

    /// <summary>The reading's: the number of the next item for this cursor.</summary>
    public long Next { get; set; }

    /// <summary>The reading's: what this cursor waits for.</summary>
    public TaskCompletionSource? Woken { get; set; }

    /// <summary>The next item: an event that passes the filter, or how far the log was looked at. False: there is none now.</summary>
    public bool TryRead(out LogItem item)
    {
        do
        {
            while (_at < _count)
            {
                item = _items[_at++];
                _isCaughtUp = item.IsCaughtUp;
                _passed = item.Passed ?? _passed;
                if (item.Event is not { } recorded || Filter.Passes(recorded.Stream, recorded.Type))
                {
                    item.Decode(_types);
                    _hasPassed = false;
                    return true;
                }

                _hasPassed = true;
            }
        }
        while (TryRefill());

        // Who came here when there was nothing more to read has not been told yet that this is the end of the log.
        var isNews = _hasPassed || (!_isCaughtUp && _reading.IsAtEnd(this));
        _isCaughtUp |= isNews && _reading.IsAtEnd(this);
        _hasPassed = false;
        item = new LogItem(SubscriptionMessage.Checkpoint(new LogPosition(Position)), _isCaughtUp, _passed);
        return isNews;
    }

    /// <summary>Completes when there may be something to read.</summary>
    public Task WaitToReadAsync(CancellationToken cancellationToken) => _reading.WaitAsync(this).WaitAsync(cancellationToken);

    public async ValueTask DisposeAsync() => await _log.LeaveAsync(this, _reading).ConfigureAwait(false);

    private bool TryRefill()
    {
        _reading = _log.Move(this, _reading);
        _count = _reading.Take(this, _items);
        if (_count < 0)
        {
            _reading = _log.Join(this);
            _count = _reading.Take(this, _items);
        }

        _at = 0;
        if (_count > 0)
        {
            Position = Math.Max(Position, _items[_count - 1].Position);
        }

        return _count > 0;
    }
}
