using System.Net;

namespace Orderly.Api.Tests;

/// <summary>Entity tags and the conditions that name them.</summary>
[Collection(ApiCollection.Name)]
public sealed class ConditionTests(SharedApi shared)
{
    private const string Yesterday = "Fri, 30 Jan 2026 12:00:00 GMT";

    private RunningApi Api => shared.Api;

    [Theory]
    [InlineData("\"1\"", true)]
    [InlineData("*", true)]
    [InlineData("\"0\", \"1\"", true)]
    [InlineData("\"1.7\"", true)]
    [InlineData("\"1.7.2\"", true)]
    [InlineData("\"0\"", false)]
    [InlineData("\"2\"", false)]
    [InlineData("W/\"1\"", false)]
    [InlineData("\"01\"", false)]
    [InlineData("\"x\"", false)]
    [InlineData("\"1.x\"", false)]
    [InlineData("\"\"", false)]
    [InlineData("\"99999999999999999999\"", false)]
    public async Task If_Match_compares_revisions_strongly(string condition, bool matches)
    {
        var sku = SharedApi.NewId().ToUpperInvariant();
        await Api.DoAsync("/v1/products", Bodies.Product(sku));
        await Api.DoAsync($"/v1/products/{sku}/stock-receipts", """{"quantity":5}""");

        var answer = await Api.PostAsync($"/v1/products/{sku}/stock-receipts", """{"quantity":5}""", ("If-Match", condition));

        if (matches)
        {
            Assert.Equal("\"2\"", answer.IsStatus(HttpStatusCode.OK).ETag);
        }
        else
        {
            Assert.Equal("\"1\"", answer.IsProblem(412, "stale-revision").ETag);
        }
    }

    [Theory]
    [InlineData("1")]
    [InlineData("\"1")]
    [InlineData("\"1\" \"2\"")]
    [InlineData("*, \"1\"")]
    public async Task A_malformed_condition_is_refused(string condition)
    {
        var order = SharedApi.NewId();
        await Api.DoAsync("/v1/orders", Bodies.Order(order));

        (await Api.PostAsync($"/v1/orders/{order}/cancellation", Bodies.Cancellation, ("If-Match", condition)))
            .IsProblem(400, "malformed-header");
        (await Api.GetAsync($"/v1/orders/{order}", ("If-None-Match", condition))).IsProblem(400, "malformed-header");
    }

    [Fact]
    public async Task A_condition_on_what_is_not_there_fails()
    {
        // What would change it does not find it; what would make it finds nothing at that revision, and has no tag to answer.
        (await Api.PostAsync($"/v1/orders/{SharedApi.NewId()}/cancellation", Bodies.Cancellation, ("If-Match", "\"0\"")))
            .IsProblem(404, "not-found");
        var answer = await Api.PostAsync("/v1/orders", Bodies.Order(SharedApi.NewId()), ("If-Match", "*"));
        Assert.Null(answer.IsProblem(412, "stale-revision").ETag);
    }

    [Fact]
    public async Task A_views_tag_can_be_sent_back_both_ways()
    {
        var (order, sku) = (SharedApi.NewId(), SharedApi.NewId().ToUpperInvariant());
        await Api.DoAsync("/v1/products", Bodies.Product(sku));
        await Api.DoAsync("/v1/orders", Bodies.Order(order, sku: sku));
        var paid = await Api.DoAsync($"/v1/orders/{order}/payments", Bodies.Payment());
        var path = $"/v1/orders/{order}";

        var read = await Api.ReadAsync(path, paid.LogPosition);
        Assert.Equal("\"0.1\"", read.ETag);
        foreach (var known in new[] { "\"0.1\"", "W/\"0.1\"", "*", "\"5\", \"0.1\"" })
        {
            var unchanged = await Api.GetAsync(path, ("If-None-Match", known));
            Assert.Equal((HttpStatusCode.NotModified, "", "\"0.1\""), (unchanged.Status, unchanged.Body, unchanged.ETag));
            Assert.NotEmpty(unchanged.LogPosition);
        }

        (await Api.GetAsync(path, ("If-None-Match", "\"0\""))).IsStatus(HttpStatusCode.OK);
        Assert.Equal(
            "\"1\"",
            (await Api.PostAsync($"{path}/cancellation", Bodies.Cancellation, ("If-Match", read.ETag!))).IsStatus(HttpStatusCode.OK).ETag);
    }

    [Fact]
    public async Task A_products_name_that_comes_later_makes_another_version_of_the_order()
    {
        var (order, sku) = (SharedApi.NewId(), SharedApi.NewId().ToUpperInvariant());
        var placed = await Api.DoAsync("/v1/orders", Bodies.Order(order, sku: sku));
        var before = await Api.ReadAsync($"/v1/orders/{order}", placed.LogPosition);
        var added = await Api.DoAsync("/v1/products", Bodies.Product(sku, "White tea"));

        var after = await Api.ReadAsync($"/v1/orders/{order}", added.LogPosition, ("If-None-Match", before.ETag!));

        Assert.Equal(HttpStatusCode.OK, after.Status);
        Assert.Null(before.Json["lines"]![0]!["name"]);
        Assert.Equal("White tea", after.Json["lines"]![0]!["name"]!.GetValue<string>());
    }

    [Theory]
    [InlineData("If-None-Match", "*")]
    [InlineData("If-None-Match", "\"0\"")]
    [InlineData("If-None-Match", "nonsense")]
    [InlineData("If-Unmodified-Since", Yesterday)]
    [InlineData("If-Modified-Since", Yesterday)]
    [InlineData("If-Range", "\"0\"")]
    public async Task A_command_refuses_a_condition_that_it_does_not_check(string header, string value)
    {
        var (there, absent) = (SharedApi.NewId(), SharedApi.NewId());
        await Api.DoAsync("/v1/orders", Bodies.Order(there));

        foreach (var answer in new[]
        {
            await Api.PostAsync("/v1/orders", Bodies.Order(there), (header, value)),
            await Api.PostAsync("/v1/orders", Bodies.Order(absent), (header, value)),
            await Api.PostAsync($"/v1/orders/{there}/cancellation", Bodies.Cancellation, (header, value)),
            await Api.PostAsync($"/v1/orders/{there}/cancellation", Bodies.Cancellation, (header, value), ("If-Match", "\"0\"")),
            await Api.PostAsync("/v1/projections/order-details/parked/1/retry", null, (header, value)),
        })
        {
            Assert.NotNull(answer.IsProblem(400, "malformed-header").Json["errors"]![header]);
        }

        // Nothing was done.
        Assert.Single((await Api.GetAsync($"/v1/history/order-{there}")).Json["items"]!.AsArray());
        (await Api.GetAsync($"/v1/history/order-{absent}")).IsProblem(404, "not-found");
    }

    [Theory]
    [InlineData("If-Match", "\"0\"")]
    [InlineData("If-None-Match", "*")]
    [InlineData("If-Unmodified-Since", Yesterday)]
    [InlineData("If-Modified-Since", Yesterday)]
    [InlineData("If-Range", "\"0\"")]
    public async Task A_query_refuses_a_condition_that_it_does_not_check(string header, string value)
    {
        var order = SharedApi.NewId();
        var placed = await Api.DoAsync("/v1/orders", Bodies.Order(order));
        await Api.ReadAsync($"/v1/orders/{order}", placed.LogPosition);

        string[] paths =
        [
            "/v1/orders", "/v1/products", $"/v1/history/order-{order}", $"/v1/history/orders/{order}?revision=0", "/v1/projections",
            "/v1/projections/order-details/parked", .. header == "If-None-Match" ? Array.Empty<string>() : [$"/v1/orders/{order}"],
        ];
        foreach (var path in paths)
        {
            var answer = (await Api.GetAsync(path, (header, value))).IsProblem(400, "malformed-header");
            Assert.NotNull(answer.Json["errors"]![header]);
        }

        (await Api.GetAsync("/health/live", (header, value))).IsStatus(HttpStatusCode.OK);
    }

    [Theory]
    [InlineData("")]
    [InlineData("caf\u00e9")]
    [InlineData("tab\there")]
    public async Task A_malformed_idempotency_key_is_refused(string key)
        => (await Api.PostAsync("/v1/orders", Bodies.Order(), ("Idempotency-Key", key))).IsProblem(400, "malformed-header");

    [Fact]
    public async Task An_idempotency_key_is_one_header_of_at_most_255_characters()
    {
        (await Api.PostAsync("/v1/orders", Bodies.Order(), ("Idempotency-Key", new string('k', 256)))).IsProblem(400, "malformed-header");
        (await Api.PostAsync("/v1/orders", Bodies.Order(), ("Idempotency-Key", new string('k', 255)))).IsStatus(HttpStatusCode.Created);
        var two = await RawHttp.SendAsync(
            Api.Address,
            "POST /v1/orders HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nIdempotency-Key: a\r\nIdempotency-Key: b"
            + $"\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{{}}");
        Assert.StartsWith("HTTP/1.1 400 ", two);
        Assert.Contains("/problems/malformed-header", two);
    }
}
