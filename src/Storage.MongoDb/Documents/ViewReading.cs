using MongoDB.Bson;
using MongoDB.Driver;
using Orderly.ReadModels.ViewStore;

namespace Orderly.Storage.MongoDb;

/// <summary>Reads documents and the generation's position with one command, so with one round trip and of one instant.</summary>
internal static class ViewReading
{
    private const string Documents = "document";

    /// <summary>The documents and the position; null when the generation is not the live one, or can't be read at the instant of the snapshot.</summary>
    /// <param name="stages">Which documents, as stages of a pipeline on their collection.</param>
    /// <param name="limit">How many there can be.</param>
    /// <remarks>
    /// The record is read before the documents. Without a snapshot, documents may be newer than the position, not older.
    /// </remarks>
    public static async Task<ViewSnapshot<TDocument>?> TryReadAsync<TDocument>(
        IMongoDatabase database, ReadConcern readConcern, string view, int number, BsonArray stages, int limit, CancellationToken cancellationToken)
        where TDocument : class
    {
        var pipeline = PipelineDefinition<BsonDocument, Row<TDocument>>.Create(
            [
                new BsonDocument("$match", new BsonDocument { { "_id", GenerationRecords.IdOf(view, number) }, { "live", true } }),
                new BsonDocument("$lookup", new BsonDocument { { "from", ViewCollection.NameOf(view, number) }, { "pipeline", stages }, { "as", Documents } }),
                new BsonDocument("$unwind", new BsonDocument { { "path", "$" + Documents }, { "preserveNullAndEmptyArrays", true } }),
                new BsonDocument("$project", new BsonDocument { { "_id", 0 }, { "position", 1 }, { Documents, 1 } }),
            ],
            DocumentSerialization.Of<Row<TDocument>>());
        var options = new AggregateOptions { BatchSize = Math.Max(limit, 1) };
        try
        {
            var found = await database.GetCollection<BsonDocument>(GenerationRecords.Generations).WithReadConcern(readConcern)
                .AggregateAsync(pipeline, options, cancellationToken).ConfigureAwait(false);
            return await found.ToListAsync(cancellationToken).ConfigureAwait(false) switch
            {
                [] => null,
                [{ Document: null } only] => new ViewSnapshot<TDocument>([], only.Position),
                var rows => new ViewSnapshot<TDocument>(rows.ConvertAll(row => row.Document!), rows[0].Position),
            };
        }
        catch (MongoCommandException e) when (MongoErrors.IsSnapshotUnavailable(e))
        {
            return null;
        }
    }

    /// <summary>One document with the generation's position, or that alone when nothing was found.</summary>
    internal sealed record Row<TDocument>(long Position, StoredDocument<TDocument>? Document)
        where TDocument : class;
}
