using MongoDB.Bson;
using MongoDB.Driver;

namespace Orderly.Storage.MongoDb;

/// <summary>The collection <c>views</c>: a record for each view, with its generations. See <see cref="ViewRecord"/>.</summary>
internal sealed class ViewRecords(IMongoDatabase database)
{
    public const string Views = "views";

    private readonly IMongoCollection<BsonDocument> _views = database.GetCollection<BsonDocument>(Views);

    /// <summary>A condition: the view's record, as long as the generation is live and has that many partitions.</summary>
    public static BsonDocument WhereLive(string view, int number, int partitions) => new()
    {
        { RecordIds.Id, view },
        {
            "generations", new BsonDocument("$elemMatch", new BsonDocument
            {
                { "number", number }, { "state", nameof(RecordState.Live) }, { "partitions", partitions },
            })
        },
    };

    public async Task<ViewRecord?> FindAsync(string view, CancellationToken cancellationToken)
        => Read(await _views.Find(new BsonDocument(RecordIds.Id, view)).FirstOrDefaultAsync(cancellationToken).ConfigureAwait(false));

    public async Task<ViewRecord?> FindAsync(IClientSessionHandle session, string view, CancellationToken cancellationToken)
        => Read(await _views.Find(session, new BsonDocument(RecordIds.Id, view)).FirstOrDefaultAsync(cancellationToken).ConfigureAwait(false));

    /// <summary>The view's record; made, without generations, when there is none.</summary>
    public async Task<ViewRecord> EnsureAsync(string view, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (await FindAsync(view, cancellationToken).ConfigureAwait(false) is { } record)
            {
                return record;
            }

            try
            {
                await _views.InsertOneAsync(new ViewRecord(view, 0, 0, []).Write(), cancellationToken: cancellationToken).ConfigureAwait(false);
            }
            catch (MongoWriteException e) when (MongoErrors.IsDuplicateKey(e))
            {
                // Another process was first.
            }
        }
    }

    /// <summary>Writes a changed record. False when it is not as it was any more, so that the change has to be made anew.</summary>
    public async Task<bool> TryReplaceAsync(IClientSessionHandle session, ViewRecord record, ViewRecord changed, CancellationToken cancellationToken)
    {
        var result = await _views.ReplaceOneAsync(
            session,
            new BsonDocument { { RecordIds.Id, record.View }, { "revision", record.Revision } },
            (changed with { Revision = record.Revision + 1 }).Write(),
            cancellationToken: cancellationToken).ConfigureAwait(false);
        return result.MatchedCount == 1;
    }

    /// <summary>The generations that were dropped before a time and are not removed yet.</summary>
    public async Task<List<(string View, int Number)>> FindDroppedAsync(DateTimeOffset before, CancellationToken cancellationToken)
    {
        var filter = new BsonDocument("generations.droppedAt", new BsonDocument("$lte", before.UtcDateTime));
        var records = await _views.Find(filter).ToListAsync(cancellationToken).ConfigureAwait(false);
        return
        [
            .. from record in records.Select(ViewRecord.Read)
               from generation in record.Generations
               where generation.DroppedAt <= before
               select (record.View, generation.Number),
        ];
    }

    /// <summary>Forgets a dropped generation, when nothing of it is left.</summary>
    public Task RemoveDroppedAsync(string view, int number, CancellationToken cancellationToken)
    {
        var generation = new BsonDocument { { "number", number }, { "state", nameof(RecordState.Dropped) } };
        return _views.UpdateOneAsync(
            new BsonDocument { { RecordIds.Id, view }, { "generations", new BsonDocument("$elemMatch", generation) } },
            new BsonDocument { { "$pull", new BsonDocument("generations", generation) }, { "$inc", new BsonDocument("revision", 1L) } },
            cancellationToken: cancellationToken);
    }

    private static ViewRecord? Read(BsonDocument? record) => record is null ? null : ViewRecord.Read(record);
}
