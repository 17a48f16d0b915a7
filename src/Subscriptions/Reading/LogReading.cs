using Orderly.Domain.EventStore;
using Orderly.Domain.Serialization;

namespace Orderly.Subscriptions;

/// <summary>
/// One subscription to the log, which any number of cursors share. It reads and decodes ahead of them, on a task of its
/// own, and keeps the last items, so that a cursor that is not far behind can join. It ends with its last cursor.
/// </summary>
/// <remarks>
/// Cursors are woken when there are some items for them, or nothing more comes at once; and the reading when half of what it keeps was
/// taken. Behind the end of the log they would otherwise wake each other for every event.
/// </remarks>
internal sealed class LogReading : IDisposable
{
    private const int WakesAfter = 256;

    private readonly Lock _gate = new();
    private readonly EventTypes _types;
    private readonly TimeProvider _time;
    private readonly TimeSpan _patience;
    private readonly LogItem[] _ring;
    private readonly List<LogCursor> _cursors = [];
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _pump;

    // Counts the items, from 0: the ring holds the last ones of them.
    private long _written;

    // How many items there were when the cursors were woken last.
    private long _told;

    // The log positions between which nothing is missing in the ring.
    private long _from;
    private long _to;

    private bool _isCaughtUp;
    private bool _hasEnded;
    private bool _isStopped;
    private Exception? _fault;
    private TaskCompletionSource? _space;

    /// <param name="first">
    /// Where it starts. It is there before the first item: without a cursor, nothing would hold the reading up, or end it.
    /// </param>
    public LogReading(
        IEventStore log, EventTypes types, LogCursor first, EventFilter filter, SubscriptionOptions options, TimeProvider time)
    {
        (_types, _time, _patience) = (types, time, options.SharedReadPatience);
        _ring = new LogItem[options.ReadAhead];
        (_from, _to) = (first.Position, first.Position);
        first.Next = 0;
        _cursors.Add(first);
        _pump = PumpAsync(log.SubscribeAsync(new LogPosition(first.Position), filter, _stop.Token));
    }

    /// <summary>How many events it has read.</summary>
    public long Events { get; private set; }

    /// <summary>Lets a cursor go on here after its position. False when that is not among what is kept.</summary>
    public bool TryJoin(LogCursor cursor)
    {
        lock (_gate)
        {
            if (_hasEnded || cursor.Position < _from || cursor.Position > _to)
            {
                return false;
            }

            cursor.Next = FirstAfter(cursor.Position);
            _cursors.Add(cursor);
            return true;
        }
    }

    /// <summary>A cursor reads here no more. The reading ends with the last one; that is waited for.</summary>
    public async Task LeaveAsync(LogCursor cursor)
    {
        lock (_gate)
        {
            _cursors.Remove(cursor);
            TellSpace();
            if (_cursors.Count > 0 || _isStopped)
            {
                return;
            }

            (_hasEnded, _isStopped) = (true, true);
        }

        await _stop.CancelAsync().ConfigureAwait(false);
        await _pump.ConfigureAwait(false);
        Dispose();
    }

    /// <summary>Done by the last cursor that leaves.</summary>
    public void Dispose() => _stop.Dispose();

    /// <summary>Whether nobody can join any more.</summary>
    public bool HasEnded
    {
        get
        {
            lock (_gate)
            {
                return _hasEnded;
            }
        }
    }

    /// <summary>Whether the end of the log was reached, and the cursor has read all of it.</summary>
    public bool IsAtEnd(LogCursor cursor)
    {
        lock (_gate)
        {
            return _isCaughtUp && cursor.Next == _written;
        }
    }

    /// <summary>
    /// The next items for a cursor, as many as are there and fit. 0: it has to wait. -1: it was too slow, and left behind.
    /// </summary>
    /// <exception cref="EventStoreUnavailableException">The subscription has ended.</exception>
    public int Take(LogCursor cursor, LogItem[] items)
    {
        lock (_gate)
        {
            if (!_cursors.Contains(cursor))
            {
                return -1;
            }

            var count = (int)Math.Min(_written - cursor.Next, items.Length);
            for (var i = 0; i < count; i++)
            {
                items[i] = _ring[(cursor.Next + i) % _ring.Length];
            }

            cursor.Next += count;
            TellSpace();

            return count > 0 || !_hasEnded
                ? count
                : throw new EventStoreUnavailableException(_fault?.Message ?? "The subscription to the log ended.", _fault);
        }
    }

    /// <summary>Completes when there is something to <see cref="Take"/>.</summary>
    public Task WaitAsync(LogCursor cursor)
    {
        lock (_gate)
        {
            if (_hasEnded || cursor.Next < _written || !_cursors.Contains(cursor))
            {
                return Task.CompletedTask;
            }

            cursor.Woken ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return cursor.Woken.Task;
        }
    }

    private async Task PumpAsync(IAsyncEnumerable<SubscriptionMessage> messages)
    {
        // From here on beside the caller, also when the log answers without waiting.
        await Task.Yield();
        try
        {
            var isCaughtUp = false;
            var reading = messages.GetAsyncEnumerator();
            await using var stopReading = reading.ConfigureAwait(false);
            while (await MoveNextAsync(reading).ConfigureAwait(false))
            {
                var message = reading.Current;
                isCaughtUp = message.Kind switch
                {
                    SubscriptionMessageKind.CaughtUp => true,
                    SubscriptionMessageKind.FellBehind => false,
                    _ => isCaughtUp,
                };
                var item = new LogItem(message, isCaughtUp);
                if (IsWanted(item))
                {
                    item.Decode(_types);
                }

                while (!TryWrite(item, out var space))
                {
                    await WaitForSpaceAsync(space).ConfigureAwait(false);
                }
            }
        }
        catch (Exception e)
        {
            // Not lost: whoever reads next gets it.
            _fault = e;
        }

        lock (_gate)
        {
            _hasEnded = true;
            WakeAll();
        }
    }

    /// <summary>Reads the next message. Where that takes a while, the cursors hear of those before it first.</summary>
    private ValueTask<bool> MoveNextAsync(IAsyncEnumerator<SubscriptionMessage> reading)
    {
        var next = reading.MoveNextAsync();
        if (!next.IsCompleted)
        {
            lock (_gate)
            {
                WakeAll();
            }
        }

        return next;
    }

    private bool IsWanted(LogItem item)
    {
        lock (_gate)
        {
            foreach (var cursor in _cursors)
            {
                if (item.Event is { } recorded && cursor.Filter.Passes(recorded.Stream, recorded.Type))
                {
                    return true;
                }
            }

            return false;
        }
    }

    private bool TryWrite(LogItem item, out Task space)
    {
        lock (_gate)
        {
            if (IsFull())
            {
                WakeAll();
                _space = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                space = _space.Task;
                return false;
            }

            var slot = _written % _ring.Length;
            _from = _ring[slot]?.Position ?? _from;
            _ring[slot] = item;
            _written++;
            _to = Math.Max(_to, item.Position);
            _isCaughtUp = item.IsCaughtUp;
            Events += item.Event is null ? 0 : 1;
            if (_written - _told >= Math.Min(WakesAfter, _ring.Length / 2))
            {
                WakeAll();
            }

            space = Task.CompletedTask;
            return true;
        }
    }

    /// <summary>Waits for the slowest cursor; not for ever when others wait too: then it goes on alone.</summary>
    private async Task WaitForSpaceAsync(Task space)
    {
        try
        {
            await space.WaitAsync(_patience, _time, _stop.Token).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            lock (_gate)
            {
                if (_cursors.Exists(cursor => !IsSlow(cursor)))
                {
                    _cursors.RemoveAll(IsSlow);
                }
            }
        }
    }

    /// <summary>Whether the next item would take the place of one that a cursor has not read.</summary>
    private bool IsFull()
    {
        foreach (var cursor in _cursors)
        {
            if (IsSlow(cursor))
            {
                return true;
            }
        }

        return false;
    }

    private bool IsSlow(LogCursor cursor) => _written - cursor.Next == _ring.Length;

    /// <summary>Wakes the reading when every cursor has taken half of what it keeps.</summary>
    private void TellSpace()
    {
        if (_space is { Task.IsCompleted: false } space && _cursors.TrueForAll(cursor => _written - cursor.Next <= _ring.Length / 2))
        {
            space.SetResult();
        }
    }

    private void WakeAll()
    {
        _told = _written;
        foreach (var cursor in _cursors)
        {
            cursor.Woken?.TrySetResult();
            cursor.Woken = null;
        }
    }

    private long FirstAfter(long position)
    {
        var (low, high) = (Math.Max(0, _written - _ring.Length), _written);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (_ring[middle % _ring.Length].Position <= position)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }
}
