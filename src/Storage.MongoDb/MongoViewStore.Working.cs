using MongoDB.Driver;
using Orderly.ReadModels.ViewStore;

namespace Orderly.Storage.MongoDb;

// What workers do.
public sealed partial class MongoViewStore
{
    public Task<IReadOnlyList<StoredDocument<TDocument>>> LoadAsync<TDocument>(
        View<TDocument> view, int number, IReadOnlyCollection<string> ids, CancellationToken cancellationToken)
        where TDocument : class
        => _server.CallAsync<IReadOnlyList<StoredDocument<TDocument>>>(
            _options.CommitTimeout,
            async (_, cancellation) => ids.Count > 0 && await ExistsAsync(view.Name, number, cancellation).ConfigureAwait(false)
                ? await ViewCollection.LoadAsync(
                    ViewCollection.Of<TDocument>(_server.Database, view.Name, number), ids, cancellation).ConfigureAwait(false)
                : [],
            cancellationToken);

    public async Task<IReadOnlyList<ViewPartition>?> CommitAsync<TDocument>(
        View<TDocument> view, ViewCommit<TDocument> commit, CancellationToken cancellationToken)
        where TDocument : class
    {
        commit.Validate(view);
        var committed = await _server.CallAsync(
            _options.CommitTimeout, (_, cancellation) => TryCommitAsync(commit, cancellation), cancellationToken).ConfigureAwait(false);
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
        var updated = await _server.CallAsync(
            _options.QueryTimeout, (_, cancellation) => _partitions.TryUpdateAsync(seen, changed, cancellation), cancellationToken)
            .ConfigureAwait(false);
        if (updated is not null)
        {
            _changes.Set();
        }

        return updated;
    }

    public Task<IReadOnlyList<ViewWorker>> BeatAsync(ViewWorker worker, CancellationToken cancellationToken)
        => _server.CallAsync(_options.QueryTimeout, (_, cancellation) => _workers.BeatAsync(worker, cancellation), cancellationToken);

    public Task ForgetAsync(ViewWorker seen, CancellationToken cancellationToken)
        => _server.CallAsync(
            _options.QueryTimeout,
            async (_, cancellation) =>
            {
                await _workers.ForgetAsync(seen, cancellation).ConfigureAwait(false);
                return true;
            },
            cancellationToken);

    private Task<IReadOnlyList<ViewPartition>?> TryCommitAsync<TDocument>(ViewCommit<TDocument> commit, CancellationToken cancellationToken)
        where TDocument : class
    {
        // Progress alone is one write to one record.
        var changes = commit.Upserts.Count + commit.Deletes.Count + commit.Parked.Count + commit.Released.Count;
        return commit.Partitions.Count == 1 && changes == 0
            ? _server.Transactions.RunWithoutAsync((session, token) => AdvanceAsync(session, commit, token), cancellationToken)
            : _server.Transactions.RunAsync((session, token) => WriteAsync(session, commit, token), cancellationToken);
    }

    private async Task<IReadOnlyList<ViewPartition>?> WriteAsync<TDocument>(
        IClientSessionHandle session, ViewCommit<TDocument> commit, CancellationToken cancellationToken)
        where TDocument : class
    {
        // First, so that of several workers all but one know it before they have written anything.
        var advanced = await AdvanceAsync(session, commit, cancellationToken).ConfigureAwait(false);
        if (advanced is null)
        {
            return null;
        }

        var documents = ViewCollection.Of<TDocument>(_server.Database, commit.Partitions[0].View, commit.Partitions[0].Number);
        await ViewCollection.WriteAsync(session, documents, commit, cancellationToken).ConfigureAwait(false);
        if (commit.Parked.Count + commit.Released.Count == 0)
        {
            return advanced;
        }

        List<ParkedEvent> added = [.. commit.Parked.Select(one => one with { IsAsked = false })];
        await _parked.WriteAsync(session, added, commit.Released, cancellationToken).ConfigureAwait(false);
        var counted = await _parked.CountAsync(session, advanced, cancellationToken).ConfigureAwait(false);
        await _partitions.WriteAsync(session, counted, [], cancellationToken).ConfigureAwait(false);
        return counted;
    }

    private Task<IReadOnlyList<ViewPartition>?> AdvanceAsync<TDocument>(
        IClientSessionHandle session, ViewCommit<TDocument> commit, CancellationToken cancellationToken)
        where TDocument : class
    {
        // As they were seen: when one has another mark by now, it has another position too, and the commit is refused.
        var now = RecordValues.Rounded(_time.GetUtcNow());
        return _partitions.AdvanceAsync(
            session, commit.Partitions, commit.Position, [.. commit.Partitions.Select(one => commit.MarkOf(one, now))], now,
            cancellationToken);
    }
}
