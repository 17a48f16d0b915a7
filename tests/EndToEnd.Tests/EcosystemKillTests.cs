using System.Net.Http.Json;
using System.Text.Json;
using Orderly.Domain;
using Orderly.Domain.Customers;
using Orderly.Domain.EventStore;
using Orderly.Domain.Orders;
using Orderly.Domain.Payments;
using Orderly.Domain.Products;
using Orderly.Domain.Serialization;
using Orderly.Tests;

namespace Orderly.EndToEnd.Tests;

/// <summary>The whole ecosystem while its programs are killed.</summary>
public class EcosystemKillTests
{
    /// <summary>
    /// The API and three workers, which keep views and processes, are killed or put to sleep at random while the demo plays its shop. At
    /// the end each order is where its life has led it, nothing was done twice (no command, no e-mail, no refund, no reservation), and the
    /// views agree.
    /// </summary>
    [Fact]
    public async Task Every_order_comes_to_its_end_and_nothing_is_done_twice_whatever_is_killed()
    {
        const int Workers = 3;
        var orders = 20 * KillTests.Kills;
        var port = Deployment.FreePort();
        await using var data = await Deployment.StartAsync();
        await using var stores = new Stores(data);
        var random = new Random(20261121);
        var api = await RunningApi.StartAloneAsync(data, port);
        List<RunningProgram> workers = [.. Enumerable.Range(0, Workers).Select(_ => RunningProgram.StartWorker(data, "run"))];
        try
        {
            await using var demo = RunningProgram.StartDemo(
                "--url", $"http://127.0.0.1:{port}", "--orders", $"{orders}", "--rate", "40", "--customers", "50",
                "--products", "20", "--seed", "7", "--patience", "00:10:00", "--json");
            for (var blow = 0; !demo.HasExited && blow < 2 * KillTests.Kills; blow++)
            {
                var victim = random.Next(Workers);
                await workers[victim].FollowingAsync();
                var until = (await stores.Log.ReadHeadAsync(CancellationToken.None)).Value + random.Next(10, 80);
                await Wait.UntilAsync(
                    async () => demo.HasExited || (await stores.Log.ReadHeadAsync(CancellationToken.None)).Value >= until);
                if (blow % 5 == 4)
                {
                    await api.DisposeAsync();
                    api = await RunningApi.StartAloneAsync(data, port);
                }
                else if (blow % 5 == 3)
                {
                    await workers[victim].PauseAsync(TimeSpan.FromSeconds(2));
                }
                else
                {
                    await (blow % 5 == 2 ? workers[victim].StopAsync() : workers[victim].KillAsync());
                    await workers[victim].DisposeAsync();
                    workers[victim] = RunningProgram.StartWorker(data, "run");
                }
            }

            Assert.True(await demo.WaitForExitAsync() == 0, demo.Output + demo.Errors);
            await stores.AtRestAsync();
            var partitions = (await stores.Views.ReadGenerationsAsync(CancellationToken.None)).SelectMany(one => one.Partitions);
            Assert.All(partitions, partition => Assert.Equal(0, partition.Parked));
            await AssertViewsAgreeAsync(api.Client, await ReadAsync(stores));
        }
        finally
        {
            await api.DisposeAsync();
            foreach (var worker in workers)
            {
                await worker.DisposeAsync();
            }
        }

        var log = await ReadAsync(stores);
        Assert.All(log.GroupBy(e => EventTypes.DecodeMetadata(e.Recorded)!.CommandId), command => Assert.Single(command));
        AssertOrders(log, orders);
        AssertStock(log);
        AssertEmails(log, Path.Combine(data.Path, "emails"));
        await stores.AssertViewsAreWhatTheLogSaysAsync();
    }

    private static async Task<List<(RecordedEvent Recorded, object Event)>> ReadAsync(Stores stores)
        => (await stores.ReadLogAsync()).ConvertAll(
            recorded => (recorded, Assert.IsType<DecodedEvent.Known>(OrderlyEvents.Types.Decode(recorded)).Event));

    /// <summary>What was sold is the same by customer, by order, by hour, by day and by SKU, to the cent.</summary>
    private static async Task AssertViewsAgreeAsync(HttpClient api, List<(RecordedEvent Recorded, object Event)> log)
    {
        Dictionary<string, decimal> byOrder = [], byCustomer = [];
        foreach (var order in await PagesAsync(api, "/v1/orders?limit=200"))
        {
            if (order.GetProperty("status").GetString() is "confirmed" or "paid" or "shipped" or "delivered")
            {
                Add(byOrder, order.GetProperty("currency").GetString()!, order.GetProperty("total").GetDecimal());
            }
        }

        foreach (var customer in log.Select(e => e.Event).OfType<OrderPlaced>().Select(e => e.CustomerId).Distinct())
        {
            Revenue(byCustomer, (await api.GetFromJsonAsync<JsonElement>($"/v1/customers/{customer}")).GetProperty("lifetimeValue"));
        }

        Assert.NotEmpty(byOrder);
        Assert.Equal(byOrder.OrderBy(one => one.Key), byCustomer.Where(one => one.Value != 0).OrderBy(one => one.Key));
        var (from, to) = (log[0].Recorded.RecordedAt.AddDays(-1), log[^1].Recorded.RecordedAt.AddDays(1));
        var skus = log.Select(e => e.Event).OfType<ProductAdded>().Select(e => $"&sku={e.Sku}").ToList();
        foreach (var (bucket, of) in new (string, IEnumerable<string>)[] { ("hour", [""]), ("day", [""]), ("hour", skus), ("day", skus) })
        {
            Dictionary<string, decimal> sold = [];
            foreach (var sku in of)
            {
                foreach (var item in await PagesAsync(
                    api, $"/v1/sales?from={from:yyyy-MM-dd}&to={to:yyyy-MM-dd}&bucket={bucket}&limit=200{sku}"))
                {
                    Revenue(sold, item.GetProperty("revenue"));
                }
            }

            Assert.Equal(byOrder.OrderBy(one => one.Key), sold.Where(one => one.Value != 0).OrderBy(one => one.Key));
        }

        static void Add(Dictionary<string, decimal> sums, string currency, decimal amount)
            => sums[currency] = sums.GetValueOrDefault(currency) + amount;

        static void Revenue(Dictionary<string, decimal> sums, JsonElement amounts)
        {
            foreach (var amount in amounts.EnumerateArray())
            {
                Add(sums, amount.GetProperty("currency").GetString()!, amount.GetProperty("amount").GetDecimal());
            }
        }
    }

    private static async Task<List<JsonElement>> PagesAsync(HttpClient api, string query)
    {
        List<JsonElement> items = [];
        string? cursor = null;
        do
        {
            var page = await api.GetFromJsonAsync<JsonElement>(cursor is null ? query : $"{query}&cursor={cursor}");
            items.AddRange(page.GetProperty("items").EnumerateArray());
            cursor = page.GetProperty("nextCursor").GetString();
        }
        while (cursor is not null);
        return items;
    }

    /// <summary>
    /// Each order is decided; money received is money kept or asked back; what is kept is the total of an order that was paid.
    /// </summary>
    private static void AssertOrders(List<(RecordedEvent Recorded, object Event)> log, int count)
    {
        var states = log.Where(e => e.Recorded.Stream.StartsWith("order-", StringComparison.Ordinal)).GroupBy(
            e => e.Recorded.Stream["order-".Length..])
            .ToDictionary(order => order.Key, order => order.Aggregate(Order.Initial, (state, e) => Order.Evolve(state, e.Event)));
        Assert.Equal(count, states.Count);
        Assert.DoesNotContain(states.Values, state => state.Status == OrderStatus.Placed);
        foreach (var status in (OrderStatus[])[OrderStatus.Rejected, OrderStatus.Cancelled, OrderStatus.Delivered])
        {
            Assert.Contains(states.Values, state => state.Status == status);
        }

        var received = log.Select(e => e.Event).OfType<PaymentReceived>().ToLookup(e => e.OrderId);
        var refunds = log.Select(e => e.Event).OfType<RefundRequested>().ToLookup(e => e.PaymentId);
        foreach (var (id, state) in states)
        {
            // In the order's currency; what came in another one is all asked back.
            var kept = received[id].GroupBy(payment => payment.Amount.Currency)
                .ToDictionary(
                    one => one.Key,
                    one => one.Sum(payment => payment.Amount.Amount - refunds[payment.PaymentId].Sum(refund => refund.Amount.Amount)));
            kept.Remove(state.Total.Currency, out var own);
            Assert.All(kept.Values, amount => Assert.Equal(0, amount));
            switch (state.Status)
            {
                case OrderStatus.Paid or OrderStatus.Shipped or OrderStatus.Delivered:
                    Assert.Equal(state.Total.Amount, own);
                    break;

                case OrderStatus.Confirmed:
                    Assert.True(own < state.Total.Amount, $"{id} is paid, and only confirmed.");
                    break;

                default:
                    Assert.True(own == 0, $"{id} is {state.Status}, and {own} are kept.");
                    break;
            }
        }
    }

    /// <summary>At every point of the log nothing is reserved that is not there, and at the end just what open orders need.</summary>
    private static void AssertStock(List<(RecordedEvent Recorded, object Event)> log)
    {
        var open = log.Where(e => e.Recorded.Stream.StartsWith("order-", StringComparison.Ordinal)).GroupBy(e => e.Recorded.Stream)
            .Select(order => order.Aggregate(Order.Initial, (state, e) => Order.Evolve(state, e.Event)))
            .Where(order => order.Status is OrderStatus.Confirmed or OrderStatus.Paid)
            .SelectMany(order => order.Lines).GroupBy(line => line.Sku).ToDictionary(
                lines => lines.Key, lines => lines.Sum(line => line.Quantity));
        foreach (var product in log.Where(e => e.Recorded.Stream.StartsWith("product-", StringComparison.Ordinal))
            .GroupBy(e => e.Recorded.Stream))
        {
            var (state, received, dispatched) = (Product.Initial, 0L, 0L);
            foreach (var (_, @event) in product)
            {
                state = Product.Evolve(state, @event);
                received += @event is StockReceived receipt ? receipt.Quantity : 0;
                dispatched += @event is StockDispatched dispatch ? dispatch.Quantity : 0;
                Assert.Equal(received - dispatched, state.OnHand);
                Assert.InRange(state.Reserved, 0, state.OnHand);
            }

            Assert.Equal(open.GetValueOrDefault(product.Key["product-".Length..]), state.Reserved);
        }
    }

    /// <summary>One message for each event that is told, and none besides.</summary>
    private static void AssertEmails(List<(RecordedEvent Recorded, object Event)> log, string folder)
    {
        var customers = log.Select(e => e.Event).OfType<CustomerRegistered>().Select(e => e.CustomerId).ToHashSet();
        var expected = log.Where(e => e.Event switch
        {
            OrderConfirmed or OrderPaid or OrderShipped => true,
            OrderRejected rejected => customers.Contains(rejected.CustomerId),
            OrderCancelled cancelled => customers.Contains(cancelled.CustomerId),
            _ => false,
        }).Select(e => e.Recorded.Id.ToString()).Order(StringComparer.Ordinal);
        var written = Directory.GetFiles(folder, "*.eml");
        Assert.Equal(expected, written.Select(MessageIdOf).Order(StringComparer.Ordinal));
    }

    private static string MessageIdOf(string file)
    {
        var line = File.ReadLines(file).First(line => line.StartsWith("Message-ID: <", StringComparison.OrdinalIgnoreCase));
        return line["Message-ID: <".Length..line.IndexOf('@', StringComparison.Ordinal)];
    }
}
