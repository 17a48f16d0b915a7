using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Orderly.Domain.EventStore;
using Orderly.Tests;

namespace Orderly.Api.Tests;

/// <summary>What an operator sees of events that could not be applied, and does about them.</summary>
public sealed class ParkedTests
{
    [Fact]
    public async Task Parked_events_are_listed_retried_and_skipped()
    {
        await using var api = await RunningApi.StartAsync();
        await api.DoAsync("/v1/products", Bodies.Product("TEA-1"));
        var store = api.Services.GetRequiredService<IEventStore>();
        var garbage = Assert.IsType<AppendResult.Appended>(await store.AppendAsync(
            "product-TEA-1",
            ExpectedRevision.Any,
            [new NewEvent(Guid.NewGuid(), "stock-received.v1", "{"u8.ToArray(), default)],
            CancellationToken.None));
        var later = Assert.IsType<AppendResult.Appended>(await store.AppendAsync(
            "product-TEA-1",
            ExpectedRevision.Any,
            [new NewEvent(Guid.NewGuid(), "stock-received.v9", "{}"u8.ToArray(), default)],
            CancellationToken.None));
        var at = garbage.Position.ToString();

        // The view goes on: what was parked does not hold up whoever waits for it.
        (await api.ReadAsync("/v1/products/TEA-1", later.Position.ToString())).IsStatus(HttpStatusCode.OK);
        var items = (await api.GetAsync("/v1/projections/stock-levels/parked")).IsStatus(HttpStatusCode.OK).Json["items"]!.AsArray();
        Assert.Equal(
            [(at, "unreadable"), (later.Position.ToString(), "too-new")],
            items.Select(item => (item!["position"]!.GetValue<string>(), item["reason"]!.GetValue<string>())));
        Assert.Equal(
            ("product-TEA-1", 1, null),
            (items[0]!["stream"]!.GetValue<string>(), items[0]!["attempts"]!.GetValue<int>(), items[0]!["document"]));

        var projection = (await api.GetAsync("/v1/projections")).Json["items"]!.AsArray().Single(
            one => one!["name"]!.GetValue<string>() == "stock-levels")!;
        Assert.Equal(("live", 2), (projection["state"]!.GetValue<string>(), projection["parked"]!.GetValue<int>()));
        var warnings = (await api.ReadyAsync()).Json["warnings"]!.AsArray().Select(warning => warning!.GetValue<string>());
        Assert.Contains("'stock-levels' has parked events.", warnings);

        // Nothing can be done about it yet: it is tried, and stays.
        var asked = (await api.PostAsync($"/v1/projections/stock-levels/parked/{at}/retry", null)).IsStatus(HttpStatusCode.Accepted).Json;
        Assert.Equal(
            ("retry", at, 1),
            (asked["action"]!.GetValue<string>(), asked["position"]!.GetValue<string>(), asked["parked"]!.GetValue<int>()));
        await Wait.UntilAsync(async ()
            => (await api.GetAsync("/v1/projections/stock-levels/parked")).Json["items"]![0]!["attempts"]!.GetValue<int>() == 2);

        foreach (var position in new[] { at, later.Position.ToString() })
        {
            (await api.PostAsync($"/v1/projections/stock-levels/parked/{position}/skip", null)).IsStatus(HttpStatusCode.Accepted);
        }

        await Wait.UntilAsync(async () => (await api.GetAsync("/v1/projections/stock-levels/parked")).Json["items"]!.AsArray().Count == 0);
        (await api.PostAsync($"/v1/projections/stock-levels/parked/{at}/retry", null)).IsProblem(404, "not-found");
    }

    [Theory]
    [InlineData("GET", "/v1/projections/nothing/parked")]
    [InlineData("POST", "/v1/projections/order-details/parked/999999/retry")]
    [InlineData("POST", "/v1/projections/nothing/parked/1/skip")]
    [InlineData("POST", "/v1/projections/order-details/parked/0/skip")]
    [InlineData("POST", "/v1/projections/order-details/parked/x/skip")]
    public async Task What_is_not_parked_is_not_found(string method, string path)
    {
        await using var api = await RunningApi.StartAsync();
        await api.DoAsync("/v1/orders", Bodies.Order());
        (await api.SendAsync(new HttpMethod(method), path, null)).IsProblem(404, "not-found");
    }
}
