using MongoDB.Driver;
using Orderly.ReadModels.ViewStore;

namespace Orderly.Storage.MongoDb;

/// <summary>Writes commits: the progress of partitions, documents and parked events.</summary>
internal sealed class Commits(
    IMongoDatabase database, MongoTransactions transactions, PartitionRecords partitions, ParkedRecords parked, TimeProvider time)
{
    /// <summary>The commit's partitions as they are then; null when one of them is not where, or whose, it was.</summary>
    public Task<IReadOnlyList<ViewPartition>?> TryCommitAsync<TDocument>(ViewCommit<TDocument> commit, CancellationToken cancellationToken)
        where TDocument : class
    {
        // Progress alone is one write to one record.
        var changes = commit.Upserts.Count + commit.Deletes.Count + commit.Parked.Count + commit.Released.Count;
        return commit.Partitions.Count == 1 && changes == 0
            ? transactions.RunWithoutAsync((session, cancellation) => AdvanceAsync(session, commit, cancellation), cancellationToken)
            : transactions.RunAsync((session, cancellation) => WriteAsync(session, commit, cancellation), cancellationToken);
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

        var documents = ViewCollection.Of<TDocument>(database, commit.Partitions[0].View, commit.Partitions[0].Number);
        await ViewCollection.WriteAsync(session, documents, commit, cancellationToken).ConfigureAwait(false);
        if (commit.Parked.Count + commit.Released.Count == 0)
        {
            return advanced;
        }

        List<ParkedEvent> added = [.. commit.Parked.Select(one => one with { IsAsked = false })];
        await parked.WriteAsync(session, added, commit.Released, cancellationToken).ConfigureAwait(false);
        var counted = await parked.CountAsync(session, advanced, cancellationToken).ConfigureAwait(false);
        await partitions.WriteAsync(session, counted, [], cancellationToken).ConfigureAwait(false);
        return counted;
    }

    private Task<IReadOnlyList<ViewPartition>?> AdvanceAsync<TDocument>(
        IClientSessionHandle session, ViewCommit<TDocument> commit, CancellationToken cancellationToken)
        where TDocument : class
        => partitions.AdvanceAsync(session, commit.Partitions, commit.Position, RecordValues.Rounded(time.GetUtcNow()), cancellationToken);
}
