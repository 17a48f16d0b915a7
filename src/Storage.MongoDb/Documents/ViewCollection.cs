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

    private const string Id = "_id";

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
                    new BsonDocument(fields.Append(Id).Select(field => new BsonElement(field, 1)))));
            if (view.Graph is { } graph)
            {
                // A walk reads the strongest edges of a node in the order of the index.
                indexes = indexes.Append(
                    new CreateIndexModel<BsonDocument>(new BsonDocument { { graph.From, 1 }, { graph.Weight, -1 }, { graph.To, 1 } }));
            }

            await database.GetCollection<BsonDocument>(name).Indexes.CreateManyAsync(indexes, cancellationToken).ConfigureAwait(false);
            return;
        }

        try
        {
            await database.CreateCollectionAsync(name, cancellationToken: cancellationToken).ConfigureAwait(false);
        }
        catch (MongoCommandException e) when (e.Code == MongoErrors.NamespaceExists)
        {
            // Another process was first.
        }
    }

    public static async Task<List<StoredDocument<TDocument>>> LoadAsync<TDocument>(
        IMongoCollection<StoredDocument<TDocument>> collection, IEnumerable<string> ids, int atOnce, CancellationToken cancellationToken)
        where TDocument : class
    {
        List<StoredDocument<TDocument>> loaded = [];
        foreach (var some in ids.Distinct(StringComparer.Ordinal).Chunk(atOnce))
        {
            var found = await collection.FindAsync(
                WithIds(some), new FindOptions<StoredDocument<TDocument>> { BatchSize = some.Length }, cancellationToken)
                .ConfigureAwait(false);
            using (found)
            {
                while (await found.MoveNextAsync(cancellationToken).ConfigureAwait(false))
                {
                    loaded.AddRange(found.Current);
                }
            }
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
        List<WriteModel<StoredDocument<TDocument>>> writes = new(commit.Upserts.Count + commit.Deletes.Count);
        foreach (var document in commit.Upserts)
        {
            writes.Add(known?.Contains(document.Id) == false
                ? new InsertOneModel<StoredDocument<TDocument>>(document)
                : new ReplaceOneModel<StoredDocument<TDocument>>(new BsonDocument(Id, document.Id), document) { IsUpsert = known is null });
        }

        writes.AddRange(commit.Deletes.Select(id => new DeleteOneModel<StoredDocument<TDocument>>(new BsonDocument(Id, id))));
        if (writes.Count > 0)
        {
            await collection.BulkWriteAsync(session, writes, s_unordered, cancellationToken).ConfigureAwait(false);
        }
    }

    private static readonly BulkWriteOptions s_unordered = new() { IsOrdered = false };

    private static async Task<HashSet<string>> KnownIdsAsync<TDocument>(
        IClientSessionHandle session, IMongoCollection<StoredDocument<TDocument>> collection,
        IReadOnlyList<StoredDocument<TDocument>> documents, CancellationToken cancellationToken)
        where TDocument : class
    {
        var options = new FindOptions<StoredDocument<TDocument>, BsonDocument>
        {
            Projection = new BsonDocument(Id, 1),
            BatchSize = documents.Count,
        };
        HashSet<string> known = new(StringComparer.Ordinal);
        var ids = WithIds(documents.Select(document => document.Id));
        using var found = await collection.FindAsync(session, ids, options, cancellationToken)
            .ConfigureAwait(false);
        while (await found.MoveNextAsync(cancellationToken).ConfigureAwait(false))
        {
            known.UnionWith(found.Current.Select(document => document[Id].AsString));
        }

        return known;
    }

    private static BsonDocument WithIds(IEnumerable<string> ids) => new(Id, new BsonDocument("$in", new BsonArray(ids)));
}
