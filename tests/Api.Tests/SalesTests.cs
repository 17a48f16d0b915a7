using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using Orderly.Domain.Orders;

namespace Orderly.Api.Tests;

/// <summary>What was sold, over time.</summary>
[Collection(ApiCollection.Name)]
public sealed class SalesTests(SharedApi shared)
{
    private RunningApi Api => shared.Api;

    [Fact]
    public async Task Confirmed_orders_count_until_they_are_cancelled()
    {
        var (sku, other) = (NewSku(), NewSku());
        var started = DateTimeOffset.UtcNow;
        var (kept, cancelled, unconfirmed) = (SharedApi.NewId(), SharedApi.NewId(), SharedApi.NewId());
        await PlaceAsync(kept, "EUR", (sku, 2, 4.5m), (other, 1, 1m));
        await PlaceAsync(cancelled, "CHF", (sku, 3, 10m));
        await PlaceAsync(unconfirmed, "EUR", (sku, 7, 1m));
        await ConfirmAsync(kept);
        var confirmed = await ConfirmAsync(cancelled);
        var range = $"from={Escaped(started)}&to={Escaped(DateTimeOffset.UtcNow)}";

        foreach (var bucket in new[] { "hour", "day" })
        {
            Assert.Equal((5, 2, "CHF 30 EUR 9"), await SumAsync($"{range}&bucket={bucket}&sku={sku}", confirmed));
            Assert.Equal((1, 1, "EUR 1"), await SumAsync($"{range}&bucket={bucket}&sku={other}", confirmed));
        }

        await Api.DoAsync($"/v1/orders/{unconfirmed}/cancellation", Bodies.Cancellation);
        var last = (await Api.DoAsync($"/v1/orders/{cancelled}/cancellation", Bodies.Cancellation)).LogPosition;
        foreach (var bucket in new[] { "hour", "day" })
        {
            Assert.Equal((2, 1, "EUR 9"), await SumAsync($"{range}&bucket={bucket}&sku={sku}", last));
        }

        // The totals are shared with other tests: at least what was sold here is in them.
        var all = await SumAsync($"{range}&bucket=hour", last);
        Assert.True(all.Units >= 3 && all.Orders >= 1);
    }

    [Fact]
    public async Task Every_bucket_of_the_range_is_there_in_pages()
    {
        const string Range = "/v1/sales?from=2026-01-31T21:30:00Z&to=2026-02-01T04:00:01%2B02:00&bucket=hour";
        List<JsonNode> items = [];
        var pages = 0;
        for (var cursor = ""; cursor is not null; pages++)
        {
            var page = (await Api.GetAsync($"{Range}&sku=NEVER-SOLD&limit=2&cursor={cursor}")).IsStatus(HttpStatusCode.OK);
            Assert.InRange(page.Json["items"]!.AsArray().Count, 1, 2);
            items.AddRange(page.Json["items"]!.AsArray().Select(item => item!.DeepClone()));
            cursor = page.Json["nextCursor"]?.GetValue<string>();
        }

        Assert.Equal(3, pages);
        Assert.Equal(
            [
                "2026-01-31T21:00:00+00:00", "2026-01-31T22:00:00+00:00", "2026-01-31T23:00:00+00:00", "2026-02-01T00:00:00+00:00",
                "2026-02-01T01:00:00+00:00", "2026-02-01T02:00:00+00:00",
            ],
            items.Select(item => Text(item, "from")));
        Assert.Equal(
            items.Skip(1).Select(item => Text(item, "from")).Append("2026-02-01T03:00:00+00:00"), items.Select(item => Text(item, "to")));
        Assert.All(items, item => Assert.Equal(
            (0, 0, 0), (item["revenue"]!.AsArray().Count, item["units"]!.GetValue<int>(), item["orders"]!.GetValue<int>())));
    }

    [Theory]
    [InlineData("from=2026-01-31&to=2026-02-03&bucket=day", 3)]
    [InlineData("from=2026-01-31T23:59:59.9999999Z&to=2026-02-01T00:00:00.0000001Z&bucket=day", 2)]
    [InlineData("from=2026-01-31T01:00:00%2B02:00&to=2026-01-31&bucket=day", 1)]
    [InlineData("from=0001-01-01&to=0001-01-02&bucket=hour", 24)]
    [InlineData("from=9999-12-30&to=9999-12-31&bucket=hour", 24)]
    [InlineData("from=2026-01-01&to=2053-05-18&bucket=day&limit=200", 200)]
    public async Task A_range_has_every_bucket_that_it_touches(string query, int buckets)
        => Assert.Equal(buckets, (await Api.GetAsync($"/v1/sales?{query}")).IsStatus(HttpStatusCode.OK).Json["items"]!.AsArray().Count);

    [Fact]
    public async Task A_cursor_is_of_its_query_only()
    {
        const string Range = "from=2026-01-01&to=2026-01-05";
        var cursor = Text((await Api.GetAsync($"/v1/sales?{Range}&bucket=day&limit=2")).Json, "nextCursor");

        foreach (var other in new[]
        {
            $"{Range}&bucket=hour", $"{Range}&bucket=day&sku=A", "from=2026-01-02&to=2026-01-05&bucket=day",
            "from=2026-01-01&to=2026-01-06&bucket=day",
        })
        {
            var refused = (await Api.GetAsync($"/v1/sales?{other}&cursor={cursor}")).IsProblem(400, "malformed-parameter");
            Assert.Contains("another query", refused.Json["errors"]!["cursor"]![0]!.GetValue<string>(), StringComparison.Ordinal);
        }

        // What is the same range in other words is the same query.
        var second = await Api.GetAsync($"/v1/sales?from=2026-01-01T08:00:00Z&to=2026-01-04T23:00:00-01:00&bucket=day&cursor={cursor}");
        Assert.Equal(
            ["2026-01-03T00:00:00+00:00", "2026-01-04T00:00:00+00:00"],
            second.IsStatus(HttpStatusCode.OK).Json["items"]!.AsArray().Select(item => Text(item!, "from")));
        var digest = System.Text.Encoding.UTF8.GetString(System.Buffers.Text.Base64Url.DecodeFromChars(cursor)).Split('|')[0];
        foreach (var made in new[] { "2026-01-01T00:00Z", "2026-01-05T00:00Z", "2026-01-03T01:00Z", "noon", "" })
        {
            var made64 = System.Buffers.Text.Base64Url.EncodeToString(System.Text.Encoding.UTF8.GetBytes($"{digest}|{made}"));
            (await Api.GetAsync($"/v1/sales?{Range}&bucket=day&cursor={made64}")).IsProblem(400, "malformed-parameter");
        }
    }

    private static string NewSku() => SharedApi.NewId().ToUpperInvariant();

    private static string Escaped(DateTimeOffset time) => Uri.EscapeDataString(time.ToString("O", CultureInfo.InvariantCulture));

    private static string Text(JsonNode node, string name) => node[name]!.GetValue<string>();

    private async Task PlaceAsync(string id, string currency, params IEnumerable<(string Sku, long Quantity, decimal Price)> lines)
    {
        var all = string.Join(',', lines.Select(line => string.Create(
            CultureInfo.InvariantCulture, $$"""{"sku":"{{line.Sku}}","quantity":{{line.Quantity}},"unitPrice":{{line.Price}}}""")));
        await Api.DoAsync("/v1/orders", $$"""{"orderId":"{{id}}","customerId":"ann","currency":"{{currency}}","lines":[{{all}}]}""");
    }

    private async Task<string> ConfirmAsync(string order)
        => (await Api.CommandAsync(context => new ConfirmOrder(order) { Context = context })).Position.ToString();

    private async Task<(long Units, long Orders, string Revenue)> SumAsync(string query, string position)
    {
        var answer = await Api.ReadAsync($"/v1/sales?{query}", position);
        var items = answer.IsStatus(HttpStatusCode.OK).Json["items"]!.AsArray().Select(item => item!).ToList();
        var revenue = items.SelectMany(item => item["revenue"]!.AsArray()).GroupBy(
            one => Text(one!, "currency"), one => one!["amount"]!.GetValue<decimal>());
        return (
            items.Sum(item => item["units"]!.GetValue<long>()),
            items.Sum(item => item["orders"]!.GetValue<long>()),
            string.Join(' ', revenue.OrderBy(one => one.Key, StringComparer.Ordinal).Select(
                one => string.Create(CultureInfo.InvariantCulture, $"{one.Key} {one.Sum():0.####}"))));
    }
}
