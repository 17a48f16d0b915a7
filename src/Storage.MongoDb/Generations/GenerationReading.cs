using MongoDB.Bson;
using MongoDB.Driver;
using Orderly.ReadModels.ViewStore;

namespace Orderly.Storage.MongoDb;

/// <summary>Puts the generations together from the records of their views and of their partitions.</summary>
internal sealed class GenerationReading(IMongoDatabase database, TimeProvider time)
{
    private const int MaxAttempts = 16;

    private static readonly TimeSpan s_delay = TimeSpan.FromMilliseconds(20);

    private readonly IMongoCollection<BsonDocument> _views = database.GetCollection<BsonDocument>(ViewRecords.Views);

    // The views come first, so the partitions are not older than what is said of them.
    private static readonly BsonDocument[] s_all = [new("$unionWith", PartitionRecords.Partitions)];

    /// <summary>All generations, by view and number; with a snapshot, of one instant.</summary>
    public async Task<IReadOnlyList<ViewGeneration>> ReadAllAsync(ReadConcern readConcern, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            var records = await _views.WithReadConcern(readConcern)
                .Aggregate<BsonDocument>(s_all, cancellationToken: cancellationToken).ToListAsync(cancellationToken).ConfigureAwait(false);
            var byKind = records.ToLookup(record => record.Contains(PartitionRecords.Position));
            var byGeneration = byKind[true].Select(PartitionRecords.Read).ToLookup(partition => (partition.View, partition.Number));
            var all = (from view in byKind[false].Select(StoredView.Read)
                       from generation in view.Visible
                       orderby view.View, generation.Number
                       select generation.Compose(view.View, byGeneration[(view.View, generation.Number)])).ToList();

            // Without a snapshot one may just be dropped, or get other partitions.
            if (attempt == MaxAttempts || !all.Contains(null))
            {
                return [.. all.OfType<ViewGeneration>()];
            }

            await Task.Delay(s_delay, time, cancellationToken).ConfigureAwait(false);
        }
    }
}
