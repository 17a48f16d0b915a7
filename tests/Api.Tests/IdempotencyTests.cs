using System.Net;
using Orderly.Domain.Orders;

namespace Orderly.Api.Tests;

[Collection(ApiCollection.Name)]
public sealed class IdempotencyTests(SharedApi shared)
{
    private RunningApi Api => shared.Api;

    private static (string Name, string Value) Key(string value) => ("Idempotency-Key", value);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Fifty_identical_requests_at_once_make_one_event_and_fifty_equal_answers(bool withId)
    {
        var key = Key(SharedApi.NewId());
        var body = Bodies.Order(withId ? SharedApi.NewId() : null);
        var before = await Api.HeadAsync();

        var answers = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => Api.PostAsync("/v1/orders", body, key)));

        var one = Assert.Single(
            answers.Select(answer => (answer.Status, answer.Body, answer.ETag, answer.LogPosition, answer.Headers["Location"])).Distinct());
        Assert.Equal(HttpStatusCode.Created, one.Status);
        Assert.Equal(one.LogPosition, (await Api.HeadAsync()).ToString());
        Assert.True(before < await Api.HeadAsync());
        var history = await Api.GetAsync($"/v1/history/order-{answers[0].Json["id"]}");
        Assert.Single(history.Json["items"]!.AsArray());
    }

    [Fact]
    public async Task Different_requests_at_once_under_one_key_make_one_event()
    {
        var key = Key(SharedApi.NewId());

        var answers = await Task.WhenAll(
            Enumerable.Range(0, 50).Select(_ => Api.PostAsync("/v1/orders", Bodies.Order(SharedApi.NewId()), key)));

        Assert.Single(answers, answer => answer.Status == HttpStatusCode.Created);
        Assert.All(
            answers.Where(answer => answer.Status != HttpStatusCode.Created), answer => answer.IsProblem(422, "idempotency-key-reused"));
    }

    [Fact]
    public async Task Whitespace_and_the_order_of_fields_do_not_matter()
    {
        var key = Key(SharedApi.NewId());
        var first = await Api.PostAsync("/v1/customers", """{"name":"Ann","email":"a@example.com"}""", key);

        var second = await Api.PostAsync("/v1/customers", """ { "email" : "a@example.com", "level": null, "name" : "\u0041nn" } """, key);

        Assert.Equal((HttpStatusCode.Created, first.Body), (second.Status, second.Body));
    }

    [Fact]
    public async Task Equal_amounts_are_the_same_request()
    {
        var key = Key(SharedApi.NewId());
        var body = Bodies.Order();
        var first = await Api.PostAsync("/v1/orders", body, key);

        var second = await Api.PostAsync("/v1/orders", body.Replace("4.5", "4.50", StringComparison.Ordinal), key);

        Assert.Equal((HttpStatusCode.Created, first.Body), (second.Status, second.Body));
    }

    [Fact]
    public async Task Another_request_under_the_key_is_refused_wherever_it_goes()
    {
        var key = Key(SharedApi.NewId());
        var (customer, order) = (SharedApi.NewId(), SharedApi.NewId());
        await Api.DoAsync("/v1/customers", Bodies.Customer(customer));
        (await Api.PostAsync("/v1/orders", Bodies.Order(order), key)).IsStatus(HttpStatusCode.Created);
        var head = await Api.HeadAsync();

        Answer[] others =
        [
            await Api.PostAsync("/v1/orders", Bodies.Order(order, customer: "bob"), key),
            await Api.PostAsync("/v1/orders", Bodies.Order(SharedApi.NewId()), key),
            await Api.PostAsync("/v1/orders", Bodies.Order(), key),
            await Api.PostAsync("/v1/customers", Bodies.Customer(customer), key),
            await Api.PostAsync($"/v1/orders/{SharedApi.NewId()}/cancellation", Bodies.Cancellation, key),
            await Api.PostAsync($"/v1/orders/{SharedApi.NewId()}/payments", Bodies.Payment(), key),
            await Api.PostAsync($"/v1/orders/{order}/delivery", null, key),
            await Api.PostAsync($"/v1/orders/{order}/cancellation", Bodies.Cancellation, key),
            await Api.PostAsync("/v1/products", Bodies.Product(SharedApi.NewId().ToUpperInvariant()), key),
            await Api.PutAsync($"/v1/customers/{customer}/level", """{"level":"gold"}""", key),
        ];

        Assert.All(others, answer => answer.IsProblem(422, "idempotency-key-reused"));
        Assert.Equal(head, await Api.HeadAsync());
    }

    [Fact]
    public async Task Every_command_can_be_repeated()
    {
        var (customer, order, sku) = (SharedApi.NewId(), SharedApi.NewId(), SharedApi.NewId().ToUpperInvariant());

        async Task Repeat(HttpMethod method, string path, string? body)
        {
            var key = Key(SharedApi.NewId());
            Task<Answer> Send() => method == HttpMethod.Put ? Api.PutAsync(path, body, key) : Api.PostAsync(path, body, key);
            var first = await Send();
            Assert.True((int)first.Status is 200 or 201, $"{path}: {first.Body}");
            var head = await Api.HeadAsync();
            var second = await Send();
            Assert.Equal(
                (first.Status, first.Body, first.ETag, first.LogPosition), (second.Status, second.Body, second.ETag, second.LogPosition));
            Assert.Equal(first.Headers.GetValueOrDefault("Location"), second.Headers.GetValueOrDefault("Location"));
            Assert.Equal(head, await Api.HeadAsync());
        }

        await Repeat(HttpMethod.Post, "/v1/customers", Bodies.Customer(customer));
        await Repeat(HttpMethod.Put, $"/v1/customers/{customer}/details", """{"name":"Bob","email":"bob@example.com"}""");
        await Repeat(HttpMethod.Put, $"/v1/customers/{customer}/level", """{"level":"gold"}""");
        await Repeat(HttpMethod.Post, "/v1/products", Bodies.Product(sku));
        await Repeat(HttpMethod.Put, $"/v1/products/{sku}/price", """{"unitPrice":5,"currency":"EUR"}""");
        await Repeat(HttpMethod.Post, $"/v1/products/{sku}/stock-receipts", """{"quantity":5}""");
        await Repeat(HttpMethod.Post, $"/v1/products/{sku}/discontinuation", null);
        await Repeat(HttpMethod.Post, "/v1/orders", Bodies.Order(order));
        await Repeat(HttpMethod.Post, $"/v1/orders/{order}/payments", Bodies.Payment());
        await Api.CommandAsync(context => new ConfirmOrder(order) { Context = context });
        await Api.CommandAsync(context => new MarkOrderPaid(order) { Context = context });
        await Repeat(HttpMethod.Post, $"/v1/orders/{order}/shipment", Bodies.Shipment);
        await Repeat(HttpMethod.Post, $"/v1/orders/{order}/delivery", null);
        var cancelled = SharedApi.NewId();
        await Api.DoAsync("/v1/orders", Bodies.Order(cancelled));
        await Repeat(HttpMethod.Post, $"/v1/orders/{cancelled}/cancellation", Bodies.Cancellation);
    }

    [Fact]
    public async Task A_repeat_is_answered_before_its_condition_is_looked_at()
    {
        var sku = SharedApi.NewId().ToUpperInvariant();
        await Api.DoAsync("/v1/products", Bodies.Product(sku));
        var key = Key(SharedApi.NewId());
        var first = await Api.PostAsync($"/v1/products/{sku}/stock-receipts", """{"quantity":5}""", key, ("If-Match", "\"0\""));

        var second = await Api.PostAsync($"/v1/products/{sku}/stock-receipts", """{"quantity":5}""", key, ("If-Match", "\"0\""));

        Assert.Equal((HttpStatusCode.OK, first.Body), (second.Status, second.Body));
    }

    [Fact]
    public async Task Keys_are_remembered_over_a_restart()
    {
        var first = await RunningApi.StartAsync();
        var key = Key("over-a-restart");
        var body = Bodies.Order();
        var before = await first.PostAsync("/v1/orders", body, key);
        await first.StopAsync();
        await using var second = await RunningApi.StartAsync(first.Directory);

        var after = await second.PostAsync("/v1/orders", body, key);

        Assert.Equal((HttpStatusCode.Created, before.Body), (after.Status, after.Body));
        (await second.PostAsync("/v1/orders", Bodies.Order("another"), key)).IsProblem(422, "idempotency-key-reused");
        (await second.PostAsync("/v1/customers", Bodies.Customer(), key)).IsProblem(422, "idempotency-key-reused");
        Assert.Equal(before.LogPosition, (await second.HeadAsync()).ToString());
    }
}
