using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using Orderly.Tests;

namespace Orderly.Api.Tests;

/// <summary>A shop in front of a service that runs everything it has.</summary>
internal sealed class Shop(RunningApi api)
{
    public const decimal Price = 4.5m;

    public RunningApi Api => api;

    public async Task OpenAsync(string customer = "ann", params (string Sku, long Pieces)[] stock)
    {
        await api.DoAsync("/v1/customers", Bodies.Customer(customer));
        foreach (var (sku, pieces) in stock)
        {
            await api.DoAsync("/v1/products", Bodies.Product(sku));
            await api.DoAsync($"/v1/products/{sku}/stock-receipts", $$"""{"quantity":{{pieces}}}""");
        }
    }

    public static string Order(string id, string customer, params (string Sku, long Quantity, decimal Price)[] lines)
    {
        var written = lines.Select(line => string.Create(
            CultureInfo.InvariantCulture, $$"""{"sku":"{{line.Sku}}","quantity":{{line.Quantity}},"unitPrice":{{line.Price}}}"""));
        return $$"""{"orderId":"{{id}}","customerId":"{{customer}}","currency":"EUR","lines":[{{string.Join(',', written)}}]}""";
    }

    /// <summary>Places an order and waits until it is confirmed or rejected.</summary>
    public async Task<JsonNode> PlaceAsync(string id, string customer, params (string Sku, long Quantity, decimal Price)[] lines)
    {
        await api.DoAsync("/v1/orders", Order(id, customer, lines));
        return await ValidatedAsync(id);
    }

    /// <summary>
    /// Waits until an order is confirmed or rejected; longer than one request may, where a thousand of them are placed at once.
    /// </summary>
    public async Task<JsonNode> ValidatedAsync(string id)
    {
        // The view may take longer than one wait to come to the order at all.
        Answer? answer = null;
        await Wait.UntilAsync(async () =>
        {
            answer = await api.PatientAsync($"/v1/orders/{id}?until=validated", ("Prefer", "wait=30"));
            return answer.Status != HttpStatusCode.NotFound;
        });
        return answer!.IsStatus(HttpStatusCode.OK).Json;
    }

    public async Task<JsonNode> OrderAsync(string id) => (await api.GetAsync($"/v1/orders/{id}")).IsStatus(HttpStatusCode.OK).Json;

    public Task<Answer> PayAsync(string id, decimal amount, string currency = "EUR")
        => api.DoAsync(
            $"/v1/orders/{id}/payments",
            string.Create(CultureInfo.InvariantCulture, $$"""{"amount":{{amount}},"currency":"{{currency}}"}"""));

    /// <summary>The pieces of a product; null as long as the view has not come to it.</summary>
    public async Task<(long OnHand, long Reserved)?> StockAsync(string sku)
    {
        var answer = await api.GetAsync($"/v1/products/{sku}");
        return answer.Status == HttpStatusCode.NotFound
            ? null
            : (answer.IsStatus(HttpStatusCode.OK).Json["onHand"]!.GetValue<long>(), answer.Json["reserved"]!.GetValue<long>());
    }

    public static string StatusOf(JsonNode order) => order["status"]!.GetValue<string>();

    public static IReadOnlyList<string> ReasonsOf(JsonNode order)
        => [.. order["rejectionReasons"]!.AsArray().Select(reason => reason!.GetValue<string>())];

    public Task UntilStatusAsync(string id, string status) => Wait.UntilAsync(async () => StatusOf(await OrderAsync(id)) == status);

    public Task UntilStockAsync(string sku, long onHand, long reserved)
        => Wait.UntilAsync(async () => await StockAsync(sku) == (onHand, reserved));
}
