using System.Net;

namespace Orderly.Api.Tests;

/// <summary>Many clients change the same thing: whoever is told that it worked, worked.</summary>
[Collection(ApiCollection.Name)]
public sealed class LostUpdateTests(SharedApi shared)
{
    private const int Clients = 64;

    private RunningApi Api => shared.Api;

    [Fact]
    public async Task Every_success_on_one_product_is_one_event()
    {
        var sku = SharedApi.NewId().ToUpperInvariant();
        var added = await Api.DoAsync("/v1/products", Bodies.Product(sku));

        var answers = await Task.WhenAll(Enumerable.Range(1, Clients).Select(quantity
            => Api.PostAsync($"/v1/products/{sku}/stock-receipts", $$"""{"quantity":{{quantity}}}""")));

        Assert.All(answers, answer => answer.IsStatus(HttpStatusCode.OK));
        Assert.Equal(Enumerable.Range(1, Clients).Select(revision => (long)revision), answers.Select(answer => answer.Revision).Order());
        var last = answers.MaxBy(answer => answer.Revision)!;
        var product = await Api.ReadAsync($"/v1/products/{sku}", last.LogPosition);
        Assert.Equal(Enumerable.Range(1, Clients).Sum(), product.Json["onHand"]!.GetValue<long>());
        Assert.Equal((0, (long)Clients), (added.Revision, product.Revision));
    }

    [Fact]
    public async Task One_order_is_cancelled_by_one_client()
    {
        var order = SharedApi.NewId();
        await Api.DoAsync("/v1/orders", Bodies.Order(order));

        var answers = await Task.WhenAll(
            Enumerable.Range(0, Clients).Select(_ => Api.PostAsync($"/v1/orders/{order}/cancellation", Bodies.Cancellation)));

        Assert.Equal(1, Assert.Single(answers, answer => answer.Status == HttpStatusCode.OK).Revision);
        Assert.All(answers.Where(answer => answer.Status != HttpStatusCode.OK), answer =>
        {
            answer.IsProblem(409, "invalid-transition");
            Assert.Equal(("cancelled", "cancel"), (answer.Json["state"]!.GetValue<string>(), answer.Json["step"]!.GetValue<string>()));
        });
        Assert.Equal(2, (await Api.GetAsync($"/v1/history/order-{order}")).Json["items"]!.AsArray().Count);
    }

    [Fact]
    public async Task With_If_Match_one_client_wins_each_revision()
    {
        const int Rounds = 5;
        var sku = SharedApi.NewId().ToUpperInvariant();
        await Api.DoAsync("/v1/products", Bodies.Product(sku));
        for (var revision = 0; revision < Rounds; revision++)
        {
            var answers = await Task.WhenAll(Enumerable.Range(0, Clients).Select(client
                => Api.PutAsync(
                    $"/v1/products/{sku}/price", $$"""{"unitPrice":{{client + 1}},"currency":"EUR"}""", ("If-Match", $"\"{revision}\""))));

            Assert.Equal(revision + 1, Assert.Single(answers, answer => answer.Status == HttpStatusCode.OK).Revision);
            Assert.All(
                answers.Where(answer => answer.Status != HttpStatusCode.OK),
                answer => Assert.Equal($"\"{revision + 1}\"", answer.IsProblem(412, "stale-revision").ETag));
        }

        Assert.Equal(Rounds + 1, (await Api.GetAsync($"/v1/history/product-{sku}")).Json["items"]!.AsArray().Count);
    }

    [Fact]
    public async Task One_of_many_payments_with_one_id_counts()
    {
        var (order, payment) = (SharedApi.NewId(), SharedApi.NewId());
        await Api.DoAsync("/v1/orders", Bodies.Order(order));

        var answers = await Task.WhenAll(
            Enumerable.Range(0, Clients).Select(_ => Api.PostAsync($"/v1/orders/{order}/payments", Bodies.Payment(payment))));

        Assert.Single(answers, answer => answer.Status == HttpStatusCode.Created);
        Assert.All(answers.Where(answer => answer.Status != HttpStatusCode.Created), answer => answer.IsProblem(409, "already-exists"));
    }
}
