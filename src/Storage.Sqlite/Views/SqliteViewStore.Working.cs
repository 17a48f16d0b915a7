using Orderly.ReadModels.ViewStore;

namespace Orderly.Storage.Sqlite;

/// <content>What workers do: commits, leases, signs of life, parked events.</content>
public sealed partial class SqliteViewStore
{
    public async Task<ViewGeneration> OpenAsync(View view, int partitions, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(partitions, 1);
        return await _database.ReadAsync(connection => ViewGenerations.FindLive(connection, view.Name), cancellationToken).ConfigureAwait(false)
            ?? await ChangeAsync(
                connection =>
                {
                    // Another process may have been first.
                    if (ViewGenerations.FindLive(connection, view.Name) is { } other)
                    {
                        return other;
                    }

                    var added = ViewGenerations.Add(connection, view, partitions, _time.GetUtcNow());
                    ViewGenerations.SetLive(connection, view.Name, added.Number);
                    return added with { State = GenerationState.Live };
                },
                cancellationToken).ConfigureAwait(false);
    }

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
        Check(view, commit);
        using var batch = ViewBatch.Of(view, commit.Upserts);
        return await ChangeAsync(connection => Commit(connection, view, commit, batch), cancellationToken).ConfigureAwait(false);
    }

    public Task<ViewPartition?> TakeAsync(ViewPartition seen, string owner, CancellationToken cancellationToken)
        => ChangeAsync(
            connection => ViewPartitions.TryTake(connection, seen, owner) ? ViewPartitions.Find(connection, seen) : null, cancellationToken);

    public Task ReleaseAsync(ViewPartition held, CancellationToken cancellationToken)
        => ChangeAsync(connection => ViewPartitions.TryRelease(connection, held), cancellationToken);

    public Task<IReadOnlyList<ViewWorker>> BeatAsync(ViewWorker worker, CancellationToken cancellationToken)
        => _database.WriteAsync(connection => ViewWorkers.Beat(connection, worker), cancellationToken);

    public Task ForgetAsync(ViewWorker seen, CancellationToken cancellationToken)
        => _database.WriteAsync(
            connection =>
            {
                ViewWorkers.Forget(connection, seen);
                return true;
            },
            cancellationToken);

    public Task ReportFaultAsync(ViewPartition held, string fault, CancellationToken cancellationToken)
        => ChangeAsync(connection => ViewPartitions.TrySetFault(connection, held, fault, _time.GetUtcNow()), cancellationToken);

    public Task<IReadOnlyList<ParkedEvent>> ReadParkedAsync(string view, int number, CancellationToken cancellationToken)
        => _database.ReadAsync<IReadOnlyList<ParkedEvent>>(connection => ViewParking.Read(connection, view, number), cancellationToken);

    public Task<int> AskRetryAsync(string view, long position, CancellationToken cancellationToken)
        => ChangeAsync(connection => ViewParking.Ask(connection, view, position), cancellationToken);

    public Task<int> AskSkipAsync(string view, long position, CancellationToken cancellationToken)
        => ChangeAsync(
            connection =>
            {
                ViewParking.Skip(connection, view, position);
                return ViewParking.Ask(connection, view, position);
            },
            cancellationToken);

    public Task<IReadOnlyList<SkippedEvent>> ReadSkippedAsync(string view, CancellationToken cancellationToken)
        => _database.ReadAsync<IReadOnlyList<SkippedEvent>>(connection => ViewParking.ReadSkipped(connection, view), cancellationToken);

    private static void Check<TDocument>(View view, ViewCommit<TDocument> commit)
        where TDocument : class
    {
        if (commit.Partitions.Count == 0)
        {
            throw new ArgumentException("A commit has at least one partition.", nameof(commit));
        }

        var number = commit.Partitions[0].Number;
        if (commit.Partitions.Any(partition => partition.View != view.Name || partition.Number != number))
        {
            throw new ArgumentException($"The partitions are not all of one generation of the view '{view.Name}'.", nameof(commit));
        }

        ArgumentOutOfRangeException.ThrowIfLessThan(commit.Position, commit.Partitions.Min(partition => partition.Position), nameof(commit));

        // The commit's epochs say nothing about other partitions, whose parked events are another worker's.
        foreach (var parked in commit.Parked.Concat(commit.Released))
        {
            if (parked.View != view.Name || parked.Number != number || !commit.Partitions.Any(partition => partition.Index == parked.Partition))
            {
                throw new ArgumentException($"The event at {parked.Position} is parked in none of the commit's partitions.", nameof(commit));
            }
        }
    }

    private IReadOnlyList<ViewPartition>? Commit<TDocument>(
        Connection connection, View<TDocument> view, ViewCommit<TDocument> commit, ViewBatch batch)
        where TDocument : class
    {
        // All are looked at before the first is written: what is returned from here is committed.
        if (!commit.Partitions.All(partition => ViewPartitions.IsAt(connection, partition)))
        {
            return null;
        }

        var now = _time.GetUtcNow();
        foreach (var partition in commit.Partitions)
        {
            ViewPartitions.Advance(connection, partition, commit.Position, now);
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

        return [.. commit.Partitions.Select(partition => ViewPartitions.Find(connection, partition)!)];
    }
}
