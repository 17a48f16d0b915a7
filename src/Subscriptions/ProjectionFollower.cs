using System.Threading.Channels;
using Orderly.Domain.EventStore;
using Orderly.Domain.Serialization;
using Orderly.ReadModels.ViewStore;

namespace Orderly.Subscriptions;

/// <summary>How a follower went on: the generation as its last commit left it.</summary>
/// <param name="Events">How many events it has read since it started.</param>
/// <param name="IsCaughtUp">Whether it has been at the end of the log.</param>
internal readonly record struct FollowerProgress(ViewGeneration Generation, long Events, bool IsCaughtUp);

/// <summary>
/// Folds the log into one generation of a view: read a batch, load the documents that it touches, fold, and write them
/// with the new position in one commit.
/// </summary>
internal sealed class ProjectionFollower<TDocument>(
    IProjection<TDocument> projection, IEventStore log, IViewStore views, EventTypes types, SubscriptionOptions options, TimeProvider time)
    where TDocument : class
{
    private readonly DocumentCache<TDocument> _cache = new(options.CachedDocuments);
    private readonly ProjectionBatch<TDocument> _batch = new(projection);
    private long _lastCommit;

    /// <summary>Goes on from where the generation is.</summary>
    /// <param name="generation">As it is stored.</param>
    /// <param name="onProgress">Called after every commit and whenever the end of the log is reached; true ends it.</param>
    /// <param name="cancellationToken">Ends it with <see cref="OperationCanceledException"/>.</param>
    /// <returns>True when <paramref name="onProgress"/> ended it, false when somebody else has written to the generation or replaced it.</returns>
    /// <exception cref="UnappliableEventException">An event can't be read or applied; all before it is committed.</exception>
    public async Task<bool> FollowAsync(
        ViewGeneration generation, Func<FollowerProgress, ValueTask<bool>> onProgress, CancellationToken cancellationToken)
    {
        _cache.Clear();
        var progress = new FollowerProgress(generation, 0, false);
        var reading = LogReading.Start(log, types, new LogPosition(generation.Position), projection.Filter, options.ReadAhead, cancellationToken);
        await using var stopReading = reading.ConfigureAwait(false);
        List<LogItem> batch = new(options.MaxBatchEvents);
        while (await reading.Items.WaitToReadAsync(cancellationToken).ConfigureAwait(false))
        {
            var isCaughtUp = await FillAsync(batch, reading.Items, progress.IsCaughtUp, cancellationToken).ConfigureAwait(false);
            var (committed, fault) = await CommitAsync(progress.Generation, batch, cancellationToken).ConfigureAwait(false);
            if (committed is null)
            {
                return false;
            }

            progress = new FollowerProgress(committed, progress.Events + batch.Count(item => item.Message.Event is not null), isCaughtUp);
            if (fault is not null)
            {
                throw fault;
            }

            if (await onProgress(progress).ConfigureAwait(false))
            {
                return true;
            }
        }

        throw new EventStoreUnavailableException("The subscription to the log ended.");
    }

    /// <summary>
    /// Takes what is there, up to a full batch. Behind the end of the log it waits for more, so that a rebuild makes few,
    /// large commits; at the end it does not, so that a view shows an event at once, but for the moment after a commit.
    /// </summary>
    /// <returns>Whether the end of the log was reached.</returns>
    private async Task<bool> FillAsync(List<LogItem> batch, ChannelReader<LogItem> items, bool isCaughtUp, CancellationToken cancellationToken)
    {
        batch.Clear();
        var started = time.GetTimestamp();
        while (batch.Count < options.MaxBatchEvents)
        {
            if (items.TryRead(out var item))
            {
                isCaughtUp = item.Message.Kind switch
                {
                    SubscriptionMessageKind.CaughtUp => true,
                    SubscriptionMessageKind.FellBehind => false,
                    _ => isCaughtUp,
                };
                batch.Add(item);
            }
            else if (isCaughtUp)
            {
                var pause = options.MinCommitInterval - time.GetElapsedTime(_lastCommit);
                if (pause <= TimeSpan.Zero)
                {
                    break;
                }

                await Task.Delay(pause, time, cancellationToken).ConfigureAwait(false);
            }
            else if (time.GetElapsedTime(started) >= options.MaxBatchDelay || !await items.WaitToReadAsync(cancellationToken).ConfigureAwait(false))
            {
                break;
            }
        }

        return isCaughtUp;
    }

    /// <summary>Folds and commits a batch; up to the first event that can't be applied, if there is one.</summary>
    private async Task<(ViewGeneration? Committed, UnappliableEventException? Fault)> CommitAsync(
        ViewGeneration generation, List<LogItem> items, CancellationToken cancellationToken)
    {
        _batch.Start(items);
        await LoadAsync(generation, cancellationToken).ConfigureAwait(false);
        var position = _batch.Fold(generation.Position);
        if (position == generation.Position)
        {
            return (generation, _batch.Fault);
        }

        var (upserts, deletes) = _batch.Changes();
        var commit = new ViewCommit<TDocument>(generation, position, upserts, deletes);
        var committed = await views.CommitAsync(projection.View, commit, cancellationToken).ConfigureAwait(false);
        _lastCommit = time.GetTimestamp();
        if (committed is not null)
        {
            Remember(upserts, deletes);
        }

        return (committed, _batch.Fault);
    }

    private async Task LoadAsync(ViewGeneration generation, CancellationToken cancellationToken)
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
            foreach (var document in await views.LoadAsync(projection.View, generation, missing, cancellationToken).ConfigureAwait(false))
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
}
