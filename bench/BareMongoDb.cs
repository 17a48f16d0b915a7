using System.Diagnostics;
using MongoDB.Bson;
using MongoDB.Driver;
using Orderly.Domain.EventStore;
using Orderly.Projections;
using Orderly.ReadModels.Orders;
using Orderly.ReadModels.ViewStore;
using Orderly.Subscriptions;

namespace Orderly.Bench;

/// <summary>The ceiling of the views on a server: the official driver by itself, as its documentation uses it.</summary>
internal static class BareMongoDb
{
    /// <summary>Documents per second of unordered bulk upserts, 1,000 at a time, of orders as order-details keeps them.</summary>
    public static async Task<double> MeasureUpsertsAsync(string connectionString)
    {
        const int Documents = 50_000;
        using var client = new MongoClient(connectionString);
        var collection = client.GetDatabase("orderly").GetCollection<StoredDocument<OrderDetails>>($"bare{Guid.NewGuid():N}");
        await client.GetDatabase("orderly").CreateCollectionAsync(collection.CollectionNamespace.CollectionName);
        var folded = Fold(Shop.Life("x"));
        var watch = Stopwatch.StartNew();
        foreach (var chunk in Enumerable.Range(0, Documents).Chunk(1_000))
        {
            await UpsertAsync(collection, chunk.Select(i => new StoredDocument<OrderDetails>($"o-{i:D9}", i, folded)));
        }

        var seconds = watch.Elapsed.TotalSeconds;
        await client.GetDatabase("orderly").DropCollectionAsync(collection.CollectionNamespace.CollectionName);
        return Documents / seconds;
    }

    public static async Task UpsertAsync(
        IMongoCollection<StoredDocument<OrderDetails>> collection, IEnumerable<StoredDocument<OrderDetails>> documents)
        => await collection.BulkWriteAsync(
            documents.Select(document
                => new ReplaceOneModel<StoredDocument<OrderDetails>>(new BsonDocument("_id", document.Id), document) { IsUpsert = true }),
            new BulkWriteOptions { IsOrdered = false });

    private static OrderDetails Fold(IReadOnlyList<object> life)
    {
        var projection = new OrderDetailsProjection();
        OrderDetails? order = null;
        foreach (var (@event, revision) in life.Select((@event, i) => (@event, (long)i)))
        {
            var row = Shop.Encode(@event);
            var recorded = new RecordedEvent(
                row.Id, "order-x", revision, new LogPosition(revision), row.Type, row.Data, row.Metadata, DateTimeOffset.UtcNow);
            order = projection.Project("x", order, new EventEnvelope(recorded, @event));
        }

        return order!;
    }
}
