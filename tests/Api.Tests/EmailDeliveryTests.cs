using Microsoft.Extensions.DependencyInjection;
using Orderly.Domain.EventStore;
using Orderly.Domain.Orders;
using Orderly.Domain.Serialization;
using Orderly.Processes.Email;
using Orderly.Processes.Tests.Email;
using Orderly.ReadModels.ViewStore;
using Orderly.Subscriptions;
using Orderly.Tests;
using static Orderly.Api.Tests.MailShop;

namespace Orderly.Api.Tests;

/// <summary>What becomes of messages that a mail server does not take at once.</summary>
public class EmailDeliveryTests
{
    [Fact]
    public async Task A_message_that_is_not_taken_now_is_sent_later_and_once()
    {
        var refusals = 0;
        await using var server = new MailServer
        {
            Judge = line => line.StartsWith("RCPT TO:<ann", StringComparison.Ordinal) && refusals++ < 2 ? "451 4.7.1 later" : null,
        };
        await using var api = await StartAsync(server);
        var shop = await OpenAsync(api);

        await shop.PlaceAsync("o-1", "ann", ("TEA-1", 1, Shop.Price));
        await shop.PlaceAsync("o-2", "bob", ("TEA-1", 1, Shop.Price));

        await Wait.UntilAsync(async () => await EventsAsync(api, "o-1") is [.., "order-email-delivered.v1"]);
        Assert.Equal(["o-2", "o-1"], server.Taken.Select(OrderOf));
        Assert.Equal(
            ["order-email-deferred.v1", "order-email-deferred.v1", "order-email-delivered.v1"], await EventsAsync(api, "o-1"));
        Assert.Empty(await EventsAsync(api, "o-2"));
        await AssertNothingParkedAsync(api);
    }

    [Fact]
    public async Task A_message_that_is_refused_for_good_is_told_by_the_order_and_by_nothing_else()
    {
        await using var server = new MailServer
        {
            Judge = line => line.StartsWith("RCPT TO:<ann", StringComparison.Ordinal) ? "550 5.1.1 <ann@example.com>: unknown" : null,
        };
        await using var api = await StartAsync(server, "--Orderly:Subscriptions:MaxParkedEvents=1");
        var shop = await OpenAsync(api);
        string[] orders = ["o-1", "o-2", "o-3"];
        foreach (var order in orders)
        {
            await shop.PlaceAsync(order, "ann", ("TEA-1", 1, Shop.Price));
        }

        await shop.PlaceAsync("o-4", "bob", ("TEA-1", 1, Shop.Price));

        await Wait.UntilAsync(() => server.Taken.Count > 0);
        Assert.Equal(["o-4"], server.Taken.Select(OrderOf));
        foreach (var order in orders)
        {
            Assert.Equal(["order-email-undeliverable.v1"], await EventsAsync(api, order));
            await Wait.UntilAsync(async () => (await shop.OrderAsync(order))["timeline"]!.AsArray()[^1]!["event"]!.GetValue<string>()
                == "order-email-undeliverable");
            Assert.Equal(
                "The mail server refused the recipient: 550 5.1.1 <recipient>: unknown",
                (await shop.OrderAsync(order))["timeline"]!.AsArray()[^1]!["detail"]!.GetValue<string>());
        }

        await AssertNothingParkedAsync(api);
    }

    [Fact]
    public async Task A_message_that_waits_is_not_forgotten_by_a_restart()
    {
        await using var refusing = new MailServer(("RCPT", "450 4.2.0 greylisted"));
        var first = await StartAsync(refusing);
        await (await OpenAsync(first)).PlaceAsync("o-1", "ann", ("TEA-1", 1, Shop.Price));
        await Wait.UntilAsync(async () => (await EventsAsync(first, "o-1")).Count > 0);
        await first.StopAsync();

        await using var server = new MailServer();
        await using var second = await RunningApi.StartWithProcessesAsync(first.Directory, null, SettingsOf(server));
        await Wait.UntilAsync(async () => await EventsAsync(second, "o-1") is [.., "order-email-delivered.v1"]);
        Assert.Equal(["o-1"], server.Taken.Select(OrderOf));
    }

    /// <summary>While others are sent, the process may lack what the log has of a message already.</summary>
    [Fact]
    public async Task A_message_that_the_log_says_was_taken_is_not_sent_by_a_state_that_lacks_it()
    {
        var refusals = 0;
        await using var server = new MailServer
        {
            Judge = line => line.StartsWith("RCPT", StringComparison.Ordinal) && refusals++ < 1 ? "451 4.7.1 later" : null,
        };
        await using var api = await StartAsync(server);
        await (await OpenAsync(api)).PlaceAsync("o-1", "ann", ("TEA-1", 1, Shop.Price));
        await Wait.UntilAsync(async () => await EventsAsync(api, "o-1") is [.., "order-email-delivered.v1"]);
        await api.AtRestAsync();

        // On a busy machine it may be deferred more than once.
        var events = await EventsAsync(api, "o-1");
        var process = api.Services.GetRequiredService<EmailProcess>();
        var stored = Assert.Single((await api.Services.GetRequiredService<IViewStore>()
            .LoadAsync(process.View, 1, ["o-1"], CancellationToken.None))!);
        var log = await api.Services.GetRequiredService<IEventStore>()
            .ReadStreamAsync("emails-o-1", ReadDirection.Forwards, 0, 1, CancellationToken.None).ToListAsync();
        var deferred = Assert.IsType<OrderEmailDeferred>(
            Assert.IsType<DecodedEvent.Known>(api.Services.GetRequiredService<EventTypes>().Decode(log[0])).Event);
        var behind = process.Project("o-1", stored.Value, new EventEnvelope(log[0], deferred))!;

        await process.ElapseAsync("o-1", behind, CancellationToken.None);

        var deliveries = api.Services.GetRequiredService<EmailDeliveries>();
        await Wait.UntilAsync(() => !deliveries.IsUnderWay(deferred.MessageId));
        Assert.Equal(["o-1"], server.Taken.Select(OrderOf));
        Assert.Equal(events, await EventsAsync(api, "o-1"));
    }

    [Fact]
    public async Task A_message_is_given_up_after_the_set_time()
    {
        await using var server = new MailServer(("RCPT", "450 4.2.0 greylisted"));
        await using var api = await StartAsync(server, "--Orderly:Email:GiveUpAfter=00:00:03");
        await (await OpenAsync(api)).PlaceAsync("o-1", "ann", ("TEA-1", 1, Shop.Price));

        await Wait.UntilAsync(async () => await EventsAsync(api, "o-1") is [.., "order-email-undeliverable.v1"]);
    }
}
