using MongoDB.Bson;
using MongoDB.Driver;
using Orderly.ReadModels.ViewStore;

namespace Orderly.Storage.MongoDb;

/// <summary>The collection <c>workers</c>: a record for each process that keeps views.</summary>
internal sealed class WorkerRecords(IMongoDatabase database)
{
    public const string Workers = "workers";

    private const string Beat = "beat";
    private const string Views = "views";

    private readonly IMongoCollection<BsonDocument> _workers = database.GetCollection<BsonDocument>(Workers);

    /// <summary>Counts the worker's beats on and answers all workers by id.</summary>
    public async Task<IReadOnlyList<ViewWorker>> BeatAsync(ViewWorker worker, CancellationToken cancellationToken)
    {
        var update = new BsonDocument
        {
            { "$inc", new BsonDocument(Beat, 1L) },
            { "$set", new BsonDocument(Views, new BsonArray(worker.Views.Select(view => view.ToString()))) },
        };
        var own = new BsonDocument(RecordIds.Id, worker.Id);
        await _workers.UpdateOneAsync(own, update, new UpdateOptions { IsUpsert = true }, cancellationToken).ConfigureAwait(false);
        var all = await _workers.Find(new BsonDocument()).Sort(new BsonDocument(RecordIds.Id, 1)).ToListAsync(cancellationToken)
            .ConfigureAwait(false);
        return all.ConvertAll(record => new ViewWorker(
            record[RecordIds.Id].AsString, record[Beat].ToInt64(),
            [.. record[Views].AsBsonArray.Select(view => ViewVersion.Parse(view.AsString))]));
    }

    /// <summary>Removes the record, unless the worker has beaten since it was seen.</summary>
    public Task ForgetAsync(ViewWorker seen, CancellationToken cancellationToken)
        => _workers.DeleteOneAsync(new BsonDocument { { RecordIds.Id, seen.Id }, { Beat, seen.Beat } }, cancellationToken);
}
