using Microsoft.Extensions.Logging;
using Orderly.Domain.EventStore;
using Orderly.ReadModels.ViewStore;
using Orderly.Subscriptions.Operating;

namespace Orderly.Subscriptions;

/// <summary>How a follower went on.</summary>
/// <param name="Partitions">What it holds, as its last commit left it.</param>
/// <param name="Events">How many events it has read since it started.</param>
/// <param name="IsCaughtUp">Whether it has been at the end of the log.</param>
internal readonly record struct FollowerProgress(HeldPartitions Partitions, long Events, bool IsCaughtUp);

/// <summary>
/// Folds the log into partitions of one generation of a view: read a batch, load the documents that it touches, fold,
/// and write them with what had to be parked and the new position in one commit.
/// </summary>
/// <param name="view">Where the documents go: the projection's view, or one with the same documents under another name.</param>
/// <param name="process">The projection again when it is a process, and is to act; null otherwise.</param>
internal sealed partial class ProjectionFollower<TDocument>(
    IProjection<TDocument> projection, View<TDocument> view, SharedLog log, SubscriptionServices services, IProcess<TDocument>? process = null)
    where TDocument : class
{
    private readonly SubscriptionOptions _options = services.Options;
    private readonly ILogger _logger = services.Loggers.CreateLogger($"Orderly.Projections.{view.Name}");
    private readonly DocumentCache<TDocument> _cache = new(services.Options.CachedDocuments);
    private readonly Reactor<TDocument>? _reactor = process is null ? null : new(process);
    private readonly Deadlines<TDocument>? _deadlines
        = process is ITimedProcess<TDocument> timed ? new(timed, services, services.Loggers.CreateLogger($"Orderly.Projections.{view.Name}")) : null;
    private readonly ProjectionBatch<TDocument> _batch = new(projection, services.Options.MaxAttempts, process is null ? null : new(process));
    private readonly ParkedRecovery<TDocument> _recovery = new(projection, view, services, process is null ? null : new(process));
    private ParkingLot _lot = null!;
    private (long Position, int Tries) _thrown;
    private long _lastCommit;

    /// <summary>Counts a try of an event for which the projection threw. At the last one the event is parked.</summary>
    /// <returns>How many tries there were.</returns>
    public int CountTry(RecordedEvent recorded)
    {
        var position = recorded.Position.Value;
        _thrown = (position, position == _thrown.Position ? _thrown.Tries + 1 : 1);
        return _thrown.Tries;
    }

    /// <summary>Goes on from where the partitions are. First it does what operators have asked for about parked events.</summary>
    /// <param name="held">As they are stored.</param>
    /// <param name="until">The position to stop at, which the partitions then have; null: follow the log without end.</param>
    /// <param name="onProgress">Called when it has done what was asked for, after every commit, and whenever the end of the log is reached.</param>
    /// <param name="cancellationToken">Ends it with <see cref="OperationCanceledException"/>.</param>
    /// <returns>What is held where it stopped; null when somebody else has taken one of the partitions or the generation is gone.</returns>
    /// <exception cref="UnappliableEventException">The projection threw for an event; all before it is committed.</exception>
    /// <exception cref="ParkingLotFullException">Too much is parked; all before it is committed.</exception>
    public async Task<HeldPartitions?> FollowAsync(
        HeldPartitions held, long? until, Func<FollowerProgress, ValueTask> onProgress, CancellationToken cancellationToken)
    {
        if (await PrepareAsync(held, cancellationToken).ConfigureAwait(false) is not { } prepared)
        {
            return null;
        }

        held = prepared;
        if (held.Position >= until)
        {
            return held;
        }

        var progress = new FollowerProgress(held, 0, false);
        await onProgress(progress).ConfigureAwait(false);
        var items = log.Read(new LogPosition(held.Position), projection.Filter);
        await using var stopReading = items.ConfigureAwait(false);
        _deadlines?.Start();
        List<LogItem> batch = new(_options.MaxBatchEvents);
        while (true)
        {
            var isCaughtUp = await FillAsync(batch, items, progress.IsCaughtUp, cancellationToken).ConfigureAwait(false);
            var isDone = CutOff(batch, until);
            foreach (var part in PartsOf(batch))
            {
                if (await CommitAsync(progress.Partitions, part, isDone ? until : null, isCaughtUp, cancellationToken).ConfigureAwait(false) is not { } committed)
                {
                    return null;
                }

                progress = new FollowerProgress(
                    committed, progress.Events + part.Count(item => item.Event is not null), isCaughtUp && _batch.Fault is null && (part.Count == 0 || part[^1] == batch[^1]));
                await onProgress(progress).ConfigureAwait(false);
                if (_batch.Fault is { } fault)
                {
                    throw fault;
                }
            }

            if (isDone)
            {
                return progress.Partitions;
            }

            if (isCaughtUp && _deadlines is not null)
            {
                await _deadlines.MeetAsync(progress.Partitions, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>
    /// What is committed together. Of a process, an event whose reaction failed before is a part of its own, so that it alone is parked, and what was
    /// done before it is committed; and so is, where that is asked for, each event that it reacts to.
    /// </summary>
    private IEnumerable<List<LogItem>> PartsOf(List<LogItem> batch)
    {
        if (_reactor is null)
        {
            yield return batch;
            yield break;
        }

        List<LogItem> part = [];
        for (var i = 0; i < batch.Count; i++)
        {
            var item = batch[i];
            part.Add(item);
            var isAlone = item.Position == _thrown.Position || (process!.CommitsEach && item.Envelope is { } envelope && _reactor.ReactsTo(envelope));
            if (isAlone || i == batch.Count - 1 || batch[i + 1].Position == _thrown.Position)
            {
                yield return part;
                part = [];
            }
        }

        if (batch.Count == 0)
        {
            yield return part;
        }
    }

    /// <summary>Learns what is parked, and settles what can be applied now.</summary>
    private async Task<HeldPartitions?> PrepareAsync(HeldPartitions held, CancellationToken cancellationToken)
    {
        // What is settled is written past the cache.
        _cache.Clear();

        // What is parked first: who sees that an event was asked for because it is to be left out must see that decision too.
        var parked = await ReadParkedAsync(held, cancellationToken).ConfigureAwait(false);
        var skipped = await ReadSkippedAsync(cancellationToken).ConfigureAwait(false);
        if (await _recovery.RunAsync(held, parked, skipped, cancellationToken).ConfigureAwait(false) is { } commit)
        {
            if (await services.Views.CommitAsync(view, commit, cancellationToken).ConfigureAwait(false) is not { } committed)
            {
                return null;
            }

            held = held.After(committed);
            parked = await ReadParkedAsync(held, cancellationToken).ConfigureAwait(false);
        }

        _lot = new ParkingLot(parked, skipped, _options.MaxParkedEvents, services.Time);
        return held;
    }

    /// <summary>What is left out of the view: under the projection's own name, also where the documents go elsewhere.</summary>
    private Task<IReadOnlyList<SkippedEvent>> ReadSkippedAsync(CancellationToken cancellationToken)
        => services.Views.ReadSkippedAsync(projection.View.Name, cancellationToken);

    /// <summary>
    /// Whether it was decided to leave out what has just been parked: after this follower had asked, and when it was parked
    /// elsewhere only, in another generation or partition. A decision from now on finds it parked here.
    /// </summary>
    private async Task<bool> IsLeftOutAsync(IReadOnlyList<ParkedEvent> parked, CancellationToken cancellationToken)
        => parked.Any(one => one.Reason != ParkedReason.Waiting)
            && (await ReadSkippedAsync(cancellationToken).ConfigureAwait(false)).Any(skipped => parked.Any(one => (one.Position, one.Document) == (skipped.Position, skipped.Document)));

    private async Task<IReadOnlyList<ParkedEvent>> ReadParkedAsync(HeldPartitions held, CancellationToken cancellationToken)
    {
        var parked = await services.Views.ReadParkedAsync(view.Name, held.All[0].Number, cancellationToken).ConfigureAwait(false);
        var indexes = held.All.Select(partition => partition.Index).ToHashSet();
        return [.. parked.Where(one => indexes.Contains(one.Partition))];
    }

    /// <summary>
    /// Takes what is there, up to a full batch. Behind the end of the log it waits for more, so that a rebuild makes few,
    /// large commits; at the end it does not, so that a view shows an event at once, but for the moment after a commit.
    /// </summary>
    /// <returns>Whether the end of the log was reached.</returns>
    private async Task<bool> FillAsync(List<LogItem> batch, LogCursor items, bool isCaughtUp, CancellationToken cancellationToken)
    {
        batch.Clear();
        var started = services.Time.GetTimestamp();
        while (batch.Count < _options.MaxBatchEvents)
        {
            if (items.TryRead(out var item))
            {
                isCaughtUp = item.IsCaughtUp;
                batch.Add(item);
            }
            else if (batch.Count == 0 && isCaughtUp && _deadlines is not null)
            {
                if (_deadlines.Pause is var pause && pause <= TimeSpan.Zero)
                {
                    break;
                }

                await WaitForMoreAsync(items, pause, cancellationToken).ConfigureAwait(false);
            }
            else if (batch.Count == 0)
            {
                await items.WaitToReadAsync(cancellationToken).ConfigureAwait(false);
                started = services.Time.GetTimestamp();
            }
            else if (isCaughtUp)
            {
                var pause = _options.MinCommitInterval - services.Time.GetElapsedTime(_lastCommit);
                if (pause <= TimeSpan.Zero)
                {
                    break;
                }

                await Task.Delay(pause, services.Time, cancellationToken).ConfigureAwait(false);
            }
            else if (_options.MaxBatchDelay - services.Time.GetElapsedTime(started) is var left && left > TimeSpan.Zero)
            {
                await WaitForMoreAsync(items, left, cancellationToken).ConfigureAwait(false);
            }
            else
            {
                break;
            }
        }

        return isCaughtUp;
    }

    private async Task WaitForMoreAsync(LogCursor items, TimeSpan atMost, CancellationToken cancellationToken)
    {
        try
        {
            await items.WaitToReadAsync(cancellationToken).WaitAsync(atMost, services.Time, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // Then with what is there.
        }
    }

    /// <summary>Leaves out what comes after the position to stop at. Whether the log was read up to there.</summary>
    private static bool CutOff(List<LogItem> batch, long? until)
    {
        if (until is not { } end || batch.Count == 0 || batch[^1].Position < end)
        {
            return false;
        }

        batch.RemoveAll(item => item.Position > end);
        return true;
    }

    /// <summary>Folds and commits a batch; up to the first event that can't be applied, if there is one.</summary>
    /// <param name="reached">How far the log was read at least; null: as far as the batch goes.</param>
    /// <param name="isCaughtUp">Whether the events are new: then the commit belongs to their traces.</param>
    private async Task<HeldPartitions?> CommitAsync(
        HeldPartitions held, List<LogItem> items, long? reached, bool isCaughtUp, CancellationToken cancellationToken)
    {
        using var trace = isCaughtUp && reached is null ? ProjectionTrace.Start(view.Name, items, static item => item.Event) : null;
        _batch.Start(items, held);
        await LoadAsync(held, cancellationToken).ConfigureAwait(false);
        var parkedIfThrown = _thrown.Tries + 1 >= _options.MaxAttempts ? _thrown.Position : 0;
        var position = _batch.Fold(held.Position, _lot, held, parkedIfThrown);
        if (_reactor is not null && await _reactor.RunAsync(_batch.Reactions, cancellationToken).ConfigureAwait(false) is [var first, ..] failed)
        {
            if (first.Event.Position.Value != parkedIfThrown)
            {
                throw new UnappliableEventException(first.Event, first.Reason);
            }

            // It is alone in its part: PartsOf.
            _lot.Withdraw(parkedIfThrown);
            _batch.Start(items, held, failed);
            await LoadAsync(held, cancellationToken).ConfigureAwait(false);
            position = _batch.Fold(held.Position, _lot, held, parkedIfThrown);
        }

        if (_batch.Fault is null && reached is { } end)
        {
            position = end;
        }

        // A fault that was noted is over when the log can be read again, also when nothing new is in it.
        if (position == held.Position && (_batch.Fault is not null || held.All.All(partition => partition.Fault is null)))
        {
            return held;
        }

        var (upserts, deletes) = _batch.Changes();
        var commit = new ViewCommit<TDocument>(held.All, position, upserts, deletes) { Parked = _lot.TakeNew() };
        var started = services.Time.GetTimestamp();
        var committed = await services.Views.CommitAsync(view, commit, cancellationToken).ConfigureAwait(false);
        _lastCommit = services.Time.GetTimestamp();
        if (committed is null)
        {
            return null;
        }

        trace?.Committed(items.Count, upserts.Count + deletes.Count, position);
        Tell(items, commit, services.Time.GetElapsedTime(started, _lastCommit));
        Remember(upserts, deletes);
        _deadlines?.Committed(upserts, deletes);
        held = held.After(committed);
        return await IsLeftOutAsync(commit.Parked, cancellationToken).ConfigureAwait(false) ? await PrepareAsync(held, cancellationToken).ConfigureAwait(false) : held;
    }

    private void Tell(List<LogItem> items, ViewCommit<TDocument> commit, TimeSpan duration)
    {
        ProjectionTelemetry.BatchCommitted(view.Name, items.Count(item => item.Event is not null), commit.Upserts.Count + commit.Deletes.Count, duration);
        foreach (var parked in commit.Parked.Where(parked => parked.Reason != ParkedReason.Waiting))
        {
            ProjectionTelemetry.Parked(view.Name, ParkedItem.NameOf(parked.Reason));
            LogParked(parked.Type, parked.Position, parked.Stream, parked.Revision, ParkedItem.NameOf(parked.Reason), parked.Detail, parked.Document);
        }
    }

    private async Task LoadAsync(HeldPartitions held, CancellationToken cancellationToken)
    {
        List<string> missing = [];
        foreach (var id in _batch.Ids)
        {
            if (_cache.Find(id) is { } cached)
            {
                _batch.Found(cached);
            }
            else
            {
                missing.Add(id);
            }
        }

        if (missing.Count > 0)
        {
            foreach (var document in await services.Views.LoadAsync(view, held.All[0].Number, missing, cancellationToken).ConfigureAwait(false))
            {
                _batch.Found(document);
            }
        }
    }

    private void Remember(IReadOnlyList<StoredDocument<TDocument>> upserts, IReadOnlyList<string> deletes)
    {
        foreach (var document in upserts)
        {
            _cache.Set(document);
        }

        foreach (var id in deletes)
        {
            _cache.Remove(id);
        }
    }

    [LoggerMessage(2012, LogLevel.Error, "Parked: {Type} at position {Position} ({Stream}, revision {Revision}), {Reason}: {Detail} (document {Document})")]
    private partial void LogParked(string type, long position, string stream, long revision, string reason, string? detail, string? document);
}
