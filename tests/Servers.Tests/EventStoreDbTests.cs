using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Orderly.Domain.EventStore;
using Orderly.Hosting;

namespace Orderly.Servers.Tests;

/// <summary>What the contract can't ask of every store: faults that only a server has.</summary>
public sealed class EventStoreDbTests : IAsyncLifetime
{
    private readonly ServiceProvider _services = ServerStores.Connect(OrderlyOptions.EventStoreDb, ServerStores.EventStoreDb);
    private readonly CancellationTokenSource _guard = new(TimeSpan.FromMinutes(2));
    private readonly string _stream = $"slow{Guid.NewGuid():N}-1";

    private IEventStore Store => _services.GetRequiredService<IEventStore>();

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await Store.DeleteStreamAsync(_stream, CancellationToken.None);
        await _services.DisposeAsync();
        _guard.Dispose();
    }

    /// <summary>
    /// The server keeps 32 events for a live reader and drops it with the next one; the adapter keeps more, but not all of these.
    /// </summary>
    [SkippableFact]
    public async Task A_reader_that_stops_taking_events_gets_every_one_of_them_once_when_it_goes_on()
    {
        const int Events = 20_000;
        var start = await Store.ReadHeadAsync(_guard.Token);
        await using var reader = Store.SubscribeAsync(start, EventFilter.ByStreamPrefix(_stream), _guard.Token)
            .GetAsyncEnumerator(_guard.Token);
        do
        {
            Assert.True(await reader.MoveNextAsync());
        }
        while (reader.Current.Kind != SubscriptionMessageKind.CaughtUp);

        var data = new string('x', 500);
        foreach (var chunk in Enumerable.Range(0, Events).Chunk(100))
        {
            var events = chunk.Select(i => new NewEvent(
                Guid.NewGuid(), "counted.v1", Encoding.UTF8.GetBytes($$"""{"number":{{i}},"data":"{{data}}"}"""), default));
            await Store.AppendAsync(_stream, ExpectedRevision.Any, [.. events], _guard.Token);
        }

        var kinds = new HashSet<SubscriptionMessageKind>();
        for (var next = 0L; next < Events;)
        {
            Assert.True(await reader.MoveNextAsync());
            kinds.Add(reader.Current.Kind);
            if (reader.Current.Event is { } @event)
            {
                Assert.Equal(next++, @event.Revision);
            }
        }

        // It was really dropped in between, or the test shows nothing.
        Assert.Contains(SubscriptionMessageKind.FellBehind, kinds);
    }

    [SkippableFact]
    public async Task A_wrong_password_is_told_from_a_server_that_is_away()
    {
        var connectionString = ServerStores.Required(ServerStores.EventStoreDb);
        Skip.IfNot(connectionString.Contains('@', StringComparison.Ordinal), "The server asks for no credentials.");
        var (before, server) = (connectionString.Split('@')[0], connectionString.Split('@')[1]);
        var user = before[(before.IndexOf("://", StringComparison.Ordinal) + 3)..].Split(':')[0];
        await using var wrong = ServerStores.Connect(
            OrderlyOptions.EventStoreDb, ServerStores.EventStoreDb, $"esdb://{user}:not-the-password@{server}");
        await using var away = ServerStores.Connect(
            OrderlyOptions.EventStoreDb, ServerStores.EventStoreDb, $"esdb://{user}:not-the-password@127.0.0.1:1?tls=true");

        var refused = await Assert.ThrowsAsync<EventStoreUnavailableException>(() => HeadAsync(wrong));
        var absent = await Assert.ThrowsAsync<EventStoreUnavailableException>(() => HeadAsync(away));

        Assert.Contains("password", refused.Message, StringComparison.Ordinal);
        Assert.NotEqual(refused.Message, absent.Message);
        Assert.DoesNotContain("not-the-password", refused.ToString(), StringComparison.Ordinal);

        Task<LogPosition> HeadAsync(ServiceProvider services)
            => services.GetRequiredService<IEventStore>().ReadHeadAsync(_guard.Token);
    }
}
