using System.Globalization;
using System.Text.Json.Nodes;
using Orderly.Architecture.Tests;

namespace Orderly.Api.Tests;

/// <summary>The committed OpenAPI document is the service's; what breaks a client since the last release is in the changelog.</summary>
[Collection(ApiCollection.Name)]
public sealed class OpenApiContractTests(SharedApi shared)
{
    private const string Accept = "ACCEPT_OPENAPI";

    private static readonly string s_document = PathOf("docs/openapi.json");
    private static readonly string s_released = PathOf("docs/openapi.released.json");

    [Fact]
    public async Task The_committed_document_is_the_one_that_the_service_gives()
    {
        var given = (await shared.Api.GetAsync("/swagger/v1/swagger.json")).Body;
        if (Environment.GetEnvironmentVariable(Accept) == "1")
        {
            await File.WriteAllTextAsync(s_document, given);
        }

        Assert.True(
            await File.ReadAllTextAsync(s_document) == given,
            $"docs/openapi.json is not what the service gives. To accept the difference: "
            + $"{Accept}=1 dotnet test tests/Api.Tests --filter {nameof(OpenApiContractTests)}");
    }

    [Fact]
    public async Task What_breaks_a_client_is_in_the_changelog()
    {
        var changelog = await File.ReadAllTextAsync(PathOf("CHANGELOG.md"));
        var unreleased = changelog.Split("\n## ").Single(section => section.StartsWith("Unreleased", StringComparison.Ordinal));
        var untold = BreakingChanges.Between(await ReadAsync(s_released), await ReadAsync(s_document))
            .Where(change => !unreleased.Contains(change, StringComparison.Ordinal));

        Assert.True(
            !untold.Any(),
            $"These break a client. Undo them, or add them to 'Unreleased' in CHANGELOG.md, with what to do about them:\n- "
            + string.Join("\n- ", untold));
    }

    /// <summary>A check that can't fail is none.</summary>
    [Theory]
    [InlineData("/v1/sales", null, "GET /v1/sales is gone.")]
    [InlineData("/v1/orders/post/operationId", "\"order\"", "POST /v1/orders is no longer called placeOrder.")]
    [InlineData("/v1/orders/{id}/get/responses/504", null, "GET /v1/orders/{id} no longer answers 504.")]
    [InlineData("/v1/orders/{id}/get/parameters/4", null, "GET /v1/orders/{id} takes no parameter Prefer (header).")]
    [InlineData("/v1/orders/{id}/get/parameters/1/required", "true", "GET /v1/orders/{id} needs the parameter until (query).")]
    [InlineData("/v1/sales/get/parameters/3/schema/type", "\"integer\"", "The parameter sku (query) of GET /v1/sales has another type.")]
    [InlineData("#schemas/OrderDetails/properties/total", null, "OrderDetails in answers: total is gone.")]
    [InlineData("#schemas/OrderDetails/required/14", null, "OrderDetails in answers: total may be missing.")]
    [InlineData("#schemas/OrderDetails/properties/currency/nullable", "true", "OrderDetails in answers: currency can be null.")]
    [InlineData("#schemas/PlaceOrderLine/properties/sku/maxLength", "8", "PlaceOrderLine in requests: sku has a lower maxLength.")]
    [InlineData("#schemas/PlaceOrderRequest/required/3", "\"orderId\"", "PlaceOrderRequest in requests: orderId must be given.")]
    [InlineData("#schemas/CustomerLevel/enum/0", null, "CustomerLevel in requests: takes fewer values.")]
    [InlineData("#schemas/OrderStatus/enum/7", "\"lost\"", "OrderStatus in answers: can have further values.")]
    public async Task What_breaks_a_client_is_found(string place, string? value, string change)
    {
        var (before, after) = (await ReadAsync(s_document), await ReadAsync(s_document));
        Change(after, place, value);

        Assert.Contains(change, BreakingChanges.Between(before, after));
    }

    [Theory]
    [InlineData("/v1/new", """{"get":{"operationId":"getNew","responses":{}}}""")]
    [InlineData("/v1/orders/post/responses/418", """{"description":"New."}""")]
    [InlineData("#schemas/OrderDetails/properties/new", """{"type":"string"}""")]
    [InlineData("#schemas/PlaceOrderRequest/properties/new", """{"type":"string"}""")]
    [InlineData("#schemas/PlaceOrderLine/properties/sku/maxLength", "100")]
    [InlineData("#schemas/OrderStatus/description", "\"Said better.\"")]
    public async Task What_is_added_breaks_nobody(string place, string value)
    {
        var (before, after) = (await ReadAsync(s_document), await ReadAsync(s_document));
        Change(after, place, value);

        Assert.Empty(BreakingChanges.Between(before, after));
    }

    /// <param name="place">A path with what follows in its operation, or <c>#schemas/…</c>.</param>
    /// <param name="value">JSON; null: nothing is there any more.</param>
    private static void Change(JsonNode document, string place, string? value)
    {
        var (node, rest) = place[0] == '#'
            ? (document["components"]!, place[1..])
            : (document["paths"]!, place);
        if (place[0] == '/')
        {
            var path = node.AsObject().Select(one => one.Key)
                .Where(key => rest == key || rest.StartsWith($"{key}/", StringComparison.Ordinal))
                .MaxBy(key => key.Length);
            if (path is null || path == rest)
            {
                Set(node, rest, value);
                return;
            }

            (node, rest) = (node[path]!, rest[(path.Length + 1)..]);
        }

        var names = rest.Split('/');
        Set(names[..^1].Aggregate(node, (parent, name) => parent is JsonArray list ? list[Index(name)]! : parent[name]!), names[^1], value);
    }

    private static void Set(JsonNode parent, string name, string? value)
    {
        if (parent is JsonArray list && value is null)
        {
            list.RemoveAt(Index(name));
        }
        else if (parent is JsonArray values)
        {
            values.Insert(Index(name), JsonNode.Parse(value!));
        }
        else if (value is null)
        {
            parent.AsObject().Remove(name);
        }
        else
        {
            parent[name] = JsonNode.Parse(value);
        }
    }

    private static int Index(string name) => int.Parse(name, CultureInfo.InvariantCulture);

    private static async Task<JsonNode> ReadAsync(string path) => JsonNode.Parse(await File.ReadAllTextAsync(path))!;

    private static string PathOf(string file) => Path.Combine(Repository.Root, file);
}
