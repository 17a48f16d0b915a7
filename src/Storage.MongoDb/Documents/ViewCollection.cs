using MongoDB.Bson;
using MongoDB.Driver;
using Orderly.ReadModels.ViewStore;

namespace Orderly.Storage.MongoDb;

/// <summary>
/// The collection with the documents of one generation, such as <c>order-details.3</c>, to be read by people too:
/// <c>db.getCollection("order-details.3").findOne({ _id: "…" })</c>.
/// </summary>
internal static class ViewCollection
{
    /// <summary>From how many documents on it is worth a round trip to know which of them are new.</summary>
    private const int LookFirstCount = 32;

    /// <summary>How many ids one look-up asks for at most.</summary>
    private const int LookupSize = 5000;

    public static string NameOf(string view, int number) => $"{view}.{number}";

    public static IMongoCollection<StoredDocument<TDocument>> Of<TDocument>(IMongoDatabase database, string view, int number)
        where TDocument : class
        => database.GetCollection<StoredDocument<TDocument>>(NameOf(view, number));

    /// <summary>
    /// Makes the collection and an index for each field. As long as it is empty, an index costs nothing and blocks nobody.
    /// </summary>
    public static async Task CreateAsync(IMongoDatabase database, View view, int number, CancellationToken cancellationToken)
    {
        var name = NameOf(view.Name, number);
        if (view.Fields.Count > 0)
        {
            // Makes the collection too, and does nothing for who comes second.
            var indexes = view.Fields.Select(field => field.Name).Except(view.Graph?.FieldNames ?? [])
                .Select(field => (string[])[field]).Concat(view.Indexes)
                .Select(fields => new CreateIndexModel<BsonDocument>(
                    new BsonDocument(fields.Append(RecordIds.Id).Select(field => new BsonElement(field, 1)))));
            if (view.Graph is { } graph)
            {
                // A walk reads the strongest edges of a node in the order of the index.
                indexes = indexes.Append(
                    new CreateIndexModel<BsonDocument>(new BsonDocument { { graph.From, 1 }, { graph.Weight, -1 }, { graph.To, 1 } }));
            }

            await database.GetCollection<BsonDocument>(name).Indexes.CreateManyAsync(indexes, cancellationToken).ConfigureAwait(false);
            return;
        }

        await EnsureAsync(database, name, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Makes a collection when it is not there.</summary>
    public static async Task EnsureAsync(IMongoDatabase database, string name, CancellationToken cancellationToken)
    {
        try
        {
            await database.CreateCollectionAsync(name, cancellationToken: cancellationToken).ConfigureAwait(false);
        }
        catch (MongoCommandException e) when (e.Code == MongoErrors.NamespaceExists)
        {
            // It is there, or another process was first.
        }
    }

    public static async Task<List<StoredDocument<TDocument>>> LoadAsync<TDocument>(
        IMongoCollection<StoredDocument<TDocument>> collection, IEnumerable<string> ids, CancellationToken cancellationToken)
        where TDocument : class
    {
        List<StoredDocument<TDocument>> loaded = [];
        foreach (var some in ids.Distinct(StringComparer.Ordinal).Chunk(LookupSize))
        {
            var found = collection.Find(RecordIds.In(some), new FindOptions { BatchSize = some.Length });
            loaded.AddRange(await found.ToListAsync(cancellationToken).ConfigureAwait(false));
        }

        return loaded;
    }

    /// <summary>
    /// Writes a commit's documents inside of the transaction that has moved their partitions on, so nobody else writes to it.
    /// </summary>
    public static async Task WriteAsync<TDocument>(
        IClientSessionHandle session, IMongoCollection<StoredDocument<TDocument>> collection, ViewCommit<TDocument> commit,
        CancellationToken cancellationToken)
        where TDocument : class
    {
        // An insert costs a server a fraction of an upsert, and a view that is built anew has little else. Which ones
        // are new is read from the index of the ids alone.
        var known = commit.Upserts.Count < LookFirstCount
            ? null
            : await KnownIdsAsync(session, collection, commit.Upserts, cancellationToken).ConfigureAwait(false);
        List<WriteModel<StoredDocument<TDocument>>> writes =
        [
            .. commit.Upserts.Select(Put),
            .. commit.Deletes.Select(id => new DeleteOneModel<StoredDocument<TDocument>>(WithId(id))),
        ];
        if (writes.Count > 0)
        {
            await collection.BulkWriteAsync(session, writes, s_unordered, cancellationToken).ConfigureAwait(false);
        }

        WriteModel<StoredDocument<TDocument>> Put(StoredDocument<TDocument> document) => known?.Contains(document.Id) == false
            ? new InsertOneModel<StoredDocument<TDocument>>(document)
            : new ReplaceOneModel<StoredDocument<TDocument>>(WithId(document.Id), document) { IsUpsert = known is null };
    }

    private static readonly BulkWriteOptions s_unordered = new() { IsOrdered = false };

    private static async Task<HashSet<string>> KnownIdsAsync<TDocument>(
        IClientSessionHandle session, IMongoCollection<StoredDocument<TDocument>> collection,
        IReadOnlyList<StoredDocument<TDocument>> documents, CancellationToken cancellationToken)
        where TDocument : class
    {
        var ids = RecordIds.In(documents.Select(document => document.Id));
        var found = await collection.Find(session, ids, new FindOptions { BatchSize = documents.Count })
            .Project<BsonDocument>(new BsonDocument(RecordIds.Id, 1)).ToListAsync(cancellationToken).ConfigureAwait(false);
        return found.Select(document => document[RecordIds.Id].AsString).ToHashSet(StringComparer.Ordinal);
    }

    private static BsonDocument WithId(string id) => new(RecordIds.Id, id);
}
