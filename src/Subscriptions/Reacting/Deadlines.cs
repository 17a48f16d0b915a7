using Microsoft.Extensions.Logging;
using Orderly.Domain.EventStore;
using Orderly.ReadModels.ViewStore;

namespace Orderly.Subscriptions;

/// <summary>
/// Tells a process when what its state says is due. The state is the schedule: what is kept here is only which documents are due
/// within the next minute, as the store and each commit say. So a deadline that passed while nobody ran is met after the
/// next start, and one that an event has called off is not met at all.
/// </summary>
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

    private readonly Dictionary<string, Entry> _entries = new(StringComparer.Ordinal);
    private readonly SortedSet<Entry> _order = [];
    private long _readUntil;
    private long _nextRead;
    private long? _started;

    /// <summary>How long nothing is to be done; zero or less when something is.</summary>
    public TimeSpan Pause => TimeSpan.FromMilliseconds((_order.Min is { } first ? Math.Min(first.At, _nextRead) : _nextRead) - Now());

    /// <summary>Begins anew, with what the store says.</summary>
    public void Start()
    {
        _entries.Clear();
        _order.Clear();
        (_readUntil, _nextRead, _started) = (0, 0, null);
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
        _started ??= Now();
        if (_nextRead <= Now())
        {
            await ReadAsync(held, cancellationToken).ConfigureAwait(false);
        }

        while (_order.Min is { } entry && entry.At <= Now())
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

    [LoggerMessage(2013, LogLevel.Error, "What is due for {Document} failed; tried again in {Pause}.")]
    private partial void LogFailed(Exception e, string document, TimeSpan pause);
}
