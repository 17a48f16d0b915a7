using MongoDB.Driver;
using Orderly.ReadModels.ViewStore;

namespace Orderly.Storage.MongoDb;

/// <summary>Writes commits: the progress of partitions, documents and parked events.</summary>
internal sealed class Commits(IMongoDatabase database, MongoTransactions transactions, PartitionRecords partitions, ParkedRecords parked, TimeProvider time)
{
    /// <summary>The commit's partitions as they are then; null when one of them is not where, or whose, it was.</summary>
    public Task<IReadOnlyList<ViewPartition>?> TryCommitAsync<TDocument>(
        MongoDeployment deployment, ViewCommit<TDocument> commit, CancellationToken cancellationToken)
        where TDocument : class
    {
        var changes = commit.Upserts.Count + commit.Deletes.Count + commit.Parked.Count + commit.Released.Count;
        return commit.Partitions.Count == 1 && changes == 0
            ? transactions.RunAsync(inTransaction: false, (session, cancellation) => AdvanceAsync(session, commit, cancellation), cancellationToken)
            : transactions.RunAsync(
                deployment.Transactions,
                (session, cancellation) => deployment.Transactions
                    ? WriteAsync(session, commit, cancellation)
                    : WriteInOrderAsync(session, commit, cancellation),
                cancellationToken);
    }

    private static IMongoCollection<StoredDocument<TDocument>> CollectionOf<TDocument>(IMongoDatabase database, ViewCommit<TDocument> commit)
        where TDocument : class
        => ViewCollection.Of<TDocument>(database, commit.Partitions[0].View, commit.Partitions[0].Number);

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

        await ViewCollection.WriteAsync(session, CollectionOf(database, commit), commit, cancellationToken).ConfigureAwait(false);
        await parked.ParkAsync(session, commit.Parked, cancellationToken).ConfigureAwait(false);
        return await ReleaseAsync(session, commit, advanced, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Where there are no transactions: what is done again after a crash before the partitions have moved on does no harm.</summary>
    private async Task<IReadOnlyList<ViewPartition>?> WriteInOrderAsync<TDocument>(
        IClientSessionHandle session, ViewCommit<TDocument> commit, CancellationToken cancellationToken)
        where TDocument : class
    {
        if (!await partitions.AreCurrentAsync(session, commit.Partitions, cancellationToken).ConfigureAwait(false))
        {
            return null;
        }

        await ViewCollection.WriteNewerAsync(session, CollectionOf(database, commit), commit, cancellationToken).ConfigureAwait(false);
        await parked.ParkAsync(session, commit.Parked, cancellationToken).ConfigureAwait(false);
        var advanced = await AdvanceAsync(session, commit, cancellationToken).ConfigureAwait(false);
        return advanced is null ? null : await ReleaseAsync(session, commit, advanced, cancellationToken).ConfigureAwait(false);
    }

    private Task<IReadOnlyList<ViewPartition>?> AdvanceAsync<TDocument>(IClientSessionHandle session, ViewCommit<TDocument> commit, CancellationToken cancellationToken)
        where TDocument : class
        => partitions.AdvanceAsync(session, commit.Partitions, commit.Position, RecordValues.Rounded(time.GetUtcNow()), cancellationToken);

    /// <summary>Ends the commit's part about parked events and answers the partitions with what is parked in them then.</summary>
    private async Task<IReadOnlyList<ViewPartition>?> ReleaseAsync<TDocument>(
        IClientSessionHandle session, ViewCommit<TDocument> commit, IReadOnlyList<ViewPartition> advanced, CancellationToken cancellationToken)
        where TDocument : class
    {
        if (commit.Parked.Count + commit.Released.Count == 0)
        {
            return advanced;
        }

        var kept = commit.Parked.Select(RecordIds.OfParked).ToHashSet(StringComparer.Ordinal);
        var released = commit.Released.Where(one => !kept.Contains(RecordIds.OfParked(one)));
        await parked.ReleaseAsync(session, released, cancellationToken).ConfigureAwait(false);
        var (view, number) = (advanced[0].View, advanced[0].Number);
        await parked.SumUpAsync(session, view, number, [.. advanced.Select(partition => partition.Index)], cancellationToken).ConfigureAwait(false);
        return await partitions.ReadAgainAsync(session, advanced, cancellationToken).ConfigureAwait(false);
    }
}
