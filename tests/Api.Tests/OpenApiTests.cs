using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.OpenApi;
using Microsoft.OpenApi.Reader;

namespace Orderly.Api.Tests;

/// <summary>The OpenAPI document says all that the contract says.</summary>
[Collection(ApiCollection.Name)]
public sealed partial class OpenApiTests(SharedApi shared)
{
    private static readonly string[] s_commands =
    [
        "POST /v1/customers",
        "PUT /v1/customers/{id}/details",
        "PUT /v1/customers/{id}/level",
        "POST /v1/products",
        "PUT /v1/products/{sku}/price",
        "POST /v1/products/{sku}/stock-receipts",
        "POST /v1/products/{sku}/discontinuation",
        "POST /v1/orders",
        "POST /v1/orders/{id}/payments",
        "POST /v1/orders/{id}/shipment", "POST /v1/orders/{id}/delivery", "POST /v1/orders/{id}/cancellation",
        "POST /v1/payments/{id}/refund",
        "POST /v1/api-keys", "POST /v1/api-keys/{id}/rotation", "DELETE /v1/api-keys/{id}",
    ];

    private static readonly string[] s_queries =
    [
        "GET /v1/orders/{id}", "GET /v1/orders", "GET /v1/sales", "GET /v1/customers/{id}", "GET /v1/customers", "GET /v1/products/{sku}",
        "GET /v1/products", "GET /v1/products/{sku}/bought-together", "GET /v1/history/{stream}",
        "GET /v1/history/orders/{id}",
        "GET /v1/api-keys",
        "GET /v1/api-keys/{id}",
        "GET /v1/projections",
        "GET /v1/projections/{projection}/parked",
        "GET /health/live",
        "GET /health/ready",
    ];

    private static readonly string[] s_operations =
    [
        "POST /v1/projections/{projection}/parked/{position}/retry", "POST /v1/projections/{projection}/parked/{position}/skip",
    ];

    [Fact]
    public async Task It_can_be_read_without_an_error_and_lists_every_endpoint()
    {
        var (document, diagnostic) = await ReadAsync();

        Assert.Empty(diagnostic.Errors);
        Assert.Empty(diagnostic.Warnings);
        var listed = Operations(document).Select(operation => operation.Name).ToList();
        Assert.Empty(s_commands.Concat(s_queries).Concat(s_operations).Except(listed));
        Assert.Equal(Endpoints().Order(), listed.Order());
    }

    /// <summary>What the service answers below these two, as the document names it.</summary>
    private IEnumerable<string> Endpoints()
        => from endpoint in shared.Api.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
           let path = "/" + Constraint().Replace(endpoint.RoutePattern.RawText!, "").Trim('/')
           where path.StartsWith("/v1/", StringComparison.Ordinal) || path.StartsWith("/health/", StringComparison.Ordinal)
           from method in endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()!.HttpMethods
           where method != "HEAD"
           select $"{method} {path}";

    [GeneratedRegex(@":[^}/]+(?=\})")]
    private static partial Regex Constraint();

    [Fact]
    public async Task Every_body_has_a_schema_and_an_example_and_every_answer_says_what_it_means()
    {
        var (document, _) = await ReadAsync();

        foreach (var (name, operation) in Operations(document))
        {
            Assert.False(string.IsNullOrWhiteSpace(operation.Summary), name);
            if (operation.RequestBody is { } body)
            {
                Assert.All(body.Content!.Values, content => Assert.True(content is { Schema: not null, Example: not null }, name));
            }

            foreach (var (status, response) in operation.Responses!)
            {
                Assert.False(string.IsNullOrWhiteSpace(response.Description), $"{name} {status}");
                Assert.Equal(status == "304", response.Content is null or { Count: 0 });
                Assert.All(response.Content?.Values ?? [], content =>
                    Assert.True(
                        content.Schema is not null && (content.Example is not null || content.Examples is { Count: > 0 }),
                        $"{name} {status}"));
            }
        }
    }

    [Fact]
    public async Task Commands_list_the_statuses_and_headers_of_the_contract()
    {
        var (document, _) = await ReadAsync();
        var operations = Operations(document).ToDictionary(operation => operation.Name, operation => operation.Operation);

        foreach (var operation in s_commands.Select(name => operations[name]))
        {
            Assert.Subset(
                operation.Responses!.Keys.ToHashSet(), new HashSet<string> { "400", "409", "412", "413", "415", "422", "429", "503" });
            Assert.Subset(
                operation.Parameters!.Select(parameter => parameter.Name!).ToHashSet(),
                new HashSet<string> { "Idempotency-Key", "If-Match" });
            var (status, success) = operation.Responses!.Single(response => response.Key.StartsWith('2'));
            Assert.Equal(status == "201", success.Headers!.ContainsKey("Location"));
            Assert.Subset(success.Headers!.Keys.ToHashSet(), new HashSet<string> { "ETag", "Log-Position" });
            Assert.Contains("Retry-After", operation.Responses["503"].Headers!.Keys);
            Assert.Contains("ETag", operation.Responses["412"].Headers!.Keys);
        }
    }

    /// <summary>A condition that an operation does not list is refused, so every operation can answer that.</summary>
    [Fact]
    public async Task Every_operation_says_how_it_refuses_a_condition()
    {
        var (document, _) = await ReadAsync();

        Assert.Contains("If-Unmodified-Since", document.Info.Description, StringComparison.Ordinal);
        Assert.All(
            Operations(document).Where(operation => operation.Name.Contains("/v1/", StringComparison.Ordinal)),
            one => Assert.Contains("malformed-header", one.Operation.Responses!["400"].Content!.Values.Single().Examples!.Keys));
    }

    [Fact]
    public async Task Amounts_are_numbers_and_what_is_required_is_marked()
    {
        var (document, _) = await ReadAsync();
        var line = document.Components!.Schemas!["PlaceOrderLine"];
        var order = document.Components.Schemas["PlaceOrderRequest"];

        Assert.True(line.Properties!["unitPrice"].Type!.Value.HasFlag(JsonSchemaType.Number));
        Assert.Equal(["quantity", "sku", "unitPrice"], line.Required!.Order());
        Assert.Equal(["currency", "customerId", "lines"], order.Required!.Order());
        Assert.False(order.AdditionalPropertiesAllowed);
    }

    [Fact]
    public async Task Parameters_say_what_they_can_be_and_which_must_be_given()
    {
        var operations = Operations((await ReadAsync()).Document).ToDictionary(
            operation => operation.Name, operation => operation.Operation);
        var sort = operations["GET /v1/orders"].Parameters!.Single(parameter => parameter.Name == "sort");
        var sales = operations["GET /v1/sales"].Parameters!;

        Assert.Equal(
            ["placedAt", "total", "status", "-placedAt", "-total", "-status"],
            sort.Schema!.Enum!.Select(value => value.GetValue<string>()));
        Assert.Equal(["bucket", "from", "to"], sales.Where(parameter => parameter.Required).Select(parameter => parameter.Name).Order());
        Assert.True(operations["GET /v1/orders"]
            .Parameters!.Single(parameter => parameter.Name == "minTotal")
            .Schema!.Type!.Value.HasFlag(JsonSchemaType.Number));
    }

    [Fact]
    public async Task Every_operation_has_an_id_and_every_tag_says_what_it_is_about()
    {
        var (document, _) = await ReadAsync();
        var ids = Operations(document).Select(operation => operation.Operation.OperationId!).ToList();

        Assert.All(ids, id => Assert.Matches("^[a-z]+([A-Z][a-z]+)*$", id));
        Assert.Equal(ids, ids.Distinct());
        Assert.Contains("placeOrder", ids);
        Assert.All(document.Tags!, tag => Assert.False(string.IsNullOrWhiteSpace(tag.Description), tag.Name));
    }

    [Fact]
    public async Task Every_parameter_of_a_path_is_declared()
    {
        foreach (var (name, operation) in Operations((await ReadAsync()).Document))
        {
            Assert.Equal(
                PathParameter().Matches(name).Select(match => match.Groups[1].Value),
                (operation.Parameters ?? []).Where(one => one is { In: ParameterLocation.Path, Required: true }).Select(one => one.Name));
        }
    }

    /// <summary>The page fills examples in, and sends them.</summary>
    [Fact]
    public async Task Only_what_must_be_given_is_prefilled()
        => Assert.All(
            Operations((await ReadAsync()).Document).SelectMany(operation => operation.Operation.Parameters ?? []),
            parameter => Assert.Equal(parameter.Required, parameter.Example is not null));

    [Fact]
    public async Task Answers_say_what_is_always_there_and_what_can_be_null()
    {
        var schemas = (await ReadAsync()).Document.Components!.Schemas!;
        var (order, problem, item) = (schemas["OrderDetails"], schemas["ProblemBody"], schemas["HistoryItem"]);

        Assert.Equal(order.Properties!.Keys.Order(StringComparer.Ordinal), order.Required!.Order(StringComparer.Ordinal));
        Assert.Equal(JsonSchemaType.String, order.Properties["orderId"].Type);
        Assert.Equal(JsonSchemaType.String | JsonSchemaType.Null, order.Properties["cancellationReason"].Type);
        Assert.Equal(2, order.Properties["shipment"].OneOf!.Count);
        Assert.DoesNotContain("errors", problem.Required!);
        Assert.DoesNotContain("dataBase64", item.Required!);
        Assert.Equal("decimal", order.Properties["total"].Format);
        Assert.Equal(
            ["placed", "confirmed", "rejected", "paid", "shipped", "delivered", "cancelled"],
            order.Properties["status"].Enum!.Select(value => value.GetValue<string>()));
    }

    [Fact]
    public async Task The_examples_succeed_on_a_new_service_one_after_the_other()
    {
        await using var api = await RunningApi.StartWithProcessesAsync();
        var shop = new Shop(api);
        var operations = Operations((await ReadAsync()).Document).ToDictionary(one => one.Name, one => one.Operation);

        await SendAsync("POST /v1/customers");
        await SendAsync("POST /v1/products");
        await SendAsync("POST /v1/products/{sku}/stock-receipts");
        await SendAsync("POST /v1/orders");
        Assert.Equal("confirmed", Shop.StatusOf(await shop.ValidatedAsync("o-1")));
        await SendAsync("POST /v1/orders/{id}/payments");
        await shop.UntilStatusAsync("o-1", "paid");
        await SendAsync("POST /v1/orders/{id}/shipment");
        await SendAsync("POST /v1/orders/{id}/delivery");
        await shop.UntilStatusAsync("o-1", "delivered");

        async Task SendAsync(string name)
        {
            var operation = operations[name];
            var path = operation.Parameters!.Where(parameter => parameter.In == ParameterLocation.Path).Aggregate(
                name.Split(' ')[1],
                (made, one) => made.Replace($"{{{one.Name}}}", one.Example!.GetValue<string>(), StringComparison.Ordinal));
            await api.DoAsync(path, operation.RequestBody?.Content!.Values.Single().Example!.ToJsonString());
        }
    }

    [Fact]
    public async Task There_is_a_page_for_people_behind_the_address_itself()
    {
        var answer = await shared.Api.GetAsync("/");

        Assert.Contains("swagger-ui", answer.Body);
        Assert.Contains("<title>Orderly", answer.Body);
        Assert.Contains("text/html", answer.Headers["Content-Type"]);
    }

    [GeneratedRegex(@"\{(\w+)\}")]
    private static partial Regex PathParameter();

    private static IEnumerable<(string Name, OpenApiOperation Operation)> Operations(OpenApiDocument document)
        => document.Paths.SelectMany(path => path.Value.Operations!.Select(operation => ($"{operation.Key} {path.Key}", operation.Value)));

    private async Task<(OpenApiDocument Document, OpenApiDiagnostic Diagnostic)> ReadAsync()
    {
        var read = OpenApiDocument.Parse((await shared.Api.GetAsync("/swagger/v1/swagger.json")).Body, "json");
        return (read.Document!, read.Diagnostic!);
    }
}
