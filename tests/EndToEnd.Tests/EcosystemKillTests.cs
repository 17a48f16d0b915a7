using System.Collections.Concurrent;
using System.Net.Http.Json;
using System.Text.Json;
using Orderly.Domain;
using Orderly.Domain.EventStore;
using Orderly.Domain.Orders;
using Orderly.Domain.Payments;
using Orderly.Domain.Products;
using Orderly.Domain.Serialization;

namespace Orderly.EndToEnd.Tests;

/// <summary>The whole ecosystem while its programs are killed.</summary>
public class EcosystemKillTests
{
    /// <summary>
    /// The API and three workers, which keep views and processes, are killed or put to sleep at random under the traffic of a shop. At the end each order
    /// is where its life has led it, and nothing was done twice: no command, no e-mail, no refund, no reservation.
    /// </summary>
    [Fact]
    public async Task Every_order_comes_to_its_end_and_nothing_is_done_twice_whatever_is_killed()
    {
        const int Workers = 3;
        const int Blows = 15;
        await using var data = await Deployment.StartAsync();
        var random = new Random(20261121);
        var api = await RunningApi.StartAloneAsync(data);
        List<RunningProgram> workers = [.. Enumerable.Range(0, Workers).Select(_ => RunningProgram.StartWorker(data, "run"))];
        var lives = new OrderLives(() => api.Client);
        try
        {
            await lives.OpenShopAsync();
            using var enough = new CancellationTokenSource();
            var running = lives.RunAsync(clients: 12, enough.Token);
            for (var blow = 0; blow < Blows; blow++)
            {
                await Task.Delay(random.Next(300, 1_200));
                var victim = random.Next(Workers);
                if (blow % 5 == 4)
                {
                    await api.KillAsync();
                    api = await RunningApi.StartAloneAsync(data);
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

            await enough.CancelAsync();
            await running;
            await QuietAsync(api.Client);
        }
        finally
        {
            await api.DisposeAsync();
            foreach (var worker in workers)
            {
                await worker.DisposeAsync();
            }
        }

        await using var stores = new Stores(data);
        var log = (await stores.ReadLogAsync()).ConvertAll(recorded => (Recorded: recorded, Event: Assert.IsType<DecodedEvent.Known>(OrderlyEvents.Types.Decode(recorded)).Event));
        Assert.All(log.GroupBy(e => EventTypes.DecodeMetadata(e.Recorded)!.CommandId), command => Assert.Single(command));
        AssertOrders(log, lives.Placed);
        AssertStock(log);
        AssertEmails(log, Path.Combine(data.Path, "emails"));
        await stores.AssertViewsAreWhatTheLogSaysAsync();
    }

    /// <summary>Each order is decided; money received is money kept or asked back; what is kept is the total of an order that was paid.</summary>
    private static void AssertOrders(List<(RecordedEvent Recorded, object Event)> log, ConcurrentQueue<string> placed)
    {
        var states = log.Where(e => e.Recorded.Stream.StartsWith("order-", StringComparison.Ordinal)).GroupBy(e => e.Recorded.Stream["order-".Length..])
            .ToDictionary(order => order.Key, order => order.Aggregate(Order.Initial, (state, e) => Order.Evolve(state, e.Event)));
        Assert.True(placed.Count > 50, $"Only {placed.Count} orders: this is no load.");
        Assert.Equal(placed.Order(StringComparer.Ordinal), states.Keys.Order(StringComparer.Ordinal));
        Assert.DoesNotContain(states.Values, state => state.Status == OrderStatus.Placed);
        foreach (var status in (OrderStatus[])[OrderStatus.Confirmed, OrderStatus.Rejected, OrderStatus.Cancelled, OrderStatus.Delivered])
        {
            Assert.Contains(states.Values, state => state.Status == status);
        }

        var received = log.Select(e => e.Event).OfType<PaymentReceived>().ToLookup(e => e.OrderId);
        var refunds = log.Select(e => e.Event).OfType<RefundRequested>().ToLookup(e => e.PaymentId);
        foreach (var (id, state) in states)
        {
            var kept = received[id].GroupBy(payment => payment.Amount.Currency)
                .ToDictionary(one => one.Key, one => one.Sum(payment => payment.Amount.Amount - refunds[payment.PaymentId].Sum(refund => refund.Amount.Amount)));
            var isEuro = kept.Remove("EUR", out var euros);
            Assert.All(kept.Values, amount => Assert.Equal(0, amount));
            switch (state.Status)
            {
                case OrderStatus.Paid or OrderStatus.Shipped or OrderStatus.Delivered:
                    Assert.Equal(state.Total.Amount, euros);
                    break;

                case OrderStatus.Confirmed:
                    Assert.True(euros < state.Total.Amount, $"{id} is paid, and only confirmed.");
                    break;

                default:
                    Assert.True(!isEuro || euros == 0, $"{id} is {state.Status}, and {euros} are kept.");
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
            .SelectMany(order => order.Lines).GroupBy(line => line.Sku).ToDictionary(lines => lines.Key, lines => lines.Sum(line => line.Quantity));
        foreach (var product in log.Where(e => e.Recorded.Stream.StartsWith("product-", StringComparison.Ordinal)).GroupBy(e => e.Recorded.Stream))
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
        var expected = log.Where(e => e.Event switch
        {
            OrderConfirmed or OrderPaid or OrderShipped => true,
            OrderRejected rejected => rejected.CustomerId != "nobody",
            OrderCancelled cancelled => cancelled.CustomerId != "nobody",
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

    /// <summary>Waits until everything is at the end of the log: then nobody has anything left to do.</summary>
    private static async Task QuietAsync(HttpClient api)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        while (true)
        {
            var items = (await api.GetFromJsonAsync<JsonElement>("/v1/projections", limit.Token)).GetProperty("items").EnumerateArray().ToList();
            Assert.All(items, one => Assert.Equal(0, one.GetProperty("parked").GetInt32()));
            if (items.All(one => one.GetProperty("lag").GetInt64() == 0))
            {
                return;
            }

            await Task.Delay(50, limit.Token);
        }
    }
}
