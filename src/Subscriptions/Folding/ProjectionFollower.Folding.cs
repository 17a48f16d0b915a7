using Microsoft.Extensions.Logging;
using Orderly.ReadModels.ViewStore;

namespace Orderly.Subscriptions;

/// <content>How a part of the log is folded and committed, and what becomes of an event that can't be applied.</content>
internal sealed partial class ProjectionFollower<TDocument>
{
    /// <summary>
    /// Folds a part of the log, and acts on it. An event that can't be applied is tried again from memory, by itself, after pauses that
    /// grow, and then parked. Everything before it is committed first.
    /// </summary>
    /// <param name="isNew">Whether the events are new: then their commit belongs to their traces.</param>
    /// <returns>False: somebody else has one of the partitions.</returns>
    private async Task<bool> FoldAsync(List<LogItem> part, bool isNew, CancellationToken cancellationToken)
    {
        for (var (from, tries) = (0, 0); from < part.Count;)
        {
            var items = part.GetRange(from, tries > 0 ? 1 : CountTogether(part, from));
            if (await FoldTogetherAsync(items, tries + 1 == _retries.MaxAttempts, isNew, cancellationToken)
                .ConfigureAwait(false) is not var (count, fault))
            {
                return false;
            }

            from += count;
            tries = count > 0 ? 0 : tries;
            if (fault is ParkingLotFullException)
            {
                throw fault;
            }

            if (fault is not null)
            {
                tries++;
                LogThrown(fault, tries, _retries.MaxAttempts);
                await Task.Delay(_retries.PauseAfter(tries), _services.Time, cancellationToken).ConfigureAwait(false);
            }
        }

        return true;
    }

    /// <summary>
    /// How many events are folded together: all, or up to as many that a process reacts to as it lets share a commit.
    /// </summary>
    private int CountTogether(List<LogItem> part, int from)
    {
        if (_process?.MostInDoubt is not { } most)
        {
            return part.Count - from;
        }

        var (end, reactions) = (from, 0);
        while (end < part.Count && reactions < most)
        {
            reactions += part[end].Envelope is { } envelope && _process.ReactsTo(envelope) ? 1 : 0;
            end++;
        }

        return end - from;
    }

    /// <summary>Folds events and acts on them, up to the first that can't be applied, and commits that when it is due.</summary>
    /// <param name="parks">Whether an event that can't be applied is parked; it is the only one then.</param>
    /// <returns>How many events were folded, and why no more; null: somebody else has one of the partitions.</returns>
    private async Task<(int Count, Exception? Fault)?> FoldTogetherAsync(
        List<LogItem> items, bool parks, bool isNew, CancellationToken cancellationToken)
    {
        using var trace = isNew ? ProjectionTrace.Start(_view.Name, items, static item => item.Event) : null;
        _batch.Start(items, _writer.Held);
        await LoadAsync(cancellationToken).ConfigureAwait(false);
        var (count, fault) = await ApplyAsync(items, parks, cancellationToken).ConfigureAwait(false);
        foreach (var item in items.Take(count))
        {
            _position = Math.Max(_position, item.Position);
            _passed = item.Passed ?? _passed;
            _events += item.Event is null ? 0 : 1;
        }

        if (isNew || fault is not null || _process is not null)
        {
            if (!await CommitAsync(beside: false, fault is not null, cancellationToken).ConfigureAwait(false))
            {
                return null;
            }

            trace?.Committed(count, _writer.LastDocuments, _position);
        }

        return (count, fault);
    }

    private async Task LoadAsync(CancellationToken cancellationToken)
    {
        // What has no state has no documents.
        if (_batch.Missing.Count > 0 && typeof(TDocument) != typeof(Stateless))
        {
            foreach (var document in await _services.Views.LoadAsync(_view, _writer.Held.All[0].Number, _batch.Missing, cancellationToken)
                .ConfigureAwait(false))
            {
                _memory.Loaded(document);
            }
        }
    }

    /// <summary>Folds events in memory, and acts on them.</summary>
    private async Task<(int Count, Exception? Fault)> ApplyAsync(List<LogItem> items, bool parks, CancellationToken cancellationToken)
    {
        var count = _batch.Fold(_lot, parks: parks);
        var fault = _batch.Fault;
        if (_reactor is null
            || await _reactor.RunAsync(_batch.Reactions, cancellationToken).ConfigureAwait(false) is not [var first, ..] failed)
        {
            return (count, fault);
        }

        // The state must not hold what failed. What comes before it is done, so it is folded once more and not acted on.
        _memory.Undo();
        _lot.Withdraw(items[0].Position);
        if (parks)
        {
            return (_batch.Fold(_lot, parks: true, failed: failed), _batch.Fault);
        }

        var before = items.FindIndex(item => item.Event?.Position == first.Event.Position);
        return (_batch.Fold(_lot, before), new UnappliableEventException(first.Event, first.Reason));
    }

    /// <summary>Commits what was folded since the last commit.</summary>
    /// <param name="beside">Whether it may go on beside what follows. Then it is waited for by the next commit.</param>
    /// <param name="isFaulted">Whether the next event can't be applied: then a fault that was noted is not over.</param>
    /// <returns>False: somebody else has one of the partitions.</returns>
    private async Task<bool> CommitAsync(bool beside, bool isFaulted, CancellationToken cancellationToken)
    {
        if (!await FinishAsync().ConfigureAwait(false))
        {
            return false;
        }

        // A fault that was noted is over when the log can be read again, also when nothing new is in it. And a position that a program
        // from before has left is of this log from now on.
        var held = _writer.Held;
        if (_position == held.Position
            && (isFaulted || held.All.All(partition => partition.Fault is null && (partition.Mark is not null || _position == 0))))
        {
            return true;
        }

        var parked = _lot.TakeNew();
        var (upserts, deletes) = _memory.TakeChanges();

        // The first commit of a run is waited for, so that a run makes some progress where the store fails again and again.
        beside &= parked.Count == 0 && _writer.HasCommitted;
        _writer.Begin(
            new ViewCommit<TDocument>(held.All, _position, upserts, deletes)
            {
                Mark = new LogMark(_logIdentity, _passed?.Position ?? 0, _passed?.Id, default),
                Parked = parked,
            },
            _events,
            beside,
            cancellationToken);
        if (beside)
        {
            return true;
        }

        if (!await FinishAsync().ConfigureAwait(false))
        {
            return false;
        }

        _deadlines?.Committed(upserts, deletes);
        return !await IsLeftOutAsync(parked, cancellationToken).ConfigureAwait(false)
            || await PrepareAsync(_writer.Held, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Waits for the commit that is under way, if there is one. False: somebody else has one of the partitions.</summary>
    private async ValueTask<bool> FinishAsync()
    {
        var before = _writer.Held;
        if (!await _writer.FinishAsync().ConfigureAwait(false))
        {
            return false;
        }

        if (_writer.Held != before)
        {
            await _onProgress(new FollowerProgress(_writer.Held, _events, false)).ConfigureAwait(false);
        }

        return true;
    }

    /// <summary>
    /// Whether it was decided to leave out what has just been parked: after this follower had asked, and when it was parked
    /// elsewhere only, in another generation or partition. A decision from now on finds it parked here.
    /// </summary>
    private async Task<bool> IsLeftOutAsync(IReadOnlyList<ParkedEvent> parked, CancellationToken cancellationToken)
        => parked.Any(one => one.Reason != ParkedReason.Waiting)
            && (await ReadSkippedAsync(cancellationToken).ConfigureAwait(false))
                .Any(skipped => parked.Any(one => (one.Position, one.Document) == (skipped.Position, skipped.Document)));

    [LoggerMessage(2009, LogLevel.Warning, "The projection threw: try {Try} of {Tries}. After the last one the event is parked.")]
    private partial void LogThrown(Exception e, int @try, int tries);
}
