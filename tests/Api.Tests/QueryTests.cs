using System.Net;
using System.Text.Json.Nodes;
using Orderly.Domain.Checks;
using Orderly.Domain.Orders;

namespace Orderly.Api.Tests;

/// <summary>What queries answer.</summary>
[Collection(ApiCollection.Name)]
public sealed class QueryTests(SharedApi shared)
{
    private RunningApi Api => shared.Api;

    [Fact]
    public async Task An_order_is_read_back_with_all_that_happened()
    {
        var (customer, order, sku) = (SharedApi.NewId(), SharedApi.NewId(), SharedApi.NewId().ToUpperInvariant());
        await Api.DoAsync("/v1/customers", Bodies.Customer(customer));
        await Api.DoAsync("/v1/products", Bodies.Product(sku));
        await Api.DoAsync("/v1/orders", $$$"""
            {"orderId":"{{{order}}}","customerId":"{{{customer}}}","currency":"EUR",
            "lines":[{"sku":"{{{sku}}}","quantity":2,"unitPrice":4.5}],
            "shippingAddress":{"recipient":"Ann","line1":"1 Main Street","postalCode":"12345","city":"Sampleton","country":"DE"}}
            """);
        await Api.CommandAsync(context => new RecordCheck(order, "details", []) { Context = context });
        await Api.CommandAsync(context => new ConfirmOrder(order) { Context = context });
        await Api.DoAsync($"/v1/orders/{order}/payments", Bodies.Payment("p-" + order));
        await Api.CommandAsync(context => new MarkOrderPaid(order) { Context = context });
        await Api.DoAsync($"/v1/orders/{order}/shipment", Bodies.Shipment);
        var delivered = await Api.DoAsync($"/v1/orders/{order}/delivery", null);

        var read = await Api.ReadAsync($"/v1/orders/{order}", delivered.LogPosition);

        Assert.Equal("\"4.2\"", read.ETag);
        Assert.True(delivered.Revision == 4 && read.Revision == 4);
        Assert.Equal(
            ("delivered", 9m, "EUR"), (Text(read.Json, "status"), read.Json["total"]!.GetValue<decimal>(), Text(read.Json, "currency")));
        var line = Assert.Single(read.Json["lines"]!.AsArray())!;
        Assert.Equal(
            (sku, "Green tea", 2, 9m),
            (Text(line, "sku"), Text(line, "name"), line["quantity"]!.GetValue<int>(), line["amount"]!.GetValue<decimal>()));
        Assert.Equal("passed", Text(read.Json["checks"]![0]!, "outcome"));
        Assert.Equal("p-" + order, Text(read.Json["payments"]![0]!, "paymentId"));
        Assert.Equal("PP-1", Text(read.Json["shipment"]!, "trackingNumber"));
        Assert.Equal("Sampleton", Text(read.Json["shippingAddress"]!, "city"));
        Assert.Equal(
            ["order-placed", "check-passed", "order-confirmed", "payment-received", "order-paid", "order-shipped", "order-delivered"],
            read.Json["timeline"]!.AsArray().Select(entry => Text(entry!, "event")));

        var overview = await Api.ReadAsync($"/v1/customers/{customer}", delivered.LogPosition);
        Assert.Equal((1, 1), (overview.Json["orders"]!["placed"]!.GetValue<int>(), overview.Json["orders"]!["delivered"]!.GetValue<int>()));
        Assert.Equal(order, Text(overview.Json["lastOrders"]![0]!, "orderId"));
    }

    [Fact]
    public async Task An_order_can_be_seen_as_it_was()
    {
        var (order, payment) = (SharedApi.NewId(), SharedApi.NewId());
        await Api.DoAsync("/v1/orders", Bodies.Order(order));
        await Api.CommandAsync(context => new RecordCheck(order, "details", []) { Context = context });
        await Api.CommandAsync(context => new ConfirmOrder(order) { Context = context });
        await Api.DoAsync($"/v1/orders/{order}/payments", Bodies.Payment(payment));
        await Api.CommandAsync(context => new RecordCheck(order, "fraud", ["Too much"]) { Context = context });
        var cancelled = await Api.DoAsync($"/v1/orders/{order}/cancellation", Bodies.Cancellation);
        await Api.ReadAsync($"/v1/orders/{order}", cancelled.LogPosition);
        var history = (await Api.GetAsync($"/v1/history/order-{order}")).Json["items"]!.AsArray();

        async Task Check(string moment, string status, int checks, int payments)
        {
            var past = (await Api.GetAsync($"/v1/history/orders/{order}?{moment}")).IsStatus(HttpStatusCode.OK).Json;
            Assert.Equal(
                (status, checks, payments), (Text(past, "status"), past["checks"]!.AsArray().Count, past["payments"]!.AsArray().Count));
            Assert.Null(past["lines"]![0]!["name"]);
        }

        await Check("revision=0", "placed", 0, 0);
        await Check("revision=1", "confirmed", 1, 0);
        await Check("revision=2", "cancelled", 2, 1);
        foreach (var (item, status) in history.Zip(["placed", "confirmed", "cancelled"]))
        {
            var past = (await Api.GetAsync($"/v1/history/orders/{order}?at={Uri.EscapeDataString(Text(item!, "recordedAt"))}"))
                .IsStatus(HttpStatusCode.OK);
            Assert.Equal(status, Text(past.Json, "status"));
        }

        await Check($"at={DateTimeOffset.UtcNow.AddMinutes(1):yyyy-MM-ddTHH:mm:ssZ}", "cancelled", 2, 1);
        (await Api.GetAsync($"/v1/history/orders/{order}?revision=3")).IsProblem(404, "not-found");
        (await Api.GetAsync($"/v1/history/orders/{order}?at=2020-01-01")).IsProblem(404, "not-found");
    }

    [Fact]
    public async Task A_streams_events_come_in_pages_with_their_metadata()
    {
        var sku = SharedApi.NewId().ToUpperInvariant();
        await Api.PostAsync("/v1/products", Bodies.Product(sku), ("Idempotency-Key", SharedApi.NewId()));
        for (var i = 1; i <= 4; i++)
        {
            await Api.DoAsync($"/v1/products/{sku}/stock-receipts", $$"""{"quantity":{{i}}}""");
        }

        var first = await Api.GetAsync($"/v1/history/product-{sku}?limit=3");
        var second = await Api.GetAsync($"/v1/history/product-{sku}?limit=3&fromRevision={first.Json["nextRevision"]}");
        var beyond = await Api.GetAsync($"/v1/history/product-{sku}?fromRevision=99");
        var all = await Api.GetAsync($"/v1/history/product-{sku}?limit=5");

        Assert.Equal(3, first.Json["nextRevision"]!.GetValue<int>());
        Assert.Null(second.Json["nextRevision"]);
        Assert.Null(all.Json["nextRevision"]);
        Assert.Empty(beyond.Json["items"]!.AsArray());
        var items = first.Json["items"]!.AsArray().Concat(second.Json["items"]!.AsArray()).Select(item => item!).ToList();
        Assert.Equal([0, 1, 2, 3, 4], items.Select(item => item["revision"]!.GetValue<int>()));
        Assert.Equal(("product-added.v1", sku), (Text(items[0], "type"), Text(items[0]["data"]!, "sku")));
        Assert.Equal("anonymous", Text(items[0]["metadata"]!, "actor"));
        Assert.Equal(64, Text(items[0]["metadata"]!, "requestHash").Length);
        Assert.Null(items[1]["metadata"]!["requestHash"]);
        Assert.NotEmpty(Text(items[0]["metadata"]!, "traceParent"));
        Assert.All(items, item => Assert.True(long.Parse(Text(item, "position")) > 0));
    }

    [Fact]
    public async Task Products_come_in_pages()
    {
        var prefix = SharedApi.NewId().ToUpperInvariant();
        string[] skus = [.. Enumerable.Range(0, 7).Select(i => $"{prefix}-{i}")];
        foreach (var sku in skus)
        {
            await Api.DoAsync("/v1/products", Bodies.Product(sku, "Oolong"));
        }

        var last = await Api.DoAsync($"/v1/products/{skus[2]}/stock-receipts", """{"quantity":5}""");

        List<string> seen = [];
        for (var cursor = ""; cursor is not null;)
        {
            var page = await Api.ReadAsync($"/v1/products?q={prefix.ToLowerInvariant()}-&limit=3&cursor={cursor}", last.LogPosition);
            Assert.True(page.IsStatus(HttpStatusCode.OK).Json["items"]!.AsArray().Count <= 3);
            seen.AddRange(page.Json["items"]!.AsArray().Select(item => Text(item!, "sku")));
            cursor = page.Json["nextCursor"]?.GetValue<string>();
        }

        Assert.Equal(skus, seen);
        var scarce = await Api.GetAsync($"/v1/products?q={prefix}-&availableBelow=5");
        Assert.Equal(skus.Except([skus[2]]), scarce.Json["items"]!.AsArray().Select(item => Text(item!, "sku")));
        Assert.True(scarce.Json.AsObject().ContainsKey("nextCursor"));
    }

    [Fact]
    public async Task Projections_tell_how_far_they_are()
    {
        var placed = await Api.DoAsync("/v1/orders", Bodies.Order());
        await Api.ReadAsync(placed.Headers["Location"], placed.LogPosition);

        var answer = (await Api.GetAsync("/v1/projections")).IsStatus(HttpStatusCode.OK);

        var items = answer.Json["items"]!.AsArray().Select(item => item!).ToList();
        Assert.Equal(
            [
                "api-keys", "bought-together", "customer-overview", "customer-search", "order-details", "order-search", "sales",
                "stock-levels",
            ],
            items.Select(item => Text(item, "name")).Order());
        Assert.All(items, item =>
        {
            Assert.Contains(Text(item, "state"), new[] { "live", "catching-up" });
            Assert.True(
                item["lag"]!.GetValue<long>() >= 0 && item["parked"]!.GetValue<long>() == 0 && item["version"]!.GetValue<int>() >= 1);
            Assert.True(long.Parse(Text(item, "position")) > 0);
        });
    }

    private static string Text(JsonNode node, string name) => node[name]!.GetValue<string>();
}
