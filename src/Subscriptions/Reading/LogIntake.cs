namespace Orderly.Subscriptions;

/// <summary>
/// Takes the log in parts, and says when what was taken is to be committed. Behind the end of the log it waits for full parts, and
/// commits are few and large. At the end a view shows an event at once, but for the moment after a commit.
/// </summary>
internal sealed class LogIntake(LogCursor cursor, SubscriptionOptions options, TimeProvider time)
{
    /// <summary>
    /// How many events are folded at a time. Folded events are let go, so only these and what is read ahead are in memory, however
    /// large a commit is.
    /// </summary>
    private const int PartEvents = 1_000;

    /// <summary>The longest pause after a commit at the end of the log.</summary>
    private static readonly TimeSpan s_longestPause = TimeSpan.FromMilliseconds(10);

    private readonly List<LogItem> _part = new(PartEvents);
    private int _uncommitted;
    private long _began;
    private long _committed;
    private TimeSpan _pause = options.MinCommitInterval;

    /// <summary>Whether the last part went to the end of the log.</summary>
    public bool IsCaughtUp { get; private set; }

    /// <summary>Whether what was taken since <see cref="Committed"/> is to be committed now.</summary>
    public bool IsCommitDue => IsCaughtUp || _uncommitted >= options.MaxBatchEvents || (_uncommitted > 0 && TimeLeft <= TimeSpan.Zero);

    private TimeSpan TimeLeft => options.MaxBatchDelay - time.GetElapsedTime(_began);

    /// <summary>
    /// The next part, in log order. It is empty when a commit or a deadline is due first, and is used again for the next one.
    /// </summary>
    /// <param name="untilDeadline">
    /// How long nothing is to be done at the end of the log, zero or less when something is; null: there are no deadlines.
    /// </param>
    public async Task<List<LogItem>> TakeAsync(Func<TimeSpan>? untilDeadline, CancellationToken cancellationToken)
    {
        _part.Clear();
        var most = Math.Min(PartEvents, options.MaxBatchEvents - _uncommitted);
        while (_part.Count < most)
        {
            if (cursor.TryRead(out var item))
            {
                if (_uncommitted + _part.Count == 0)
                {
                    _began = time.GetTimestamp();
                }

                IsCaughtUp = item.IsCaughtUp;
                _part.Add(item);
            }
            else if (!await WaitAsync(untilDeadline, cancellationToken).ConfigureAwait(false))
            {
                break;
            }
        }

        _uncommitted += _part.Count;
        return _part;
    }

    /// <summary>
    /// Everything that was taken is committed, or is being committed. The pause after it is as long as it took: the more there is to
    /// write, the more events share the next commit.
    /// </summary>
    public void Committed(TimeSpan took)
    {
        (_uncommitted, _committed) = (0, time.GetTimestamp());
        var pause = took < s_longestPause ? took : s_longestPause;
        _pause = pause > options.MinCommitInterval ? pause : options.MinCommitInterval;
    }

    /// <summary>Waits for more. False: the part is complete as it is.</summary>
    private async ValueTask<bool> WaitAsync(Func<TimeSpan>? untilDeadline, CancellationToken cancellationToken)
    {
        if (_uncommitted + _part.Count == 0)
        {
            TimeSpan? pause = IsCaughtUp ? untilDeadline?.Invoke() : null;
            return await WaitToReadAsync(pause, cancellationToken).ConfigureAwait(false);
        }

        if (!IsCaughtUp)
        {
            return await WaitToReadAsync(TimeLeft, cancellationToken).ConfigureAwait(false);
        }

        var interval = _pause - time.GetElapsedTime(_committed);
        if (interval <= TimeSpan.Zero)
        {
            return false;
        }

        await Task.Delay(interval, time, cancellationToken).ConfigureAwait(false);
        return true;
    }

    /// <summary>Waits until there may be something to read. False, at once: there is no time for that.</summary>
    /// <param name="atMost">Null: there is no limit.</param>
    private async ValueTask<bool> WaitToReadAsync(TimeSpan? atMost, CancellationToken cancellationToken)
    {
        if (atMost <= TimeSpan.Zero)
        {
            return false;
        }

        try
        {
            await cursor.WaitToReadAsync(cancellationToken)
                .WaitAsync(atMost ?? Timeout.InfiniteTimeSpan, time, cancellationToken)
                .ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // Whoever called looks at the time again.
        }

        return true;
    }
}
