using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Orderly.Domain.EventStore;
using Orderly.Hosting;
using Orderly.Tests;

namespace Orderly.Servers.Tests;

/// <summary>What the adapter makes of a server that answers the connection's pings, and nothing else as it should.</summary>
public sealed class MuteServerTests
{
    private const int Unimplemented = 12;
    private const int ResourceExhausted = 8;

    private static readonly Dictionary<string, string?> s_short = new()
    {
        ["Orderly:Stores:QueryTimeout"] = "00:00:00.3",
        ["Orderly:Stores:CommandTimeout"] = "00:00:00.5",
        ["Orderly:Stores:SilenceTimeout"] = "00:00:00.3",
    };

    [Fact]
    public async Task A_search_and_a_subscription_that_get_nothing_are_given_up()
    {
        await using var server = await MuteServer.StartAsync(null);
        await using var services = Connect(server);
        var store = services.GetRequiredService<IEventStore>();
        var filter = EventFilter.ByStreamPrefix("order-");

        await Assert.ThrowsAsync<EventStoreUnavailableException>(
            async () => await store.ReadAllAsync(LogPosition.Start, filter, 1, CancellationToken.None).ToListAsync());
        await Assert.ThrowsAsync<EventStoreUnavailableException>(
            async () => await store.SubscribeAsync(LogPosition.Start, filter, CancellationToken.None).ToListAsync());
    }

    /// <summary>The client sends appends of all callers in one call: when one of them is too large, all are refused.</summary>
    [Fact]
    public async Task An_append_that_is_refused_for_its_size_is_sent_again_and_then_not_written()
    {
        await using var server = await MuteServer.StartAsync(ResourceExhausted);
        await using var services = Connect(server);
        NewEvent[] events = [new(Guid.NewGuid(), "mute.v1", "{}"u8.ToArray(), default)];

        // On a busy machine the last try may be without an answer when the time is over, and says that.
        await Wait.UntilAsync(async () =>
        {
            var e = await Assert.ThrowsAsync<EventStoreUnavailableException>(() => services.GetRequiredService<IEventStore>().AppendAsync(
                "mute-1", ExpectedRevision.NoStream, events, CancellationToken.None));
            return e.Message.Contains("this one was not written", StringComparison.Ordinal);
        });
        Assert.True(server.Calls.Count(path => path.EndsWith("/Append", StringComparison.Ordinal)) > 1);
    }

    private static ServiceProvider Connect(MuteServer server)
        => ServerStores.Connect(OrderlyOptions.EventStoreDb, ServerStores.EventStoreDb, $"esdb://{server.Address}?tls=false", s_short);

    /// <summary>Speaks HTTP/2 and gRPC, has no features, and answers calls of streams with one status, or never.</summary>
    private sealed class MuteServer(WebApplication app) : IAsyncDisposable
    {
        public ConcurrentQueue<string> Calls { get; } = [];

        public string Address
            => new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single()).Authority;

        public static async Task<MuteServer> StartAsync(int? status)
        {
            var builder = WebApplication.CreateSlimBuilder();
            builder.Logging.ClearProviders();
            builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(
                System.Net.IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2));
            var server = new MuteServer(builder.Build());
            server.Serve(status);
            await server.App.StartAsync();
            return server;
        }

        private WebApplication App => app;

        public async ValueTask DisposeAsync()
        {
            using var now = new CancellationTokenSource();
            await now.CancelAsync();
            await app.StopAsync(now.Token);
            await app.DisposeAsync();
        }

        private void Serve(int? status)
            => app.Run(async http =>
            {
                Calls.Enqueue(http.Request.Path);
                var answer = http.Request.Path.StartsWithSegments("/event_store.client.streams.Streams") ? status : Unimplemented;
                http.Response.ContentType = "application/grpc";
                if (answer is { } code)
                {
                    await http.Request.Body.CopyToAsync(Stream.Null);
                    http.Response.Headers["grpc-status"] = code.ToString(System.Globalization.CultureInfo.InvariantCulture);
                    return;
                }

                await http.Response.StartAsync();
                await Task.Delay(Timeout.Infinite, http.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            });
    }
}
