using System.Net;
using System.Text.Json.Nodes;
using Orderly.Domain.Payments;

namespace Orderly.Api.Tests;

/// <summary>
/// What people expect of any HTTP interface: RFC 9110 (methods, conditions), 9111 (caches), 9457 (problems), 7240 (Prefer), 8288 (links),
/// and the drafts of the idempotency key and of the rate limit's headers.
/// </summary>
[Collection(ApiCollection.Name)]
public sealed class HttpHabitTests(SharedApi shared)
{
    /// <summary>
    /// Every address that is read, with what it has beside a body. The id is that of an order, a product, a customer and an API key.
    /// </summary>
    public static TheoryData<string, string> Reads => new()
    {
        { "/v1/orders/{id}", "tag" },
        { "/v1/orders", "page" },
        { "/v1/customers/{id}", "tag" },
        { "/v1/customers", "page" },
        { "/v1/products/{sku}", "tag" },
        { "/v1/products", "page" },
        { "/v1/products/{sku}/bought-together", "page" },
        { "/v1/sales?from=2026-01-01&to=2026-01-02&bucket=day", "page" },
        { "/v1/history/order-{id}", "log" },
        { "/v1/history/orders/{id}?revision=0", "log" },
        { "/v1/api-keys/{id}", "tag" },
        { "/v1/api-keys", "page" },
        { "/v1/projections", "status" },
        { "/v1/projections/order-details/parked", "status" },
        { "/health/live", "health" },
        { "/health/ready", "health" },
        { "/problems", "text" },
        { "/problems/not-found", "text" },
    };

    private RunningApi Api => shared.Api;

    [Theory]
    [MemberData(nameof(Reads))]
    public async Task Every_read_has_what_people_expect(string path, string kind)
    {
        path = await MadeAsync(path);

        var read = (await Api.GetAsync(path)).IsStatus(HttpStatusCode.OK);
        var head = (await Api.SendAsync(HttpMethod.Head, path, null)).IsStatus(HttpStatusCode.OK);

        Assert.Empty(head.Body);
        Assert.NotEmpty(read.Body);
        string[] changing = ["Request-Id", "RateLimit", "Date", "Transfer-Encoding", "Log-Position", "Content-Length"];
        Assert.Equal(
            read.Headers.Where(header => !changing.Contains(header.Key)).OrderBy(header => header.Key),
            head.Headers.Where(header => !changing.Contains(header.Key)).OrderBy(header => header.Key));
        Assert.NotEqual(read.Headers["Request-Id"], head.Headers["Request-Id"]);
        Assert.Equal(kind == "tag", read.ETag is not null);
        Assert.Equal(kind is "tag" or "page", read.Headers.ContainsKey("Log-Position"));
        Assert.Equal(kind != "health", read.Headers.ContainsKey("RateLimit"));
        if (kind != "text")
        {
            Assert.Equal(("no-cache, private", "Accept, Accept-Encoding, Authorization"), (Sorted(read), read.Headers["Vary"]));
        }

        static string Sorted(Answer answer) => string.Join(", ", answer.Headers["Cache-Control"].Split(", ").Order());
    }

    [Theory]
    [MemberData(nameof(Reads))]
    public async Task Every_read_refuses_parameters_that_it_does_not_know_but_health(string path, string kind)
    {
        path = await MadeAsync(path);

        var answer = await Api.GetAsync(path + (path.Contains('?') ? "&" : "?") + "colour=blue");

        if (kind is "health" or "text")
        {
            answer.IsStatus(HttpStatusCode.OK);
        }
        else
        {
            Assert.Equal(
                "is not known here.", answer.IsProblem(400, "malformed-parameter").Json["errors"]!["colour"]![0]!.GetValue<string>());
        }
    }

    [Theory]
    [MemberData(nameof(Reads))]
    public async Task Every_read_says_which_methods_are_possible(string path, string kind)
    {
        path = await MadeAsync(path);

        var options = (await Api.SendAsync(HttpMethod.Options, path, null)).IsStatus(HttpStatusCode.NoContent);

        Assert.Superset(new HashSet<string> { "GET", "HEAD", "OPTIONS" }, options.Headers["Allow"].Split(", ").ToHashSet());
        Assert.Empty(options.Body);
        var other = (await Api.SendAsync(HttpMethod.Trace, path, null)).IsProblem(405, "method-not-allowed");
        Assert.Equal(options.Headers["Allow"], other.Headers["Allow"]);
        Assert.NotEmpty(kind);
    }

    [Fact]
    public async Task A_command_refuses_parameters_that_it_does_not_know()
    {
        var order = SharedApi.NewId();

        (await Api.PostAsync("/v1/orders?dryRun=true", Bodies.Order(order))).IsProblem(400, "malformed-parameter");

        (await Api.GetAsync($"/v1/history/order-{order}")).IsProblem(404, "not-found");
    }

    [Theory]
    [InlineData("abc-123", true)]
    [InlineData("0198c1a2-3c4d-7e5f-8a6b-7c8d9e0f1a2b", true)]
    [InlineData("Root=1-67891233-abcdef012345678912345678", true)]
    [InlineData("", false)]
    [InlineData("two words", false)]
    [InlineData("<script>", false)]
    [InlineData("129", false)]
    public async Task A_well_formed_request_id_is_taken_over(string id, bool isTakenOver)
    {
        id = id == "129" ? new string('x', 129) : id;

        var found = await Api.GetAsync("/v1/products", ("Request-Id", id));
        var missing = await Api.GetAsync("/v1/products/NO-SUCH", ("Request-Id", id));

        Assert.Equal(isTakenOver, found.Headers["Request-Id"] == id);
        Assert.Equal(isTakenOver, missing.IsProblem(404, "not-found").Headers["Request-Id"] == id);
        Assert.NotEmpty(found.Headers["Request-Id"]);
    }

    [Fact]
    public async Task Every_answer_says_what_is_left_of_the_rate_limit()
    {
        await using var api = await RunningApi.StartAsync(null, null, "--Orderly:Limits:RequestsPerSecond", "3");

        List<Answer> answers = [];
        do
        {
            answers.Add(await api.GetAsync("/v1/nothing"));
        }
        while (answers[^1].Status != HttpStatusCode.TooManyRequests && answers.Count < 1_000);

        Assert.All(answers, answer => Assert.Equal("\"address\";q=3;w=1", answer.Headers["RateLimit-Policy"]));
        Assert.Equal("\"address\";r=0;t=1", answers[^1].Headers["RateLimit"]);
        Assert.Contains(answers, answer => answer.Headers["RateLimit"] == "\"address\";r=2;t=1");
        Assert.Equal("1", answers[^1].IsProblem(429, "rate-limited").Headers["Retry-After"]);
    }

    [Theory]
    [InlineData("/v1/orders?customerId={id}&limit=1")]
    [InlineData("/v1/customers?q={id}&limit=1")]
    [InlineData("/v1/products?q={sku}&limit=1")]
    [InlineData("/v1/history/order-{id}?limit=1")]
    [InlineData("/v1/sales?from=2026-01-01&to=2026-01-03&bucket=day&limit=1")]
    public async Task A_page_links_to_the_next_one(string path)
    {
        var id = SharedApi.NewId();
        var sku = id.ToUpperInvariant();
        foreach (var suffix in new[] { "-a", "-b" })
        {
            await Api.DoAsync("/v1/customers", Bodies.Customer(id + suffix));
            await Api.DoAsync("/v1/products", Bodies.Product(sku + suffix.ToUpperInvariant()));
            await Api.DoAsync("/v1/orders", Bodies.Order(id + suffix, customer: id));
        }

        await Api.DoAsync("/v1/orders", Bodies.Order(id, customer: id));
        var last = await Api.DoAsync($"/v1/orders/{id}/cancellation", Bodies.Cancellation);
        path = path.Replace("{id}", id, StringComparison.Ordinal).Replace("{sku}", sku, StringComparison.Ordinal);

        var first = path.Contains("history") ? await Api.GetAsync(path) : await Api.ReadAsync(path, last.LogPosition);
        var link = first.IsStatus(HttpStatusCode.OK).Headers["Link"];

        Assert.True(link.StartsWith('<') && link.EndsWith(">; rel=\"next\"", StringComparison.Ordinal), link);
        var second = (await Api.GetAsync(link[1..link.IndexOf('>', StringComparison.Ordinal)])).IsStatus(HttpStatusCode.OK);
        Assert.NotEqual(first.Json["items"]!.ToJsonString(), second.Json["items"]!.ToJsonString());
        Assert.Single(second.Json["items"]!.AsArray());
        Assert.DoesNotContain("limit=1&limit", link);
    }

    [Fact]
    public async Task A_command_answers_the_document_to_who_prefers_it()
    {
        var id = SharedApi.NewId();
        (string, string)[] prefer = [("Prefer", "wait=30, return=representation")];

        var placed = (await Api.PostAsync("/v1/orders", Bodies.Order(id), prefer)).IsStatus(HttpStatusCode.Created);
        var cancelled = (await Api.PostAsync($"/v1/orders/{id}/cancellation", Bodies.Cancellation, prefer)).IsStatus(HttpStatusCode.OK);

        Assert.Equal(("placed", id), (Text(placed.Json, "status"), Text(placed.Json, "orderId")));
        Assert.Equal("cancelled", Text(cancelled.Json, "status"));
        foreach (var answer in new[] { placed, cancelled })
        {
            Assert.Equal("return=representation", answer.Headers["Preference-Applied"]);
            Assert.Equal($"/v1/orders/{id}", answer.Headers["Content-Location"]);
        }

        var read = await Api.ReadAsync($"/v1/orders/{id}", cancelled.LogPosition);
        Assert.Equal((read.Body, read.ETag), (cancelled.Body, cancelled.ETag));
    }

    [Fact]
    public async Task A_command_whose_document_is_late_answers_as_ever()
    {
        await using var api = await RunningApi.StartAsync(null, null, "--Orderly:Workers", "Separate");
        var id = SharedApi.NewId();

        var placed = await api.PostAsync("/v1/orders", Bodies.Order(id), ("Prefer", "return=representation; x, wait=0"));

        Assert.Equal((HttpStatusCode.Created, id, 0L), (placed.Status, Text(placed.Json, "id"), placed.Revision));
        Assert.False(placed.Headers.ContainsKey("Preference-Applied"));
        (await api.PostAsync("/v1/orders", Bodies.Order(), ("Prefer", "wait=soon"))).IsProblem(400, "malformed-header");
    }

    [Theory]
    [InlineData("k-{id}", "\"k-{id}\"")]
    [InlineData("say \"{id}\"", "\"say \\\"{id}\\\"\"")]
    [InlineData("back\\slash {id}", "\"back\\\\slash {id}\"")]
    public async Task A_quoted_key_and_a_bare_one_are_one_key_and_a_repeat_is_marked(string bare, string quoted)
    {
        var id = SharedApi.NewId();
        (string, string) Key(string key) => ("Idempotency-Key", key.Replace("{id}", id, StringComparison.Ordinal));

        var first = await Api.PostAsync("/v1/customers", Bodies.Customer(id), Key(bare));
        var second = await Api.PostAsync("/v1/customers", Bodies.Customer(id), Key(quoted));

        Assert.Equal((HttpStatusCode.Created, first.Body), (second.Status, second.Body));
        Assert.False(first.Headers.ContainsKey("Idempotent-Replayed"));
        Assert.Equal("true", second.Headers["Idempotent-Replayed"]);
    }

    [Theory]
    [InlineData("\"")]
    [InlineData("\"\"")]
    [InlineData("\"open")]
    [InlineData("\"a\"b")]
    [InlineData("\"a\\b\"")]
    public async Task A_key_that_is_no_quoted_string_is_refused(string key)
        => (await Api.PostAsync("/v1/customers", Bodies.Customer(), ("Idempotency-Key", key))).IsProblem(400, "malformed-header");

    [Fact]
    public async Task The_type_of_every_problem_is_the_address_of_a_page()
    {
        var list = (await Api.GetAsync("/problems")).IsStatus(HttpStatusCode.OK).Body;
        var addresses = list.Split("href=\"").Skip(1).Select(part => part[..part.IndexOf('"', StringComparison.Ordinal)]).ToList();

        var missing = await Api.GetAsync("/v1/orders/no-such");
        Assert.Contains(missing.IsProblem(404, "not-found").Json["type"]!.GetValue<string>(), addresses);
        Assert.True(addresses.Count > 20);
        foreach (var address in addresses)
        {
            var page = (await Api.GetAsync(address)).IsStatus(HttpStatusCode.OK);
            Assert.StartsWith("text/html", page.Headers["Content-Type"]);
            Assert.Contains(address, page.Body);
        }

        (await Api.GetAsync("/problems/no-such")).IsProblem(404, "not-found");
    }

    [Fact]
    public async Task Scripts_of_other_origins_may_call_it_only_where_that_is_set()
    {
        (string, string)[] preflight = [("Origin", "https://shop.example"), ("Access-Control-Request-Method", "POST")];
        var unasked = await Api.SendAsync(HttpMethod.Options, "/v1/orders", null, preflight);
        Assert.False(unasked.Headers.ContainsKey("Access-Control-Allow-Origin"));

        await using var api = await RunningApi.StartAsync(null, null, "--Orderly:Http:AllowedOrigins:0", "https://shop.example");
        var allowed = (await api.SendAsync(HttpMethod.Options, "/v1/orders", null, preflight)).IsStatus(HttpStatusCode.NoContent);
        var read = await api.GetAsync("/v1/orders/no-such", ("Origin", "https://shop.example"));
        var stranger = await api.GetAsync("/v1/orders", ("Origin", "https://other.example"));

        Assert.Equal("https://shop.example", allowed.Headers["Access-Control-Allow-Origin"]);
        Assert.Equal("https://shop.example", read.IsProblem(404, "not-found").Headers["Access-Control-Allow-Origin"]);
        Assert.Contains("ETag", read.Headers["Access-Control-Expose-Headers"].Split(','));
        Assert.False(stranger.Headers.ContainsKey("Access-Control-Allow-Origin"));
    }

    [Theory]
    [InlineData("shop.example")]
    [InlineData("https://shop.example/")]
    [InlineData("*")]
    public async Task An_origin_that_is_none_stops_the_start(string origin)
        => await Assert.ThrowsAsync<Microsoft.Extensions.Options.OptionsValidationException>(
            () => RunningApi.StartAsync(null, null, "--Orderly:Http:AllowedOrigins:0", origin));

    [Fact]
    public async Task Answers_are_compressed_only_where_that_is_set()
    {
        (string, string) accepted = ("Accept-Encoding", "gzip");
        Assert.False((await Api.GetAsync("/v1/projections", accepted)).Headers.ContainsKey("Content-Encoding"));

        await using var api = await RunningApi.StartAsync(null, null, "--Orderly:Http:Compress", "true");

        Assert.Equal("gzip", (await api.GetAsync("/v1/projections", accepted)).Headers["Content-Encoding"]);
        Assert.False((await api.GetAsync("/v1/projections")).Headers.ContainsKey("Content-Encoding"));
    }

    [Fact]
    public async Task A_refund_is_completed_in_parts_and_never_beyond_what_was_asked_back()
    {
        var (order, payment) = (SharedApi.NewId(), SharedApi.NewId());
        var path = $"/v1/payments/{payment}/refund";
        await Api.DoAsync("/v1/orders", Bodies.Order(order));
        await Api.DoAsync($"/v1/orders/{order}/payments", Bodies.Payment(payment));
        (await Api.PostAsync(path, null)).IsProblem(409, "invalid-transition");
        await Api.CommandAsync(context => new RequestRefund(payment, 5, "over-paid") { Context = context });

        (await Api.PostAsync(path, """{"amount":5.01}""")).IsProblem(409, "invalid-transition");
        (await Api.PostAsync(path, """{"amount":0.001}""")).IsProblem(422, "validation");
        (await Api.PostAsync(path, """{"amount":-1}""")).IsProblem(422, "validation");
        (await Api.PostAsync("/v1/payments/no-such/refund", null)).IsProblem(404, "not-found");
        await Api.DoAsync(path, """{"amount":2,"reference":"B-17"}""");
        await Api.DoAsync(path, null);
        (await Api.PostAsync(path, """{"amount":1}""")).IsProblem(409, "invalid-transition");

        var refunds = (await Api.GetAsync($"/v1/history/payment-{payment}")).Json["items"]!.AsArray()
            .Where(item => Text(item!, "type") == "payment-refunded.v1").Select(item => item!["data"]!).ToList();
        Assert.Equal([2m, 3m], refunds.Select(data => data["amount"]!["amount"]!.GetValue<decimal>()));
        Assert.Equal("B-17", Text(refunds[0], "reference"));
    }

    [Fact]
    public async Task Customers_are_found_by_level_and_words()
    {
        var id = SharedApi.NewId();
        string Customer(string suffix, string name, string level)
            => $$"""{"customerId":"{{id}}-{{suffix}}","name":"{{name}}","email":"{{suffix}}@example.com","level":"{{level}}"}""";
        await Api.DoAsync("/v1/customers", Customer("a", "Jürgen Straße", "gold"));
        await Api.DoAsync("/v1/customers", Customer("b", "Jurgen Strauss", "silver"));
        var last = await Api.DoAsync("/v1/customers", Customer("zoe", "Ann", "gold"));

        var all = await Api.ReadAsync($"/v1/customers?q={id}", last.LogPosition);

        Assert.Equal([$"{id}-a", $"{id}-b", $"{id}-zoe"], Ids(all));
        Assert.Equal([$"{id}-a", $"{id}-b"], Ids(await Api.GetAsync($"/v1/customers?q={id}+JURG")));
        Assert.Equal([$"{id}-a"], Ids(await Api.GetAsync($"/v1/customers?q={id}+strasse")));
        Assert.Equal([$"{id}-a", $"{id}-zoe"], Ids(await Api.GetAsync($"/v1/customers?q={id}&level=gold")));
        Assert.Equal([$"{id}-zoe"], Ids(await Api.GetAsync($"/v1/customers?q={id}+zoe%40example.com")));
        (await Api.GetAsync("/v1/customers?level=iron")).IsProblem(400, "malformed-parameter");

        static IEnumerable<string> Ids(Answer answer) => answer.Json["items"]!.AsArray().Select(item => Text(item!, "customerId"));
    }

    [Theory]
    [InlineData("creme")]
    [InlineData("CRÈME")]
    [InlineData("Cre\u0300me bru")]
    [InlineData("brûlée")]
    public async Task Products_are_found_whatever_the_case_the_accents_and_the_normal_form(string words)
    {
        var sku = SharedApi.NewId().ToUpperInvariant();
        var added = await Api.DoAsync("/v1/products", Bodies.Product(sku, "Crème brûlée"));

        var found = await Api.ReadAsync($"/v1/products?q={sku}+{Uri.EscapeDataString(words)}", added.LogPosition);

        Assert.Equal(sku, Text(Assert.Single(found.Json["items"]!.AsArray())!, "sku"));
    }

    private static string Text(JsonNode node, string name) => node[name]!.GetValue<string>();

    /// <summary>The path of things that are there, in every view.</summary>
    private async Task<string> MadeAsync(string path)
    {
        var id = SharedApi.NewId();
        var sku = id.ToUpperInvariant();
        await Api.DoAsync("/v1/customers", Bodies.Customer(id));
        await Api.DoAsync("/v1/products", Bodies.Product(sku));
        await Api.DoAsync("/v1/api-keys", Bodies.ApiKey(id));
        var last = await Api.DoAsync("/v1/orders", Bodies.Order(id, customer: id, sku: sku));
        await Api.ReadAsync($"/v1/orders/{id}", last.LogPosition);
        await Api.ReadAsync($"/v1/api-keys/{id}", last.LogPosition);
        await Api.ReadAsync($"/v1/customers/{id}", last.LogPosition);
        return path.Replace("{id}", id, StringComparison.Ordinal).Replace("{sku}", sku, StringComparison.Ordinal);
    }
}
