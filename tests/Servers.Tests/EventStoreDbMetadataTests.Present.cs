using System.Text.Json;
using EventStore.Client;
using Microsoft.Extensions.DependencyInjection;
using Orderly.Domain.EventStore;
using Orderly.Hosting;
using StreamMetadata = Orderly.Domain.EventStore.StreamMetadata;

namespace Orderly.Servers.Tests;

/// <summary>A stream's metadata on the server has more than the port knows, and others change it.</summary>
public sealed class EventStoreDbMetadataTests
{
    [SkippableFact]
    public async Task What_somebody_else_sets_meanwhile_is_kept()
    {
        const int Changes = 100;
        await using var services = ServerStores.Connect(OrderlyOptions.EventStoreDb, ServerStores.EventStoreDb);
        var store = services.GetRequiredService<IEventStore>();
        await using var other = new EventStoreClient(EventStoreClientSettings.Create(ServerStores.Required(ServerStores.EventStoreDb)));
        var stream = $"metadata{Guid.NewGuid():N}-1";

        var ours = Task.Run(async () =>
        {
            for (var count = 1; count <= Changes; count++)
            {
                await store.SetMetadataAsync(stream, new StreamMetadata(count, null, null), CancellationToken.None);
            }
        });
        List<int> found = [];
        for (var count = 0; count < Changes;)
        {
            var seen = await other.GetStreamMetadataAsync(stream);
            found.Add(CountOf(seen));
            var next = new global::EventStore.Client.StreamMetadata(
                seen.Metadata.MaxCount, customMetadata: JsonDocument.Parse($$"""{"count":{{count + 1}}}"""));
            try
            {
                await (seen.MetastreamRevision is { } revision
                    ? other.SetStreamMetadataAsync(stream, StreamRevision.FromStreamPosition(revision), next)
                    : other.SetStreamMetadataAsync(stream, StreamState.NoStream, next));
                count++;
            }
            catch (WrongExpectedVersionException)
            {
                // It is read anew.
            }
        }

        await ours;
        Assert.Equal(found.Order(), found);
        Assert.Equal(Changes, CountOf(await other.GetStreamMetadataAsync(stream)));
        Assert.Equal(Changes, (await store.ReadMetadataAsync(stream, CancellationToken.None)).MaxCount);
    }

    private static int CountOf(StreamMetadataResult metadata)
        => metadata.Metadata.CustomMetadata?.RootElement.TryGetProperty("count", out var count) == true ? count.GetInt32() : 0;
}
