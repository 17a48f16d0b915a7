using System.Diagnostics;
using EventStore.Client;
using EventTypeFilter = EventStore.Client.EventTypeFilter;

namespace Orderly.Bench;

/// <summary>The ceilings on servers: the official clients by themselves, as their documentation uses them.</summary>
internal static class BareServers
{
    /// <summary>Events per second of 64 writers that each append one event to a new stream, and wait for the answer.</summary>
    public static async Task<double> MeasureAppendsAsync(string connectionString, TimeSpan warmUp, TimeSpan duration)
    {
        await using var client = new EventStoreClient(EventStoreClientSettings.Create(connectionString));
        var rows = Enumerable.Range(0, 1024).Select(_ => Shop.Encode(Shop.Life("x")[0])).ToArray();
        return await Writers.MeasureAsync(warmUp, duration, async random =>
        {
            var row = rows[random.Next(rows.Length)];
            await client.AppendToStreamAsync(
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
}
