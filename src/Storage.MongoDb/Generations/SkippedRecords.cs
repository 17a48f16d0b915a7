using MongoDB.Bson;
using MongoDB.Driver;
using Orderly.ReadModels.ViewStore;

namespace Orderly.Storage.MongoDb;

/// <summary>The collection <c>skipped</c>: what an operator decided to leave out of a view, whichever generation builds it.</summary>
internal sealed class SkippedRecords(IMongoDatabase database)
{
    public const string Skipped = "skipped";

    private readonly IMongoCollection<BsonDocument> _skipped = database.GetCollection<BsonDocument>(Skipped);

    /// <summary>Those of a view, by position and document (null first).</summary>
    public async Task<List<SkippedEvent>> ReadAsync(IClientSessionHandle session, string view, CancellationToken cancellationToken)
    {
        var found = await _skipped.Find(session, RecordIds.All(view)).ToListAsync(cancellationToken).ConfigureAwait(false);
        return [.. found.Select(Read).OrderBy(skipped => skipped.Position).ThenBy(skipped => skipped.Document, StringComparer.Ordinal)];
    }

    public async Task WriteAsync(
        IClientSessionHandle session, IEnumerable<SkippedEvent> added, IEnumerable<SkippedEvent> removed,
        CancellationToken cancellationToken)
    {
        List<WriteModel<BsonDocument>> writes =
        [
            .. added.Select(one => new InsertOneModel<BsonDocument>(Write(one))),
            .. removed.Select(one => new DeleteOneModel<BsonDocument>(new BsonDocument(RecordIds.Id, RecordIds.OfSkipped(one)))),
        ];
        if (writes.Count > 0)
        {
            await _skipped.BulkWriteAsync(session, writes, cancellationToken: cancellationToken).ConfigureAwait(false);
        }
    }

    private static BsonDocument Write(SkippedEvent skipped) => new()
    {
        { RecordIds.Id, RecordIds.OfSkipped(skipped) }, { "view", skipped.View }, { "position", skipped.Position },
        { "document", RecordValues.From(skipped.Document) },
    };

    private static SkippedEvent Read(BsonDocument record)
        => new(record["view"].AsString, record["position"].ToInt64(), record["document"].ToText());
}
