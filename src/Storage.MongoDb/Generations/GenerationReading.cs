using MongoDB.Bson;
using MongoDB.Driver;
using Orderly.ReadModels.ViewStore;

namespace Orderly.Storage.MongoDb;

/// <summary>Puts the generations together from the records of their views and of their partitions.</summary>
internal sealed class GenerationReading(IMongoDatabase database, PartitionRecords partitions, TimeProvider time)
{
    private const int MaxAttempts = 16;

    private static readonly TimeSpan s_delay = TimeSpan.FromMilliseconds(20);

    private readonly IMongoCollection<BsonDocument> _views = database.GetCollection<BsonDocument>(ViewRecords.Views);

    // The views come first, so the partitions are not older than what is said of them.
    private static readonly BsonDocument[] s_all =
    [
        new("$unionWith", new BsonDocument
        {
            { "coll", PartitionRecords.Partitions }, { "pipeline", new BsonArray { new BsonDocument("$match", PartitionRecords.WhereHeld) } },
        }),
    ];

    /// <summary>All generations, by view and number; with a snapshot, of one instant.</summary>
    public async Task<IReadOnlyList<ViewGeneration>> ReadAllAsync(ReadConcern readConcern, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            var records = await _views.WithReadConcern(readConcern)
                .Aggregate<BsonDocument>(s_all, cancellationToken: cancellationToken).ToListAsync(cancellationToken).ConfigureAwait(false);
            var byKind = records.ToLookup(record => record.Contains(PartitionRecords.Position));
            var byGeneration = byKind[true].Select(PartitionRecords.Read).ToLookup(partition => (partition.View, partition.Number));
            var all = (from view in byKind[false].Select(ViewRecord.Read)
                       from generation in view.Generations
                       where generation.IsVisible
                       orderby view.View, generation.Number
                       select Compose(view.View, generation, byGeneration[(view.View, generation.Number)])).ToList();

            // Without a snapshot one may just be dropped, or get other partitions; or that was cut off, and ends with its next opening.
            if (attempt == MaxAttempts || !all.Contains(null))
            {
                return [.. all.OfType<ViewGeneration>()];
            }

            await Task.Delay(s_delay, time, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>One generation; null when it was dropped, or gets other partitions just now.</summary>
    public async Task<ViewGeneration?> ReadAsync(
        IClientSessionHandle session, string view, GenerationRecord generation, CancellationToken cancellationToken)
        => Compose(view, generation, await partitions.ReadAsync(session, view, generation, cancellationToken).ConfigureAwait(false));

    /// <summary>A generation of its record and its partitions; null when they are not all there.</summary>
    public static ViewGeneration? Compose(string view, GenerationRecord generation, IEnumerable<ViewPartition> partitions)
    {
        List<ViewPartition> all = [.. partitions.Where(partition => partition.Index < generation.Partitions).OrderBy(partition => partition.Index)];
        var state = generation.State switch
        {
            RecordState.Building => GenerationState.Building,
            RecordState.Live => GenerationState.Live,
            RecordState.Retired => GenerationState.Retired,
            _ => throw new InvalidOperationException($"Generation {generation.Number} of '{view}' is {generation.State}, and not to be seen."),
        };
        return all.Count == generation.Partitions
            ? new ViewGeneration(view, generation.Number, generation.Version, state, generation.IsDeclined, generation.RetiredAt, all)
            : null;
    }
}
