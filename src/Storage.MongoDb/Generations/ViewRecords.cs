using MongoDB.Bson;
using MongoDB.Driver;
using Orderly.ReadModels.ViewStore;

namespace Orderly.Storage.MongoDb;

/// <summary>The collection <c>views</c>: a record for each view. See <see cref="StoredView"/>.</summary>
internal sealed class ViewRecords(IMongoDatabase database)
{
    public const string Views = "views";

    // Counts the changes, so that of two transactions that change a view at once the second one notices.
    private const string Revision = "revision";

    private readonly IMongoCollection<BsonDocument> _views = database.GetCollection<BsonDocument>(Views);

    /// <summary>A condition: the view's record, as long as the generation is live and has that many partitions.</summary>
    public static BsonDocument WhereLive(string view, int number, int partitions) => new()
    {
        { RecordIds.Id, view },
        {
            "generations", new BsonDocument("$elemMatch", new BsonDocument
            {
                { "number", number }, { "state", nameof(GenerationState.Live) }, { "partitions", partitions },
            })
        },
    };

    /// <summary>
    /// All generations with their partitions, by view and number; with a snapshot, of one instant. Null for one whose partitions are not
    /// all there.
    /// </summary>
    public async Task<List<ViewGeneration?>> ReadAllAsync(ReadConcern readConcern, CancellationToken cancellationToken)
    {
        // The views come first, so the partitions are not older than what is said of them.
        BsonDocument[] both = [new("$unionWith", PartitionRecords.Partitions)];
        var records = await _views.WithReadConcern(readConcern)
            .Aggregate<BsonDocument>(both, cancellationToken: cancellationToken).ToListAsync(cancellationToken).ConfigureAwait(false);
        var byKind = records.ToLookup(record => record.Contains(PartitionRecords.Position));
        var byGeneration = byKind[true].Select(PartitionRecords.Read).ToLookup(partition => (partition.View, partition.Number));
        return [.. from view in byKind[false].Select(StoredView.Read)
                   from generation in view.Visible
                   orderby view.View, generation.Number
                   select generation.Compose(view.View, byGeneration[(view.View, generation.Number)])];
    }

    public async Task<StoredView?> FindAsync(string view, CancellationToken cancellationToken)
        => Read(await _views.Find(OfView(view)).FirstOrDefaultAsync(cancellationToken).ConfigureAwait(false));

    public async Task<StoredView?> FindAsync(IClientSessionHandle session, string view, CancellationToken cancellationToken)
        => Read(await _views.Find(session, OfView(view)).FirstOrDefaultAsync(cancellationToken).ConfigureAwait(false));

    /// <summary>Makes the view's record, without generations, when there is none.</summary>
    public async Task EnsureAsync(string view, CancellationToken cancellationToken)
    {
        var record = new BsonDocument { { Revision, 0L }, { "last", 0 }, { "generations", new BsonArray() } };
        try
        {
            await _views.UpdateOneAsync(
                OfView(view), new BsonDocument("$setOnInsert", record), new UpdateOptions { IsUpsert = true }, cancellationToken)
                    .ConfigureAwait(false);
        }
        catch (MongoWriteException e) when (e.WriteError?.Category is ServerErrorCategory.DuplicateKey)
        {
            // Another process was first.
        }
    }

    /// <summary>Lets no other transaction change the record until the session's has ended.</summary>
    public Task LockAsync(IClientSessionHandle session, string view, CancellationToken cancellationToken)
        => _views.UpdateOneAsync(
            session, OfView(view), new BsonDocument("$inc", new BsonDocument(Revision, 1L)), cancellationToken: cancellationToken);

    /// <summary>Writes a record that is locked.</summary>
    public Task WriteAsync(IClientSessionHandle session, StoredView view, CancellationToken cancellationToken)
    {
        var generations = new BsonArray(view.Generations.Select(one => one.Write()));
        var fields = new BsonDocument { { "last", view.Last }, { "generations", generations } };
        return _views.UpdateOneAsync(session, OfView(view.View), new BsonDocument("$set", fields), cancellationToken: cancellationToken);
    }

    /// <summary>The generations that were dropped before a time and are not forgotten yet.</summary>
    public async Task<List<(string View, int Number)>> FindDroppedAsync(DateTimeOffset before, CancellationToken cancellationToken)
    {
        var filter = new BsonDocument("generations.droppedAt", new BsonDocument("$lte", before.UtcDateTime));
        var records = await _views.Find(filter).ToListAsync(cancellationToken).ConfigureAwait(false);
        return
        [
            .. from record in records.Select(StoredView.Read)
               from generation in record.Generations
               where generation.DroppedAt <= before
               select (record.View, generation.Number),
        ];
    }

    /// <summary>Forgets a dropped generation, when nothing of it is left.</summary>
    public Task ForgetDroppedAsync(string view, int number, CancellationToken cancellationToken)
    {
        var generation = new BsonDocument { { "number", number }, { "state", StoredGeneration.Dropped } };
        return _views.UpdateOneAsync(
            OfView(view).Add("generations", new BsonDocument("$elemMatch", generation)),
            new BsonDocument { { "$pull", new BsonDocument("generations", generation) }, { "$inc", new BsonDocument(Revision, 1L) } },
            cancellationToken: cancellationToken);
    }

    private static BsonDocument OfView(string view) => new(RecordIds.Id, view);

    private static StoredView? Read(BsonDocument? record) => record is null ? null : StoredView.Read(record);
}
