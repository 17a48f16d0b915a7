using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;

namespace Orderly.Api.Tests.Access;

/// <summary>What a customer sees and does: what is their own, and nothing by which another's could be told.</summary>
public sealed class OwnershipTests(GuardedApi guarded) : IClassFixture<GuardedApi>
{
    private const string ShipTo = """
        "shippingAddress":{"recipient":"Ann","line1":"1 Main Street","postalCode":"12345","city":"Sampleton","country":"DE"}
        """;

    private RunningApi Api => guarded.Api;

    [Fact]
    public async Task What_is_anothers_is_answered_as_what_is_not_there()
    {
        var (ann, bob) = ("owner-ann", "owner-bob");
        var (asAnn, asBob) = (await guarded.AsAsync("customer", ann), await guarded.AsAsync("customer", bob));
        await RegisterAsync(ann, asAnn);
        await RegisterAsync(bob, asBob);
        var placed = (await Api.PostAsync("/v1/orders", Bodies.Order("own-1", bob), asBob)).IsStatus(HttpStatusCode.Created);
        (await Api.ReadAsync("/v1/orders/own-1", placed.LogPosition, asBob)).IsStatus(HttpStatusCode.OK);

        foreach (var (theirs, nobodys) in new[]
        {
            ("/v1/orders/own-1", "/v1/orders/own-none"),
            ("/v1/orders/own-1?until=validated", "/v1/orders/own-none?until=validated"),
            ("/v1/customers/owner-bob", "/v1/customers/owner-none"),
            ("/v1/history/order-own-1", "/v1/history/order-own-none"),
            ("/v1/history/checks-own-1", "/v1/history/checks-own-none"),
            ("/v1/history/customer-owner-bob", "/v1/history/customer-owner-none"),
            ("/v1/history/product-TEA-1", "/v1/history/product-NONE"),
            ("/v1/history/orders/own-1?revision=0", "/v1/history/orders/own-none?revision=0"),
        })
        {
            // No wait: until what is not there is decided, nobody lives long enough.
            var one = await Api.GetAsync(theirs, asAnn, ("Prefer", "wait=0"));
            var other = await Api.GetAsync(nobodys, asAnn, ("Prefer", "wait=0"));
            Assert.Equal(Normal(other, "own-none", "owner-none", "NONE"), Normal(one, "own-1", "owner-bob", "TEA-1"));
            Assert.NotEqual(HttpStatusCode.OK, one.Status);
        }

        foreach (var (theirs, nobodys, body) in new[]
        {
            ("/v1/orders/own-1/cancellation", "/v1/orders/own-none/cancellation", Bodies.Cancellation),
        })
        {
            var (one, other) = (await Api.PostAsync(theirs, body, asAnn), await Api.PostAsync(nobodys, body, asAnn));
            Assert.Equal(Normal(other, "own-none"), Normal(one, "own-1"));
            (await Api.PostAsync(theirs, body, asAnn, ("If-Match", "\"7\""))).IsProblem(404, "not-found");
        }

        var details = """{"name":"Bobby","email":"b@example.com"}""";
        Assert.Equal(
            Normal(await Api.PutAsync("/v1/customers/owner-none/details", details, asAnn), "owner-none"),
            Normal(await Api.PutAsync("/v1/customers/owner-bob/details", details, asAnn), "owner-bob"));
        (await Api.PostAsync("/v1/orders/own-1/cancellation", Bodies.Cancellation, asBob)).IsStatus(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_customer_orders_and_registers_only_as_themselves()
    {
        var asAnn = await guarded.AsAsync("customer", "only-ann");
        (await Api.PostAsync("/v1/customers", Bodies.Customer("only-bob"), asAnn)).IsProblem(403, "forbidden");
        (await Api.PostAsync("/v1/orders", Bodies.Order("only-1", "only-bob"), asAnn)).IsProblem(403, "forbidden");

        // Left out, the customer is the token's.
        var registered = await Api.PostAsync("/v1/customers", Bodies.Customer(), asAnn);
        Assert.Equal("only-ann", registered.IsStatus(HttpStatusCode.Created).Json["id"]!.GetValue<string>());
        var placed = await Api.PostAsync(
            "/v1/orders", """{"orderId":"only-2","currency":"EUR","lines":[{"sku":"TEA-1","quantity":2,"unitPrice":4.5}]}""", asAnn);
        var order = await Api.ReadAsync("/v1/orders/only-2", placed.IsStatus(HttpStatusCode.Created).LogPosition, asAnn);
        Assert.Equal("only-ann", order.Json["customerId"]!.GetValue<string>());
    }

    /// <summary>Two shops with the same orders of Ann's; in the one, others order too. She can't tell which of the two she is in.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task No_query_of_a_customer_depends_on_what_is_anothers(int seed)
    {
        await using var alone = await RunningApi.StartAsync(settings: GuardedApi.Trusting(guarded.Issuer));
        await using var crowded = await RunningApi.StartAsync(settings: GuardedApi.Trusting(guarded.Issuer));
        var (asAnn, asClerk) = (await guarded.AsAsync("customer", "ann"), await guarded.AsAsync("clerk"));
        var asCatalogue = await guarded.AsAsync("catalogue");
        var random = new Random(seed);
        List<Func<RunningApi, Task<Answer>>> own = [], others = [];
        foreach (var sku in new[] { "TEA-1", "CUP-1", "POT-1" })
        {
            own.Add(api => api.PostAsync("/v1/products", Bodies.Product(sku), asCatalogue));
        }

        foreach (var (customer, into) in new[] { ("ann", own), ("bob", others), ("cy", others) })
        {
            into.Add(api => api.PostAsync("/v1/customers", Bodies.Customer(customer), asClerk));
            for (var i = 0; i < random.Next(3, 8); i++)
            {
                var id = $"{customer}-{i}";
                var body = Order(id, customer, random);
                into.Add(api => api.PostAsync("/v1/orders", body, asClerk));
                if (random.Next(3) == 0)
                {
                    into.Add(api => api.PostAsync($"/v1/orders/{id}/cancellation", Bodies.Cancellation, asClerk));
                }
            }
        }

        foreach (var command in own)
        {
            (await command(alone)).IsStatus(HttpStatusCode.Created, HttpStatusCode.OK);
        }

        // Each shop in its own order, Ann's own in hers.
        var (mine, theirs) = (new Queue<Func<RunningApi, Task<Answer>>>(own), new Queue<Func<RunningApi, Task<Answer>>>(others));
        while (mine.Count + theirs.Count > 0)
        {
            var next = theirs.Count == 0 || (mine.Count > 0 && random.Next(2) == 0) ? mine : theirs;
            (await next.Dequeue()(crowded)).IsStatus(HttpStatusCode.Created, HttpStatusCode.OK);
        }

        var (whole, more) = (await alone.HeadAsync(), await crowded.HeadAsync());
        string[] questions =
        [
            .. Enumerable.Range(0, 8).SelectMany(i => new[] { "ann", "bob", "cy" }.SelectMany(customer => new[]
            {
                $"/v1/orders/{customer}-{i}", $"/v1/history/order-{customer}-{i}", $"/v1/history/orders/{customer}-{i}?revision=0",
            })),
            "/v1/orders", "/v1/orders?limit=2", "/v1/orders?status=placed", "/v1/orders?status=cancelled&sort=total",
            "/v1/orders?sku=TEA-1",
            "/v1/orders?customerId=bob", "/v1/orders?customerId=ann", "/v1/orders?q=main", "/v1/orders?q=bob", "/v1/orders?minTotal=5",
            "/v1/customers/ann", "/v1/customers/bob", "/v1/customers", "/v1/customers?q=bob", "/v1/history/customer-ann",
            "/v1/history/customer-bob", "/v1/products", "/v1/products/TEA-1", "/v1/sales?from=2026-01-01&to=2026-01-02&bucket=day",
            "/v1/projections", "/v1/me",
        ];
        foreach (var question in questions)
        {
            var one = await alone.ReadAsync(question, whole.ToString(), asAnn);
            var other = await crowded.ReadAsync(question, more.ToString(), asAnn);
            Assert.True(Normal(one) == Normal(other), $"{question}:\n{Normal(one)}\n{Normal(other)}");
        }

        // The other way round it would be no test: a clerk sees the difference.
        Assert.NotEqual(Normal(await alone.GetAsync("/v1/orders", asClerk)), Normal(await crowded.GetAsync("/v1/orders", asClerk)));
    }

    private async Task RegisterAsync(string customer, (string, string) caller)
        => (await Api.PostAsync("/v1/customers", Bodies.Customer(customer), caller)).IsStatus(HttpStatusCode.Created);

    private static string Order(string id, string customer, Random random)
    {
        var lines = new[] { "TEA-1", "CUP-1", "POT-1" }.Take(random.Next(1, 4)).Select(sku => string.Create(
            CultureInfo.InvariantCulture, $$"""{"sku":"{{sku}}","quantity":{{random.Next(1, 5)}},"unitPrice":4.5}"""));
        return $$"""{"orderId":"{{id}}","customerId":"{{customer}}","currency":"EUR","lines":[{{string.Join(',', lines)}}],{{ShipTo}}}""";
    }

    /// <summary>Status, entity tag and body without what differs between any two requests: times, positions, event and trace ids.</summary>
    /// <param name="names">What is asked for.</param>
    private static string Normal(Answer answer, params string[] names)
    {
        var body = answer.Body.Length == 0 ? null : JsonNode.Parse(answer.Body);
        var text = Strip(body)?.ToJsonString() ?? "";
        text = names.Aggregate(text, (all, name) => all.Replace(name, "X", StringComparison.Ordinal));
        return $"{(int)answer.Status} {answer.ETag} {text}";
    }

    private static JsonNode? Strip(JsonNode? node)
    {
        switch (node)
        {
            case JsonObject members:
                foreach (var name in members.Select(member => member.Key).ToList())
                {
                    if (name is "traceId" or "position" or "eventId" or "commandId" or "$correlationId" or "$causationId" or "traceParent"
                        or "nextCursor")
                    {
                        members[name] = members[name] is null ? null : "…";
                    }
                    else
                    {
                        members[name] = Strip(members[name])?.DeepClone();
                    }
                }

                return members;
            case JsonArray items:
                for (var i = 0; i < items.Count; i++)
                {
                    items[i] = Strip(items[i])?.DeepClone();
                }

                return items;
            case JsonValue value when value.TryGetValue<string>(out var text)
                && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, out _) && text.Contains('T', StringComparison.Ordinal):
                return "…";
            default:
                return node;
        }
    }
}
