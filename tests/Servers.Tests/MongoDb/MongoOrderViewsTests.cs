using MongoDB.Bson;
using MongoDB.Driver;
using Orderly.ReadModels;
using Orderly.ReadModels.Orders;
using Orderly.ReadModels.Sales;
using Orderly.ReadModels.ViewStore;

namespace Orderly.Servers.Tests.MongoDb;

/// <summary>The service's own searches, on its own documents.</summary>
public sealed class MongoOrderViewsTests
{
    private static readonly DateTimeOffset s_start = new(2026, 1, 31, 22, 0, 0, TimeSpan.Zero);

    [SkippableFact]
    public async Task Orders_are_found_sorted_and_paged()
    {
        await using var database = new MongoTestDatabase();
        var store = database.Connect();
        await CommitAsync(
            store, OrderSearch.View, [.. Enumerable.Range(0, 20).Select(i => new StoredDocument<OrderSearch>($"o-{i:D2}", 1, Order(i)))]);
        var filter = new OrderFilter("placed", "ann", "TEA-1", "Müll TEA", s_start.AddMinutes(2), s_start.AddMinutes(18), 1.0001m, 1.0015m);

        List<string> seen = [];
        OrderPlace? after = null;
        do
        {
            var page = await new FindOrdersHandler(store).Handle(
                new FindOrders(filter, new OrderSort(OrderSortField.Total, Descending: true), 3, after), CancellationToken.None);
            seen.AddRange(page.Value!.Items.Select(order => order.OrderId));
            after = page.Value.Next;
        }
        while (after is not null);

        Assert.Equal(["o-15", "o-14", "o-12", "o-11", "o-09", "o-08", "o-06", "o-05", "o-03", "o-02"], seen);

        static OrderSearch Order(int i) => new(
            $"o-{i:D2}",
            "ann",
            "Ann Müller",
            i % 3 == 1 ? "paid" : "placed",
            "EUR",
            1 + (i * 0.0001m),
            ["TEA-1", $"LAMP-{i}"],
            s_start.AddMinutes(i),
            s_start.AddMinutes(i).ToUnixTimeMilliseconds(),
            OrderSearch.KeyOf(1 + (i * 0.0001m)),
            SearchWords.Of("Ann Müller", "TEA-1", $"LAMP-{i}"));
    }

    [SkippableFact]
    public async Task A_series_of_sales_is_one_range()
    {
        await using var database = new MongoTestDatabase();
        var store = database.Connect();
        var buckets = from sku in new[] { null, "A", "A-1" }
                      from hour in Enumerable.Range(0, 5).Where(hour => hour != 2)
                      let start = s_start.AddHours(hour)
                      select new StoredDocument<SalesBucket>(
                          SalesBucket.IdOf(SalesStep.Hour, sku, start),
                          1,
                          new SalesBucket("hour", sku, start, [new CurrencyAmount("EUR", 0.0001m)], hour, 1));
        await CommitAsync(store, SalesBucket.View, [.. buckets]);

        var series = await new GetSalesHandler(store).Handle(
            new GetSales(SalesStep.Hour, "A", s_start.AddHours(1), s_start.AddHours(5), 3), CancellationToken.None);

        Assert.Equal([(1L, 1L), (0, 0), (3, 1)], series.Value!.Items.Select(item => (item.Units, item.Orders)));
        Assert.Equal([0.0001m, 0, 0.0001m], series.Value.Items.Select(item => item.Revenue.Sum(one => one.Amount)));
        Assert.Equal(s_start.AddHours(4), series.Value.NextFrom);
    }

    [SkippableFact]
    public async Task What_is_asked_together_has_an_index()
    {
        await using var database = new MongoTestDatabase();
        await database.Connect().StartGenerationAsync(OrderSearch.View, CancellationToken.None);

        var indexes = await (await database.Collection("order-search.1").Indexes.ListAsync()).ToListAsync();

        Assert.Contains(
            new BsonDocument { { "status", 1 }, { "placedAtMs", 1 }, { "_id", 1 } }, indexes.Select(index => index["key"].AsBsonDocument));
        Assert.Contains(new BsonDocument { { "words", 1 }, { "_id", 1 } }, indexes.Select(index => index["key"].AsBsonDocument));
    }

    private static async Task CommitAsync<TDocument>(
        IViewStore store, View<TDocument> view, IReadOnlyList<StoredDocument<TDocument>> documents)
        where TDocument : class
    {
        var opened = await store.OpenAsync(view, 1, CancellationToken.None);
        Assert.NotNull(
            await store.CommitAsync(view, new ViewCommit<TDocument>(opened.Partitions, 1, documents, []), CancellationToken.None));
    }
}
