using Microsoft.Extensions.DependencyInjection;
using Orderly.Contracts.EventStore;
using Orderly.Domain.EventStore;
using Orderly.Hosting;

namespace Orderly.Servers.Tests;

public sealed class EventStoreContractOnEventStoreDb : EventStoreContract, IAsyncLifetime
{
    private readonly ServiceProvider _services = ServerStores.Connect(OrderlyOptions.EventStoreDb, ServerStores.EventStoreDb);

    private LogPosition _start;

    protected override IEventStore Store => _services.GetRequiredService<IEventStore>();

    public async Task InitializeAsync() => _start = await Store.ReadHeadAsync(Guard);

    public async Task DisposeAsync()
    {
        // The server may hold other data: what the test has written goes.
        var streams = new HashSet<string>(StringComparer.Ordinal);
        await foreach (var @event in Store.ReadAllAsync(_start, OwnStreams, long.MaxValue, CancellationToken.None))
        {
            streams.Add(@event.Stream);
        }

        await Task.WhenAll(streams.Select(stream => Store.DeleteStreamAsync(stream, CancellationToken.None)));
        await _services.DisposeAsync();
    }

    protected override Task PassTimeAsync(TimeSpan time) => Task.Delay(time);
}
