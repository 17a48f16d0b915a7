using Orderly.ReadModels.ViewStore;

namespace Orderly.Storage.MongoDb;

// What workers do.
public sealed partial class MongoViewStore
{
    public async Task<ViewGeneration> OpenAsync(View view, int partitions, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(partitions, 1);
        var opened = await InStepsAsync(
            async (session, cancellation) => await _generations.OpenAsync(session, view, partitions, cancellation).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
        _changes.Set();
        _sweeper.Schedule();
        return opened!;
    }

    public Task<IReadOnlyList<StoredDocument<TDocument>>> LoadAsync<TDocument>(
        View<TDocument> view, int number, IReadOnlyCollection<string> ids, CancellationToken cancellationToken)
        where TDocument : class
        => _server.CallAsync<IReadOnlyList<StoredDocument<TDocument>>>(
            async _ => ids.Count > 0 && await ExistsAsync(view.Name, number, cancellationToken).ConfigureAwait(false)
                ? await ViewCollection.LoadAsync(
                    ViewCollection.Of<TDocument>(_server.Database, view.Name, number), ids, _options.LookupSize, cancellationToken).ConfigureAwait(false)
                : [],
            cancellationToken);

    public async Task<IReadOnlyList<ViewPartition>?> CommitAsync<TDocument>(
        View<TDocument> view, ViewCommit<TDocument> commit, CancellationToken cancellationToken)
        where TDocument : class
    {
        Check(view, commit);
        var committed = await _server.CallAsync(deployment => _commits.TryCommitAsync(deployment, commit, cancellationToken), cancellationToken).ConfigureAwait(false);
        if (committed is not null)
        {
            _own.Add(committed);

            // Watchers tell by the position that it is newer than what they have read.
            if (commit.Partitions.Any(before => before.Position >= commit.Position))
            {
                _changes.Set();
            }
        }

        return committed;
    }

    public async Task<ViewPartition?> TakeAsync(ViewPartition seen, string owner, CancellationToken cancellationToken)
    {
        var taken = await _server.CallAsync(_ => _partitions.TakeAsync(seen, owner, cancellationToken), cancellationToken).ConfigureAwait(false);
        if (taken is not null)
        {
            _changes.Set();
        }

        return taken;
    }

    public async Task ReleaseAsync(ViewPartition held, CancellationToken cancellationToken)
    {
        if (await _server.CallAsync(_ => _partitions.TryReleaseAsync(held, cancellationToken), cancellationToken).ConfigureAwait(false))
        {
            _changes.Set();
        }
    }

    public Task<IReadOnlyList<ViewWorker>> BeatAsync(ViewWorker worker, CancellationToken cancellationToken)
        => _server.CallAsync(_ => _workers.BeatAsync(worker, cancellationToken), cancellationToken);

    public Task ForgetAsync(ViewWorker seen, CancellationToken cancellationToken)
        => _server.CallAsync(
            async _ =>
            {
                await _workers.ForgetAsync(seen, cancellationToken).ConfigureAwait(false);
                return true;
            },
            cancellationToken);

    public async Task ReportFaultAsync(ViewPartition held, string fault, CancellationToken cancellationToken)
    {
        if (await _server.CallAsync(_ => _partitions.TrySetFaultAsync(held, fault, _time.GetUtcNow(), cancellationToken), cancellationToken).ConfigureAwait(false))
        {
            _changes.Set();
        }
    }

    private static void Check<TDocument>(View<TDocument> view, ViewCommit<TDocument> commit)
        where TDocument : class
    {
        if (commit.Partitions.Count == 0 || commit.Partitions.Any(partition => partition.View != view.Name || partition.Number != commit.Partitions[0].Number))
        {
            throw new ArgumentException($"The commit's partitions are not those of one generation of the view '{view.Name}'.", nameof(commit));
        }

        ArgumentOutOfRangeException.ThrowIfLessThan(commit.Position, commit.Partitions.Min(partition => partition.Position), nameof(commit));
        var places = commit.Partitions.Select(partition => (partition.View, partition.Number, partition.Index)).ToHashSet();
        if (commit.Parked.Concat(commit.Released).Any(parked => !places.Contains((parked.View, parked.Number, parked.Partition))))
        {
            throw new ArgumentException("A parked event is in none of the commit's partitions.", nameof(commit));
        }
    }
}
