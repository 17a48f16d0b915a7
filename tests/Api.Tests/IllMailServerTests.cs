using System.Collections.Concurrent;
using Orderly.Processes.Tests.Email;
using Orderly.Tests;
using static Orderly.Api.Tests.MailShop;

namespace Orderly.Api.Tests;

/// <summary>Mail servers that fail in the middle of a message.</summary>
public class IllMailServerTests
{
    /// <summary>A server, or a filter behind it, may stumble over one message alone.</summary>
    [Theory]
    [InlineData(MailServer.Silence)]
    [InlineData(MailServer.Trickle)]
    [InlineData(MailServer.Close)]
    [InlineData("421 4.3.0 this one again")]
    public async Task A_message_that_a_server_stumbles_over_holds_up_no_other(string answer)
    {
        await using var server = new MailServer
        {
            Judge = line => line.StartsWith("RCPT TO:<ann", StringComparison.Ordinal) ? answer : null,
        };
        await using var api = await StartAsync(server);
        var shop = await OpenAsync(api);
        for (var i = 0; i < 3; i++)
        {
            await shop.PlaceAsync($"ann-{i}", "ann", ("TEA-1", 1, Shop.Price));
            await shop.PlaceAsync($"bob-{i}", "bob", ("TEA-1", 1, Shop.Price));
        }

        await Wait.UntilAsync(() => server.Taken.Count == 3);
        Assert.Equal(["bob-0", "bob-1", "bob-2"], server.Taken.Select(OrderOf));
        await AssertNothingParkedAsync(api);
        await Wait.UntilAsync(async () => await EventsAsync(api, "ann-0") is ["order-email-deferred.v1", ..]);
    }

    /// <summary>Each way of failing of RFC 5321, at each step, one after the other, until the server is well.</summary>
    [Fact]
    public async Task Each_message_is_taken_once_when_an_ill_server_is_well()
    {
        const int Orders = 12;
        string[] failures =
            ["421 4.3.2 closing", "450 4.2.1 busy", "451 4.3.0 error", "452 4.3.1 full", "454 4.7.0 later", MailServer.Close, "nonsense"];
        string[] steps = [MailServer.Greeting, "MAIL", "RCPT", "DATA", MailServer.Content];
        var ways = new ConcurrentQueue<(string Step, string Answer)>(
            steps.SelectMany(step => failures.Select(answer => (step, answer))).OrderBy(_ => Random.Shared.Next()));
        await using var server = new MailServer
        {
            Judge = line => ways.TryPeek(out var way)
                && line.StartsWith(way.Step, StringComparison.Ordinal)
                && ways.TryDequeue(out way) ? way.Answer : null,
        };
        await using var api = await StartAsync(server, "--Orderly:Subscriptions:MaxRetryDelay=00:00:00.5");
        var shop = await OpenAsync(api);
        for (var i = 0; i < Orders; i++)
        {
            await shop.PlaceAsync($"o-{i:00}", i % 2 == 0 ? "ann" : "bob", ("TEA-1", 1, Shop.Price));
        }

        await Wait.UntilAsync(() => server.Taken.Count >= Orders);
        await api.AtRestAsync();
        Assert.Equal(Enumerable.Range(0, Orders).Select(i => $"o-{i:00}"), server.Taken.Select(OrderOf).Order(StringComparer.Ordinal));
        await AssertNothingParkedAsync(api);
    }
}
