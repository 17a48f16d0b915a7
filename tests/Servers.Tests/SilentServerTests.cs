using Microsoft.Extensions.DependencyInjection;
using Orderly.Contracts.ViewStore;
using Orderly.Domain.EventStore;
using Orderly.Hosting;
using Orderly.ReadModels.ViewStore;
using Orderly.Servers.Tests.MongoDb;

namespace Orderly.Servers.Tests;

/// <summary>A server that does not answer: each call ends in time, and the next one works once the server goes on.</summary>
public sealed class SilentServerTests
{
    private static readonly Dictionary<string, string?> s_short = new()
    {
        ["Orderly:Stores:QueryTimeout"] = "00:00:00.5",
        ["Orderly:Stores:CommandTimeout"] = "00:00:01",
        ["Orderly:Stores:CommitTimeout"] = "00:00:01",
        ["Orderly:Stores:SilenceTimeout"] = "00:00:00.5",
    };

    [SkippableFact]
    public async Task Every_call_of_a_silent_event_store_ends_in_time()
    {
        Skip.If(ServerStores.Required(ServerStores.EventStoreDb).Contains(','), "The client would find its way round the proxy.");
        var server = new Uri(ServerStores.Required(ServerStores.EventStoreDb));
        await using var proxy = new SilentProxy(server.Host, server.Port);
        await using var services = ServerStores.Connect(
            OrderlyOptions.EventStoreDb, ServerStores.EventStoreDb, $"esdb://{proxy.Address}{server.Query}", s_short);
        var store = services.GetRequiredService<IEventStore>();
        var stream = $"silent{Guid.NewGuid():N}-1";
        NewEvent[] events = [new(Guid.NewGuid(), "silent.v1", "{}"u8.ToArray(), default)];
        var head = await store.ReadHeadAsync(CancellationToken.None);
        await using var subscription = store.SubscribeAsync(head, EventFilter.ByStreamPrefix(stream), CancellationToken.None)
            .GetAsyncEnumerator();
        do
        {
            Assert.True(await subscription.MoveNextAsync());
        }
        while (subscription.Current.Kind != SubscriptionMessageKind.CaughtUp);

        proxy.FallSilent();
        Func<Task>[] calls =
        [
            () => store.AppendAsync(stream, ExpectedRevision.NoStream, events, CancellationToken.None),
            () => store.ReadHeadAsync(CancellationToken.None),
            () => store.ProbeAsync(CancellationToken.None),
            () => store.ReadMetadataAsync(stream, CancellationToken.None),
            () => store.SetMetadataAsync(stream, StreamMetadata.KeepAll, CancellationToken.None),
            async () => await store.ReadStreamAsync(stream, ReadDirection.Forwards, 0, 1, CancellationToken.None).ToListAsync(),
            async () => await store.ReadAllAsync(head, EventFilter.ByStreamPrefix(stream), 1, CancellationToken.None).ToListAsync(),
            async () =>
            {
                while (await subscription.MoveNextAsync())
                {
                    Assert.Null(subscription.Current.Event);
                }
            },
        ];
        await Task.WhenAll(calls.Select(call => Assert.ThrowsAsync<EventStoreUnavailableException>(call)));

        proxy.GoOn();
        await WorksAsync(() => store.AppendAsync(stream, ExpectedRevision.NoStream, events, CancellationToken.None));
        Assert.Single(await store.ReadStreamAsync(stream, ReadDirection.Forwards, 0, 9, CancellationToken.None).ToListAsync());
        await store.DeleteStreamAsync(stream, CancellationToken.None);
    }

    [SkippableFact]
    public async Task Every_call_of_a_silent_view_store_ends_in_time()
    {
        await using var database = new MongoTestDatabase();
        var server = new Uri(database.ConnectionString);
        await using var proxy = new SilentProxy(server.Host, server.Port);
        var user = server.UserInfo.Length > 0 ? $"{server.UserInfo}@" : "";

        // Not by the name that the server has among the members of its replica set.
        var options = server.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries)
            .Where(option => !option.StartsWith("replicaSet=", StringComparison.OrdinalIgnoreCase)).Append("directConnection=true");
        await using var services = ServerStores.Connect(
            OrderlyOptions.MongoDb, ServerStores.MongoDb,
            $"mongodb://{user}{proxy.Address}{server.AbsolutePath}?{string.Join('&', options)}", s_short);
        var store = services.GetRequiredService<IViewStore>();
        var view = SampleViews.Unique();
        var generation = await store.OpenAsync(view, 1, CancellationToken.None);
        var commit = new ViewCommit<Sample>(generation.Partitions, 1, [], []);

        proxy.FallSilent();
        Func<Task>[] calls =
        [
            () => store.FindAsync(view, ["a"], CancellationToken.None),
            () => store.QueryAsync(view, new ViewQuery([], 1), CancellationToken.None),
            () => store.ReadGenerationsAsync(CancellationToken.None),
            () => store.LoadAsync(view, generation.Number, ["a"], CancellationToken.None),
            () => store.CommitAsync(view, commit, CancellationToken.None),
            () => store.BeatAsync(new ViewWorker("w", 0, []), CancellationToken.None),
            () => store.PageAsync(view, generation.Number, null, 1, CancellationToken.None),
            () => store.OpenAsync(SampleViews.Unique(), 1, CancellationToken.None),
        ];
        await Task.WhenAll(calls.Select(call => Assert.ThrowsAsync<ViewStoreUnavailableException>(call)));

        // The commit may be done by now, and is refused then: its position is not the stored one any more.
        proxy.GoOn();
        await WorksAsync(() => store.CommitAsync(view, commit, CancellationToken.None));
        Assert.Equal(1, (await store.FindAsync(view, ["a"], CancellationToken.None)).Position);
    }

    /// <summary>The connections that fell silent may have to be made anew.</summary>
    private static async Task<T> WorksAsync<T>(Func<Task<T>> call)
    {
        while (true)
        {
            try
            {
                return await call();
            }
            catch (Exception e) when (e is EventStoreUnavailableException or ViewStoreUnavailableException)
            {
                await Task.Delay(100);
            }
        }
    }
}
