using System.Net;
using Orderly.Domain.Orders;
using Orderly.ReadModels.Products;

namespace Orderly.Api.Tests;

/// <summary>What was bought together with a product.</summary>
[Collection(ApiCollection.Name)]
public sealed class BoughtTogetherTests(SharedApi shared)
{
    private readonly string _prefix = SharedApi.NewId().ToUpperInvariant();
    private string _position = "";

    private RunningApi Api => shared.Api;

    [Fact]
    public async Task Products_are_reached_over_other_products_by_the_weight_of_the_weakest_pair()
    {
        await AddAsync("TEA", "Green tea");
        await AddAsync("POT", "Teapot");
        await AddAsync("CUP", "Cups");
        await AddAsync("SPOON", "Spoons");
        foreach (var skus in new[] { "TEA POT", "POT TEA", "TEA POT", "POT CUP", "CUP POT", "CUP SPOON", "TEA MILK" })
        {
            await ConfirmAsync(skus);
        }

        Assert.Equal(["POT Teapot 1 3", "MILK  1 1"], await FindAsync("TEA", ""));
        Assert.Equal(["POT Teapot 1 3", "CUP Cups 2 2", "MILK  1 1"], await FindAsync("TEA", "?hops=2"));
        Assert.Equal(["POT Teapot 1 3", "CUP Cups 2 2", "MILK  1 1", "SPOON Spoons 3 1"], await FindAsync("TEA", "?hops=3"));
        Assert.Equal(["POT Teapot 1 3", "CUP Cups 2 2"], await FindAsync("TEA", "?hops=3&limit=2"));
        Assert.Equal(["CUP Cups 1 1", "POT Teapot 2 1", "TEA Green tea 3 1"], await FindAsync("SPOON", "?hops=3"));
    }

    [Fact]
    public async Task An_order_that_is_cancelled_counts_no_more()
    {
        await AddAsync("TEA", "Green tea");
        await ConfirmAsync("TEA POT");
        var order = await ConfirmAsync("TEA CUP");
        Assert.Equal(["CUP  1 1", "POT  1 1"], await FindAsync("TEA", ""));

        _position = (await Api.DoAsync($"/v1/orders/{order}/cancellation", Bodies.Cancellation)).LogPosition;

        Assert.Equal(["POT  1 1"], await FindAsync("TEA", "?hops=3"));
    }

    [Fact]
    public async Task A_product_bought_alone_has_an_empty_list_and_an_unknown_one_has_none()
    {
        await AddAsync("TEA", "Green tea");
        await ConfirmAsync("TEA");
        await ConfirmAsync("POT CUP");

        Assert.Empty(await FindAsync("TEA", "?hops=3"));
        (await Api.ReadAsync($"/v1/products/{_prefix}-POT/bought-together", _position)).IsProblem(404, "not-found");
    }

    [Fact]
    public async Task An_order_of_very_many_products_says_nothing()
    {
        string[] few = [.. Enumerable.Range(1, BoughtTogether.MaxSkus - 1).Select(i => $"P{i:D2}")];
        await AddAsync("TEA", "Green tea");
        await ConfirmAsync($"TEA {string.Join(' ', few)}");
        await ConfirmAsync($"TEA ONE-MORE {string.Join(' ', few)}");

        Assert.Equal(few.Select(sku => $"{sku}  1 1"), await FindAsync("TEA", "?hops=3&limit=200"));
    }

    private async Task AddAsync(string sku, string name)
        => _position = (await Api.DoAsync("/v1/products", Bodies.Product($"{_prefix}-{sku}", name))).LogPosition;

    private async Task<string> ConfirmAsync(string skus)
    {
        var order = SharedApi.NewId();
        var lines = skus.Split(' ').Select(sku => $$"""{"sku":"{{_prefix}}-{{sku}}","quantity":2,"unitPrice":4.5}""");
        await Api.DoAsync(
            "/v1/orders", $$"""{"orderId":"{{order}}","customerId":"ann","currency":"EUR","lines":[{{string.Join(',', lines)}}]}""");
        _position = (await Api.CommandAsync(context => new ConfirmOrder(order) { Context = context })).Position.ToString();
        return order;
    }

    private async Task<IEnumerable<string>> FindAsync(string sku, string query)
    {
        var page = await Api.ReadAsync($"/v1/products/{_prefix}-{sku}/bought-together{query}", _position);
        Assert.True(page.IsStatus(HttpStatusCode.OK).Json.AsObject().TryGetPropertyValue("nextCursor", out var next) && next is null);
        Assert.True(long.Parse(page.LogPosition) >= long.Parse(_position));
        return page.Json["items"]!.AsArray().Select(item => $"{Short(item!["sku"]!)} {item["name"]} {item["hops"]} {item["weight"]}");

        string Short(object full) => full.ToString()![(_prefix.Length + 1)..];
    }
}
