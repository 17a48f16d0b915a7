using MongoDB.Bson;
using MongoDB.Driver;
using Orderly.ReadModels.ViewStore;

namespace Orderly.Storage.MongoDb;

/// <summary>Reads documents and how far their generation is with one command, so with one round trip and of one instant.</summary>
internal static class ViewReading
{
    private const string Document = "document";
    private const string Partition = "partition";
    private const string View = "view";

    /// <summary>
    /// The documents and the position; null when the generation is not the live one, or not with that many partitions, or
    /// can't be read at the instant of the snapshot.
    /// </summary>
    /// <param name="stages">Which documents, as stages of a pipeline on their collection.</param>
    /// <param name="limit">How many there can be.</param>
    /// <remarks>
    /// The records are read before the documents. Without a snapshot, documents may be newer than the position, not older.
    /// </remarks>
    public static async Task<ViewSnapshot<TDocument>?> TryReadAsync<TDocument>(
        IMongoDatabase database, ReadConcern readConcern, string view, LiveGeneration live, BsonArray stages, int limit,
        CancellationToken cancellationToken)
        where TDocument : class
    {
        var (number, count) = live;
        var partitions = RecordIds.In(Enumerable.Range(0, count).Select(index => RecordIds.OfPartition(view, number, index)));
        BsonDocument[] pipeline =
        [
            Stage("$match", ViewRecords.WhereLive(view, number, count)),
            Lookup(PartitionRecords.Partitions, [Stage("$match", partitions)], Partition),
            Lookup(ViewCollection.NameOf(view, number), stages, Document),
            Stage("$unwind", new BsonDocument { { "path", "$" + Document }, { "preserveNullAndEmptyArrays", true } }),
            Stage("$project", new BsonDocument
            {
                { "_id", 0 }, { "position", new BsonDocument("$min", $"${Partition}.{PartitionRecords.Position}") }, { Document, 1 },
            }),
        ];
        var batch = Math.Max(limit, 1);
        return await RowsAsync<Row<TDocument>>(database, readConcern, pipeline, batch, cancellationToken).ConfigureAwait(false) switch
        {
            null or [] or [{ Position: null }, ..] => null,
            [{ Document: null, Position: { } position }] => new ViewSnapshot<TDocument>([], position),
            var rows => new ViewSnapshot<TDocument>(rows.ConvertAll(row => row.Document!), rows[0].Position.GetValueOrDefault()),
        };
    }

    /// <summary>
    /// A generation with documents of it in the order of their ids; null when it is not there, or can't be read at the instant of the
    /// snapshot.
    /// </summary>
    public static async Task<ViewPage<TDocument>?> TryPageAsync<TDocument>(
        IMongoDatabase database, ReadConcern readConcern, string view, int number, BsonArray stages, CancellationToken cancellationToken)
        where TDocument : class
    {
        BsonDocument[] pipeline =
        [
            Stage("$match", new BsonDocument(RecordIds.Id, view)),
            Under(View),
            Union(PartitionRecords.Partitions, [Stage("$match", RecordIds.All(view, number)), Under(Partition)]),
            Union(ViewCollection.NameOf(view, number), [.. stages, Under(Document)]),
        ];
        var rows = await RowsAsync<PageRow<TDocument>>(database, readConcern, pipeline, int.MaxValue, cancellationToken)
            .ConfigureAwait(false) ?? [];
        var record = rows.Find(row => row.View is not null)?.View;
        var partitions = rows.Select(row => row.Partition).OfType<BsonDocument>().Select(PartitionRecords.Read);
        var documents = rows.Select(row => row.Document).OfType<StoredDocument<TDocument>>();
        return record is not null && StoredView.Read(record).Find(number)?.Compose(view, partitions) is { } composed
            ? new ViewPage<TDocument>(composed, [.. documents.OrderBy(one => one.Id, StringComparer.Ordinal)])
            : null;
    }

    /// <summary>What a pipeline on the views' records yields; null when it can't be read at the instant of the snapshot.</summary>
    /// <param name="batch">How many rows the first answer may hold: all, or the rest would take a second round trip.</param>
    private static async Task<List<TRow>?> RowsAsync<TRow>(
        IMongoDatabase database, ReadConcern readConcern, BsonDocument[] stages, int batch,
        CancellationToken cancellationToken)
    {
        try
        {
            var pipeline = PipelineDefinition<BsonDocument, TRow>.Create(stages, DocumentSerialization.Of<TRow>());
            var found = await database.GetCollection<BsonDocument>(ViewRecords.Views).WithReadConcern(readConcern)
                .AggregateAsync(pipeline, new AggregateOptions { BatchSize = batch }, cancellationToken).ConfigureAwait(false);
            return await found.ToListAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (MongoException e) when (MongoErrors.IsSnapshotUnavailable(e) || e is MongoCursorNotFoundException)
        {
            return null;
        }
    }

    private static BsonDocument Stage(string name, BsonDocument value) => new(name, value);

    private static BsonDocument Under(string name) => new("$project", new BsonDocument { { "_id", 0 }, { name, "$$ROOT" } });

    private static BsonDocument Lookup(string collection, BsonArray stages, string name)
        => new("$lookup", new BsonDocument { { "from", collection }, { "pipeline", stages }, { "as", name } });

    public static BsonDocument Union(string collection, BsonArray stages)
        => new("$unionWith", new BsonDocument { { "coll", collection }, { "pipeline", stages } });

    /// <summary>
    /// One document with the generation's position, or that alone when nothing was found. No position: its partitions are being
    /// replaced.
    /// </summary>
    internal sealed record Row<TDocument>(long? Position, StoredDocument<TDocument>? Document)
        where TDocument : class;

    /// <summary>One of the three.</summary>
    internal sealed record PageRow<TDocument>(BsonDocument? View, BsonDocument? Partition, StoredDocument<TDocument>? Document)
        where TDocument : class;
}

/// <summary>What has to be known of a live generation to read it.</summary>
internal readonly record struct LiveGeneration(int Number, int Partitions);
