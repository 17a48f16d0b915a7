using Orderly.ReadModels.ViewStore;

namespace Orderly.Storage.MongoDb;

// What workers do.
public sealed partial class MongoViewStore
{
    public Task<IReadOnlyList<StoredDocument<TDocument>>> LoadAsync<TDocument>(
        View<TDocument> view, int number, IReadOnlyCollection<string> ids, CancellationToken cancellationToken)
        where TDocument : class
        => _server.CallAsync<IReadOnlyList<StoredDocument<TDocument>>>(
            async _ => ids.Count > 0 && await ExistsAsync(view.Name, number, cancellationToken).ConfigureAwait(false)
                ? await ViewCollection.LoadAsync(
                    ViewCollection.Of<TDocument>(_server.Database, view.Name, number), ids, _options.LookupSize, cancellationToken)
                    .ConfigureAwait(false)
                : [],
            cancellationToken);

    public async Task<IReadOnlyList<ViewPartition>?> CommitAsync<TDocument>(
        View<TDocument> view, ViewCommit<TDocument> commit, CancellationToken cancellationToken)
        where TDocument : class
    {
        commit.Validate(view);
        var committed = await _server.CallAsync(_ => _commits.TryCommitAsync(commit, cancellationToken), cancellationToken)
            .ConfigureAwait(false);
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

    public async Task<ViewPartition?> TryUpdateAsync(
        ViewPartition seen, Func<ViewPartition, DateTimeOffset, ViewPartition> change, CancellationToken cancellationToken)
    {
        var changed = change(seen, RecordValues.Rounded(_time.GetUtcNow()));
        var updated = await _server.CallAsync(_ => _partitions.TryUpdateAsync(seen, changed, cancellationToken), cancellationToken)
            .ConfigureAwait(false);
        if (updated is not null)
        {
            _changes.Set();
        }

        return updated;
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
}
