using Orderly.ReadModels.ViewStore;

namespace Orderly.Storage.Sqlite;

/// <content>What workers do: commits, leases, signs of life.</content>
public sealed partial class SqliteViewStore
{
    public Task<IReadOnlyList<StoredDocument<TDocument>>> LoadAsync<TDocument>(
        View<TDocument> view, int number, IReadOnlyCollection<string> ids, CancellationToken cancellationToken)
        where TDocument : class
        => _database.ReadAsync<IReadOnlyList<StoredDocument<TDocument>>>(
            connection => ViewGenerations.Exists(connection, view.Name, number) ? ReadByIds(connection, view, number, ids) : [],
            cancellationToken);

    public async Task<IReadOnlyList<ViewPartition>?> CommitAsync<TDocument>(
        View<TDocument> view, ViewCommit<TDocument> commit, CancellationToken cancellationToken)
        where TDocument : class
    {
        commit.Validate(view);
        using var batch = ViewBatch.Of(view, commit.Upserts);
        return await _database.WriteAsync(connection => Commit(connection, view, commit, batch), rings: true, cancellationToken)
            .ConfigureAwait(false);
    }

    public Task<ViewPartition?> TryUpdateAsync(
        ViewPartition seen, Func<ViewPartition, DateTimeOffset, ViewPartition> change, CancellationToken cancellationToken)
        => _database.WriteAsync(
            connection =>
            {
                var stored = ViewPartitions.Find(connection, seen);
                if (stored is null || (stored.Epoch, stored.Owner) != (seen.Epoch, seen.Owner))
                {
                    return null;
                }

                var changed = change(stored, _time.GetUtcNow());
                ViewPartitions.Update(connection, changed);
                return changed;
            },
            rings: true,
            cancellationToken);

    public Task<IReadOnlyList<ViewWorker>> BeatAsync(ViewWorker worker, CancellationToken cancellationToken)
        => _database.WriteAsync(connection => ViewWorkers.Beat(connection, worker), rings: false, cancellationToken);

    public Task ForgetAsync(ViewWorker seen, CancellationToken cancellationToken)
        => _database.WriteAsync(
            connection =>
            {
                ViewWorkers.Forget(connection, seen);
                return true;
            },
            rings: false,
            cancellationToken);

    private IReadOnlyList<ViewPartition>? Commit<TDocument>(
        Connection connection, View<TDocument> view, ViewCommit<TDocument> commit, ViewBatch batch)
        where TDocument : class
    {
        List<ViewPartition?> stored = [.. commit.Partitions.Select(partition => ViewPartitions.Find(connection, partition))];
        if (commit.Advance(stored, _time.GetUtcNow()) is not { } advanced)
        {
            return null;
        }

        foreach (var partition in advanced)
        {
            ViewPartitions.Update(connection, partition);
        }

        var number = commit.Partitions[0].Number;
        if (commit.Upserts.Count > 0)
        {
            batch.Write(connection.Prepare(ViewTable.Upsert(view, number)));
        }

        foreach (var id in commit.Deletes)
        {
            connection.Prepare(ViewTable.Delete(view.Name, number)).Bind(1, id).Run();
        }

        foreach (var released in commit.Released)
        {
            ViewParking.Release(connection, released);
        }

        foreach (var parked in commit.Parked)
        {
            ViewParking.Park(connection, parked with { IsAsked = false });
        }

        // How many are parked is counted from the rows.
        return commit.Parked.Count + commit.Released.Count == 0
            ? advanced
            : [.. advanced.Select(partition => ViewPartitions.Find(connection, partition)!)];
    }
}
