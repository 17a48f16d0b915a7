using Microsoft.Extensions.Logging;
using Orderly.Domain.EventStore;
using Orderly.ReadModels.ViewStore;

namespace Orderly.Subscriptions;

/// <summary>
/// Tells a process when what its state says is due. The state is the schedule: what is kept here is only which documents are due
/// within the next minute, as the store and each commit say. So a deadline that passed while nobody ran is met after the
/// next start, and one that an event has called off is not met at all.
/// </summary>
/// <remarks>
/// A clock that is put forward by more than an hour would make everything due at once, and what follows can't be taken back. So nothing is
/// met then until the log has recorded an event with the new time.
/// </remarks>
internal sealed partial class Deadlines<TState>(ITimedProcess<TState> process, SubscriptionServices services, ILogger logger)
    where TState : class
{
    private const int PageSize = 500;
    private const int MaxEntries = 10_000;

    private static readonly TimeSpan s_horizon = TimeSpan.FromMinutes(1);

    /// <summary>When the rest is read, where more is due than is kept.</summary>
    private static readonly TimeSpan s_soon = TimeSpan.FromSeconds(1);

    /// <summary>What is still due so long after it was met is met again: the event that follows from it has not come.</summary>
    private static readonly TimeSpan s_again = TimeSpan.FromSeconds(30);

    /// <summary>The longest sleep: what is due is due by the clock, which may be set meanwhile.</summary>
    private static readonly TimeSpan s_longestPause = TimeSpan.FromSeconds(1);

    /// <summary>How far the clock may be put forward at once, and still be believed.</summary>
    private static readonly TimeSpan s_believed = TimeSpan.FromHours(1);

    /// <summary>How far the clock may be put back until what is known in its time is of no use.</summary>
    private static readonly TimeSpan s_back = TimeSpan.FromSeconds(1);

    /// <summary>How exactly a jump is known, and how far the clocks of the log and of this machine may differ.</summary>
    private static readonly TimeSpan s_inexact = TimeSpan.FromSeconds(1), s_apart = TimeSpan.FromMinutes(1);

    private readonly Dictionary<string, Entry> _entries = new(StringComparer.Ordinal);
    private readonly SortedSet<Entry> _order = [];
    private long _readUntil;
    private long _nextRead;
    private long? _started;
    private (DateTimeOffset At, long Timestamp)? _lastLook;

    /// <summary>How far the clock is put forward in a way that nothing has confirmed.</summary>
    private TimeSpan _ahead;

    /// <summary>Looks at the clock: how long nothing is to be done, at most a second; zero or less when something is.</summary>
    public TimeSpan NextPause()
    {
        var now = LookAtClock().ToUnixTimeMilliseconds();
        if (_ahead > TimeSpan.Zero)
        {
            return s_longestPause;
        }

        var first = _order.Min is { } entry ? Math.Min(entry.At, _nextRead) : _nextRead;
        return TimeSpan.FromMilliseconds(Math.Min(first - now, s_longestPause.TotalMilliseconds));
    }

    /// <summary>Begins anew, with what the store says.</summary>
    public void Start()
    {
        _entries.Clear();
        _order.Clear();
        (_readUntil, _nextRead, _started, _lastLook, _ahead) = (0, 0, null, null, TimeSpan.Zero);
    }

    /// <summary>Takes note of when the log recorded an event that was just heard.</summary>
    public void Heard(DateTimeOffset recordedAt)
    {
        LookAtClock();
        if (_ahead > TimeSpan.Zero && recordedAt >= services.Time.GetUtcNow() - s_apart)
        {
            LogConfirmed(recordedAt);
            _ahead = TimeSpan.Zero;
        }
    }

    /// <summary>Takes note of documents as they were committed.</summary>
    public void Committed(IReadOnlyList<StoredDocument<TState>> upserts, IReadOnlyList<string> deletes)
    {
        foreach (var document in upserts)
        {
            Note(document);
        }

        foreach (var id in deletes)
        {
            Forget(id);
        }
    }

    /// <summary>
    /// Meets what is due, what is due first before the rest. Called when the end of the log is reached: what is in the log comes first.
    /// </summary>
    public async Task MeetAsync(HeldPartitions held, CancellationToken cancellationToken)
    {
        LookAtClock();
        if (_ahead > TimeSpan.Zero)
        {
            return;
        }

        _started ??= Now();
        if (_nextRead <= Now())
        {
            await ReadAsync(held, cancellationToken).ConfigureAwait(false);
        }

        while (_order.Min is { } entry && IsDue(entry))
        {
            var stored = await services.Views.LoadAsync(process.View, held.All[0].Number, [entry.Id], cancellationToken)
                .ConfigureAwait(false);
            if (stored is not [var document] || process.DueOf(document.Value) != entry.Due)
            {
                // Committed changes are noted, so somebody else has the document by now, or it went past this follower.
                Forget(entry.Id);
                continue;
            }

            var (tries, pause) = (entry.Tries, s_again);
            try
            {
                await process.ElapseAsync(document.Id, document.Value, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception e) when (!cancellationToken.IsCancellationRequested
                && e is not (ReactionDeferredException or EventStoreUnavailableException or ViewStoreUnavailableException))
            {
                // One that fails must not hold up the others.
                pause = TimeSpan.FromSeconds(Math.Min(Math.Pow(2, ++tries), 3600));
                LogFailed(e, document.Id, pause);
            }

            Set(entry with { At = Now() + (long)pause.TotalMilliseconds, Tries = tries });
        }
    }

    /// <summary>Whether the time of an entry has come, by a clock that is believed at this moment.</summary>
    private bool IsDue(Entry entry) => LookAtClock() is var now && _ahead == TimeSpan.Zero && entry.At <= now.ToUnixTimeMilliseconds();

    /// <summary>Reads the clock, and compares it with one that nobody sets.</summary>
    private DateTimeOffset LookAtClock()
    {
        var (at, timestamp) = (services.Time.GetUtcNow(), services.Time.GetTimestamp());
        if (_lastLook is { } last)
        {
            var jump = at - last.At - services.Time.GetElapsedTime(last.Timestamp, timestamp);
            if (_ahead > TimeSpan.Zero || jump > s_believed + s_inexact)
            {
                if (_ahead == TimeSpan.Zero)
                {
                    LogJumped(jump);
                }

                _ahead += jump;
                _ahead = _ahead > s_believed + s_inexact ? _ahead : TimeSpan.Zero;
            }

            if (jump < -s_back)
            {
                // What was to be done later than now is to be looked up again, in the new time.
                _entries.Clear();
                _order.Clear();
                (_readUntil, _nextRead, _started) = (0, 0, _started is { } started ? Math.Min(started, Now()) : null);
            }
        }

        _lastLook = (at, timestamp);
        return at;
    }

    /// <summary>Reads what is due first, and no more than is kept: the rest is read when that is met.</summary>
    private async Task ReadAsync(HeldPartitions held, CancellationToken cancellationToken)
    {
        var until = Now() + (long)s_horizon.TotalMilliseconds;
        _nextRead = Now() + (long)(s_horizon / 2).TotalMilliseconds;
        ViewSort sort = new(ITimedProcess<TState>.DueField);
        for (string? after = null; ;)
        {
            var query = new ViewQuery([new ViewCondition.LessThan(ITimedProcess<TState>.DueField, until)], PageSize, after) { Sort = sort };
            var page = await services.Views.QueryAsync(process.View, query, cancellationToken).ConfigureAwait(false);
            foreach (var document in page.Documents.Where(document => held.IndexOf(document.Id) >= 0))
            {
                Note(document, until);
            }

            if (page.Documents.Count < PageSize)
            {
                break;
            }

            var last = process.DueOf(page.Documents[^1].Value)!.Value;
            if (_entries.Count >= MaxEntries)
            {
                until = Math.Min(until, last);
                _nextRead = Now() + (long)s_soon.TotalMilliseconds;
                break;
            }

            (after, sort) = (page.Documents[^1].Id, sort with { After = last });
        }

        _readUntil = until;
    }

    private void Note(StoredDocument<TState> document) => Note(document, _readUntil);

    private void Note(StoredDocument<TState> document, long until)
    {
        var due = process.DueOf(document.Value);
        if (_entries.TryGetValue(document.Id, out var known) && known.Due == due)
        {
            return;
        }

        Forget(document.Id);
        if (due < until)
        {
            Set(new Entry(Math.Max(due.Value, (_started ?? Now()) + (long)process.Grace.TotalMilliseconds), due.Value, document.Id, 0));
        }
    }

    private void Set(Entry entry)
    {
        Forget(entry.Id);
        _entries.Add(entry.Id, entry);
        _order.Add(entry);
    }

    private void Forget(string id)
    {
        if (_entries.Remove(id, out var entry))
        {
            _order.Remove(entry);
        }
    }

    private long Now() => services.Time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <param name="At">When it is to be met, in milliseconds since 1970.</param>
    /// <param name="Tries">How often that failed.</param>
    private sealed record Entry(long At, long Due, string Id, int Tries) : IComparable<Entry>
    {
        public int CompareTo(Entry? other)
            => other is null ? 1
                : (At, Due).CompareTo((other.At, other.Due)) is var order and not 0 ? order
                : string.CompareOrdinal(Id, other.Id);
    }

    [LoggerMessage(
        2018, LogLevel.Warning,
        "The clock was put forward by {Jump}. Nothing that is due is done until the log has recorded an event with the new time.")]
    private partial void LogJumped(TimeSpan jump);

    [LoggerMessage(2019, LogLevel.Information, "The log has recorded an event at {RecordedAt}: what is due is done again.")]
    private partial void LogConfirmed(DateTimeOffset recordedAt);

    [LoggerMessage(2013, LogLevel.Error, "What is due for {Document} failed; tried again in {Pause}.")]
    private partial void LogFailed(Exception e, string document, TimeSpan pause);
}
