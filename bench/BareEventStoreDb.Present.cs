using System.Diagnostics;
using EventStore.Client;
using MongoDB.Bson;
using MongoDB.Driver;
using Orderly.Domain;
using Orderly.Domain.EventStore;
using Orderly.Domain.Serialization;
using Orderly.Projections;
using Orderly.ReadModels.Orders;
using Orderly.ReadModels.ViewStore;
using Orderly.Subscriptions;
using EventTypeFilter = EventStore.Client.EventTypeFilter;

namespace Orderly.Bench;

/// <summary>The ceilings on EventStoreDB: its official client by itself, as its documentation uses it.</summary>
internal static class BareEventStoreDb
{
    /// <summary>Appends one event to a new stream at each call, and waits for the answer.</summary>
    public static (IAsyncDisposable Client, Func<Random, Task> Append) Appends(string connectionString)
    {
        var client = new EventStoreClient(EventStoreClientSettings.Create(connectionString));
        var rows = Enumerable.Range(0, 1024).Select(_ => Shop.Encode(Shop.Life("x")[0])).ToArray();
        return (client, random =>
        {
            var row = rows[random.Next(rows.Length)];
            return client.AppendToStreamAsync(
                $"bare-{Guid.CreateVersion7()}", StreamState.NoStream, [new EventData(Uuid.NewUuid(), row.Type, row.Data, row.Metadata)]);
        });
    }

    /// <summary>Events per second of a subscription to the whole log from its start until it has caught up.</summary>
    public static async Task<double> MeasureCatchUpAsync(string connectionString)
    {
        await using var client = new EventStoreClient(EventStoreClientSettings.Create(connectionString));
        var filter = new SubscriptionFilterOptions(EventTypeFilter.ExcludeSystemEvents());
        var count = 0L;
        var bytes = 0L;
        var watch = Stopwatch.StartNew();
        await using var subscription = (IAsyncDisposable)client.SubscribeToAll(FromAll.Start, filterOptions: filter);
        await foreach (var message in ((EventStoreClient.StreamSubscriptionResult)subscription).Messages)
        {
            if (message is StreamMessage.CaughtUp)
            {
                break;
            }

            if (message is StreamMessage.Event(var resolved))
            {
                count++;
                bytes += resolved.Event.Data.Length + resolved.Event.Metadata.Length;
            }
        }

        return bytes == 0 ? 0 : count / watch.Elapsed.TotalSeconds;
    }

    /// <summary>
    /// Events per second of the rebuild that one writes first: read 2,000 events, load the documents that they touch, fold,
    /// upsert them in bulk, store the checkpoint; and again until the end of the log.
    /// </summary>
    public static async Task<double> MeasurePlainRebuildAsync(string eventStore, string views)
    {
        const int Batch = 2_000;
        await using var events = new EventStoreClient(EventStoreClientSettings.Create(eventStore));
        using var client = new MongoClient(views);
        var database = client.GetDatabase("orderly");
        var name = $"plain{Guid.NewGuid():N}";
        await database.CreateCollectionAsync(name);
        var collection = database.GetCollection<StoredDocument<OrderDetails>>(name);
        var checkpoints = database.GetCollection<BsonDocument>($"{name}-checkpoint");
        var projection = new OrderDetailsProjection();
        var filter = StreamFilter.Prefix([.. projection.Filter.StreamPrefixes]);
        var position = Position.Start;
        var count = 0L;
        var watch = Stopwatch.StartNew();
        while (true)
        {
            List<EventEnvelope> batch = [];
            await foreach (var resolved in events.ReadAllAsync(Direction.Forwards, position, filter, Batch))
            {
                if (resolved.OriginalPosition > position && !resolved.Event.EventType.StartsWith('$'))
                {
                    batch.Add(Decode(resolved.Event));
                    position = resolved.Event.Position;
                }
            }

            if (batch.Count == 0)
            {
                break;
            }

            count += batch.Count;
            var ids = batch.SelectMany(projection.DocumentIdsOf).Distinct().ToList();
            var found = await collection.Find(Builders<StoredDocument<OrderDetails>>.Filter.In("_id", ids)).ToListAsync();
            var documents = found.ToDictionary(document => document.Id, document => document.Value);
            foreach (var envelope in batch)
            {
                foreach (var id in projection.DocumentIdsOf(envelope))
                {
                    documents[id] = projection.Project(id, documents.GetValueOrDefault(id), envelope)!;
                }
            }

            var at = (long)position.CommitPosition;
            await BareMongoDb.UpsertAsync(
                collection, documents.Select(document => new StoredDocument<OrderDetails>(document.Key, at, document.Value)));
            await checkpoints.ReplaceOneAsync(
                new BsonDocument("_id", 1), new BsonDocument { { "_id", 1 }, { "position", at } }, new ReplaceOptions { IsUpsert = true });
        }

        var seconds = watch.Elapsed.TotalSeconds;
        await database.DropCollectionAsync(name);
        await database.DropCollectionAsync(checkpoints.CollectionNamespace.CollectionName);
        return count / seconds;
    }

    private static EventEnvelope Decode(EventRecord record)
    {
        var recorded = new RecordedEvent(
            record.EventId.ToGuid(),
            record.EventStreamId,
            record.EventNumber.ToInt64(),
            new LogPosition((long)record.Position.CommitPosition),
            record.EventType,
            record.Data,
            record.Metadata,
            record.Created);
        return new EventEnvelope(recorded, ((DecodedEvent.Known)OrderlyEvents.Types.Decode(recorded)).Event);
    }
}
