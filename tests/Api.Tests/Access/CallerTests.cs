using System.Net;
using System.Text.Json.Nodes;
using Orderly.Tests;

namespace Orderly.Api.Tests.Access;

/// <summary>What a service that knows its callers records of them, and keeps apart; and what strangers can't do any more.</summary>
public sealed class CallerTests(GuardedApi guarded) : IClassFixture<GuardedApi>
{
    private RunningApi Api => guarded.Api;

    [Fact]
    public async Task Events_say_who_and_by_which_client()
    {
        var token = await guarded.Issuer.TokenAsync(
            new TokenRequest { Subject = "u-7", Client = "web-shop", Roles = ["clerk", "auditor"] });
        (await Api.PostAsync("/v1/customers", Bodies.Customer("said-1"), GuardedApi.Bearer(token))).IsStatus(HttpStatusCode.Created);

        var events = (await Api.GetAsync("/v1/history/customer-said-1", GuardedApi.Bearer(token))).Json["items"]!.AsArray();
        var metadata = events.Single()!["metadata"]!;
        Assert.Equal("user:u-7", metadata["actor"]!.GetValue<string>());
        Assert.Equal(guarded.Issuer.Issuer, metadata["by"]!["issuer"]!.GetValue<string>());
        Assert.Equal("u-7", metadata["by"]!["subject"]!.GetValue<string>());
        Assert.Equal("web-shop", metadata["by"]!["client"]!.GetValue<string>());
    }

    [Fact]
    public async Task Processes_act_as_themselves_and_keep_who_began_it()
    {
        await using var api = await RunningApi.StartWithProcessesAsync(settings: GuardedApi.Trusting(guarded.Issuer));
        var token = GuardedApi.Bearer(await guarded.Issuer.TokenAsync(new TokenRequest { Subject = "u-8", Roles = ["clerk", "auditor"] }));
        (await api.PostAsync("/v1/orders", Bodies.Order("began-1"), token)).IsStatus(HttpStatusCode.Created);
        await api.AtRestAsync();

        List<JsonNode> sent = [];
        foreach (var stream in new[] { "checks-began-1", "order-began-1" })
        {
            sent.AddRange((await api.GetAsync($"/v1/history/{stream}", token)).Json["items"]!.AsArray().Select(one => one!["metadata"]!));
        }

        var processes = sent.Where(one => one["actor"]!.GetValue<string>() != "user:u-8").ToList();
        Assert.True(processes.Count >= 4);
        Assert.All(processes, one => Assert.Equal("user:u-8", one["by"]!["onBehalfOf"]!.GetValue<string>()));
    }

    [Fact]
    public async Task Each_caller_has_idempotency_keys_of_their_own()
    {
        var (one, other) = (await TokenAsync("k-1"), await TokenAsync("k-2"));
        var key = ("Idempotency-Key", "same");
        var first = await Api.PostAsync("/v1/customers", Bodies.Customer("keys-1"), one, key);
        var second = await Api.PostAsync("/v1/customers", Bodies.Customer("keys-2"), other, key);
        var again = await Api.PostAsync("/v1/customers", Bodies.Customer("keys-1"), one, key);

        first.IsStatus(HttpStatusCode.Created);
        second.IsStatus(HttpStatusCode.Created);
        Assert.Equal("true", again.IsStatus(HttpStatusCode.Created).Headers["Idempotent-Replayed"]);
        (await Api.PostAsync("/v1/customers", Bodies.Customer("keys-1"), other, key)).IsProblem(422, "idempotency-key-reused");
    }

    [Fact]
    public async Task Requests_are_counted_for_each_caller()
    {
        await using var api = await RunningApi.StartAsync(
            settings: [.. GuardedApi.Trusting(guarded.Issuer), "--Orderly:Limits:RequestsPerSecond", "20"]);
        var (busy, other) = (await TokenAsync("busy"), await TokenAsync("other"));
        await Wait.UntilAsync(async () =>
        {
            var answers = await Task.WhenAll(Enumerable.Range(0, 40).Select(_ => api.GetAsync("/v1/me", busy)));
            return answers.Any(answer => answer.Problem == "rate-limited");
        });
        var answer = (await api.GetAsync("/v1/me", other)).IsStatus(HttpStatusCode.OK);
        Assert.StartsWith("\"caller\";r=", answer.Headers["RateLimit"], StringComparison.Ordinal);
        Assert.StartsWith("\"address\";r=", (await api.GetAsync("/v1/me")).Headers["RateLimit"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Callers_can_ask_who_they_are()
    {
        var me = (await Api.GetAsync("/v1/me", await guarded.AsAsync("customer", "ann"))).IsStatus(HttpStatusCode.OK).Json;
        Assert.Equal("user:customer-ann", me["actor"]!.GetValue<string>());
        Assert.Equal("ann", me["accountId"]!.GetValue<string>());
        Assert.Equal(["catalogue:read", "own"], me["scopes"]!.AsArray().Select(scope => scope!.GetValue<string>()));
    }

    /// <summary>Once, everybody read every customer's address and payments.</summary>
    [Fact]
    public async Task A_stranger_reads_no_address_and_no_payment()
    {
        var clerk = await guarded.AsAsync("clerk");
        var placed = await Api.PostAsync("/v1/orders", Bodies.Order("read-1", "read-ann"), clerk);
        var position = placed.IsStatus(HttpStatusCode.Created).LogPosition;
        (await Api.ReadAsync("/v1/orders/read-1", position, clerk)).IsStatus(HttpStatusCode.OK);

        string[] paths =
            ["/v1/orders/read-1", "/v1/orders?q=read", "/v1/history/order-read-1", "/v1/history/orders/read-1?revision=0"];
        foreach (var path in paths)
        {
            (await Api.GetAsync(path)).IsProblem(401, "unauthenticated");
            Assert.DoesNotContain("read-1", (await Api.GetAsync(path, await guarded.AsAsync("customer", "read-bob"))).Json["items"]?
                .ToJsonString() ?? "");
        }
    }

    /// <summary>Once, everybody recorded payments, received stock and left out parked events.</summary>
    [Fact]
    public async Task A_customer_records_no_payment_receives_no_stock_and_skips_nothing()
    {
        var (customer, clerk) = (await guarded.AsAsync("customer", "abuse-ann"), await guarded.AsAsync("clerk"));
        (await Api.PostAsync("/v1/orders", Bodies.Order("abuse-1", "abuse-ann"), customer)).IsStatus(HttpStatusCode.Created);
        var head = await Api.HeadAsync();
        foreach (var caller in new[] { customer, clerk })
        {
            (await Api.PostAsync("/v1/orders/abuse-1/payments", Bodies.Payment(), caller)).IsProblem(403, "forbidden");
            (await Api.PostAsync("/v1/products/TEA-1/stock-receipts", """{"quantity":5}""", caller)).IsProblem(403, "forbidden");
            (await Api.PostAsync("/v1/projections/order-details/parked/1/skip", null, caller)).IsProblem(403, "forbidden");
        }

        Assert.Equal(head, await Api.HeadAsync());
        (await Api.PostAsync("/v1/orders/abuse-1/payments", Bodies.Payment(), await guarded.AsAsync("payments")))
            .IsStatus(HttpStatusCode.Created);
    }

    /// <summary>Once, a stranger's order on a customer's id had the customer's own order refused as fraud.</summary>
    [Fact]
    public async Task An_order_on_anothers_id_is_refused_and_the_own_one_is_confirmed()
    {
        await using var api = await RunningApi.StartWithProcessesAsync(settings: GuardedApi.Trusting(guarded.Issuer));
        await OpenAsync(api, "victim");
        var (victim, thief) = (await guarded.AsAsync("customer", "victim"), await guarded.AsAsync("customer", "thief"));
        var dear = """{"orderId":"theft","customerId":"victim","currency":"EUR","lines":[{"sku":"NONE","quantity":1,"unitPrice":2000}]}""";
        (await api.PostAsync("/v1/orders", dear, thief)).IsProblem(403, "forbidden");
        (await api.PostAsync("/v1/orders", dear)).IsProblem(401, "unauthenticated");

        (await api.PostAsync("/v1/orders", Bodies.Order("honest", "victim"), victim)).IsStatus(HttpStatusCode.Created);
        await api.AtRestAsync();
        Assert.Equal("confirmed", (await api.GetAsync("/v1/orders/honest", victim)).Json["status"]!.GetValue<string>());
    }

    /// <summary>Once, one unpaid order after the other, under any name, held all stock for a day.</summary>
    [Fact]
    public async Task One_customer_holds_stock_with_few_unpaid_orders_whatever_they_call_themselves()
    {
        await using var api = await RunningApi.StartWithProcessesAsync(
            settings: [.. GuardedApi.Trusting(guarded.Issuer), "--Orderly:Processes:MaxUnpaidOrders", "2"]);
        await OpenAsync(api, "hoarder");
        var hoarder = await guarded.AsAsync("customer", "hoarder");
        (await api.PostAsync("/v1/orders", Bodies.Order("as-another", "hoarder-2"), hoarder)).IsProblem(403, "forbidden");
        for (var i = 0; i < 4; i++)
        {
            (await api.PostAsync("/v1/orders", Bodies.Order($"hoard-{i}", "hoarder"), hoarder)).IsStatus(HttpStatusCode.Created);
            await api.AtRestAsync();
        }

        var states = (await api.GetAsync("/v1/orders", hoarder)).Json["items"]!.AsArray().Select(one => one!["status"]!.GetValue<string>());
        Assert.Equal(["confirmed", "confirmed", "rejected", "rejected"], states.Order(StringComparer.Ordinal));
    }

    private async Task OpenAsync(RunningApi api, string customer)
    {
        var (clerk, catalogue, warehouse)
            = (await guarded.AsAsync("clerk"), await guarded.AsAsync("catalogue"), await guarded.AsAsync("warehouse"));
        (await api.PostAsync("/v1/customers", Bodies.Customer(customer), clerk)).IsStatus(HttpStatusCode.Created);
        (await api.PostAsync("/v1/products", Bodies.Product("TEA-1"), catalogue)).IsStatus(HttpStatusCode.Created);
        (await api.PostAsync("/v1/products/TEA-1/stock-receipts", """{"quantity":100}""", warehouse)).IsStatus(HttpStatusCode.OK);
    }

    private async Task<(string, string)> TokenAsync(string subject)
        => GuardedApi.Bearer(await guarded.Issuer.TokenAsync(new TokenRequest { Subject = subject, Roles = ["clerk"] }));
}
