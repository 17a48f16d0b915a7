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
    public async Task<List<SkippedEvent>> ReadAsync(string view, CancellationToken cancellationToken)
    {
        var found = await _skipped.Find(RecordIds.All(view)).ToListAsync(cancellationToken).ConfigureAwait(false);
        return [.. found.Select(Read).OrderBy(skipped => skipped.Position).ThenBy(skipped => skipped.Document, StringComparer.Ordinal)];
    }

    public Task AddAsync(IClientSessionHandle session, IEnumerable<SkippedEvent> skipped, CancellationToken cancellationToken)
        => _skipped.BulkWriteAsync(
            session,
            skipped.Distinct().Select(Write).Select(record => new ReplaceOneModel<BsonDocument>(new BsonDocument(RecordIds.Id, record[RecordIds.Id]), record) { IsUpsert = true }),
            cancellationToken: cancellationToken);

    public Task RemoveAsync(IClientSessionHandle session, string view, CancellationToken cancellationToken)
        => _skipped.DeleteManyAsync(session, RecordIds.All(view), cancellationToken: cancellationToken);

    private static BsonDocument Write(SkippedEvent skipped) => new()
    {
        { RecordIds.Id, RecordIds.OfSkipped(skipped) },
        { "view", skipped.View },
        { "position", skipped.Position },
        { "document", RecordValues.From(skipped.Document) },
    };

    private static SkippedEvent Read(BsonDocument record)
        => new(record["view"].AsString, record["position"].ToInt64(), record["document"].ToText());
}
