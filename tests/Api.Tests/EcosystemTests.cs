using System.Net;
using System.Text.Json.Nodes;
using MediatR;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Orderly.Domain.Checks;
using Orderly.Domain.Deciding;
using Orderly.Domain.EventStore;
using Orderly.Domain.Orders;
using Orderly.Domain.Products;
using Orderly.Domain.Serialization;
using Orderly.ReadModels.ViewStore;
using Orderly.Subscriptions;
using Orderly.Tests;

namespace Orderly.Api.Tests;

/// <summary>The life of orders over HTTP, with every process at work.</summary>
public sealed class EcosystemTests
{
    private static readonly DateTimeOffset s_day = new(2026, 11, 21, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task An_order_goes_its_way_from_placed_to_delivered()
    {
        await using var api = await RunningApi.StartWithProcessesAsync();
        var shop = new Shop(api);
        await shop.OpenAsync("ann", ("TEA-1", 10), ("TEA-2", 10));

        var order = await shop.PlaceAsync("o-1", "ann", ("TEA-1", 2, Shop.Price), ("TEA-2", 3, Shop.Price));

        Assert.Equal("confirmed", Shop.StatusOf(order));
        Assert.Equal(["details passed", "fraud passed", "inventory passed"], Checks(order));
        await shop.UntilStockAsync("TEA-1", 10, 2);
        await shop.UntilStockAsync("TEA-2", 10, 3);

        await shop.PayAsync("o-1", 20);
        await shop.PayAsync("o-1", 5);
        await shop.UntilStatusAsync("o-1", "paid");
        await Wait.UntilAsync(async () => Refunds(await shop.OrderAsync("o-1")) is [0, 2.5m]);

        await api.DoAsync("/v1/orders/o-1/shipment", Bodies.Shipment);
        await shop.UntilStockAsync("TEA-1", 8, 0);
        await shop.UntilStockAsync("TEA-2", 7, 0);
        await api.DoAsync("/v1/orders/o-1/delivery", null);
        await shop.UntilStatusAsync("o-1", "delivered");
    }

    [Fact]
    public async Task A_failing_order_is_rejected_with_every_reason_and_nothing_stays_reserved()
    {
        await using var api = await RunningApi.StartWithProcessesAsync();
        var shop = new Shop(api);
        await shop.OpenAsync("ann", ("TEA-1", 10), ("TEA-2", 10), ("GONE-1", 10));
        await api.DoAsync("/v1/products/GONE-1/discontinuation", null);

        await RejectedAsync("over-stock", "ann", ["'TEA-2', fewer than 11"], ("TEA-1", 5, Shop.Price), ("TEA-2", 11, Shop.Price));
        await RejectedAsync("stale", "ann", ["The price of 'TEA-1' is 4.50 EUR, not 4.00 EUR."], ("TEA-1", 1, 4));
        await RejectedAsync(
            "unknown",
            "ann",
            ["The product 'NEVER-1' is unknown.", "There is no product 'NEVER-1'."],
            ("TEA-1", 1, Shop.Price),
            ("NEVER-1", 1, 1));
        await RejectedAsync(
            "gone", "ann", ["The product 'GONE-1' is discontinued.", "'GONE-1' can't be reserved"], ("GONE-1", 1, Shop.Price));
        await RejectedAsync("nobody", "nobody", ["The customer 'nobody' is unknown."], ("TEA-1", 1, Shop.Price));
        await RejectedAsync(
            "all", "nobody", ["'nobody' is unknown", "price of 'TEA-1'", "fewer than 1000", "The order was declined."], ("TEA-1", 1000, 5));

        foreach (var sku in (string[])["TEA-1", "TEA-2"])
        {
            await shop.UntilStockAsync(sku, 10, 0);
        }

        async Task RejectedAsync(string id, string customer, string[] reasons, params (string, long, decimal)[] lines)
        {
            var order = await shop.PlaceAsync(id, customer, lines);
            Assert.Equal("rejected", Shop.StatusOf(order));
            Assert.Equal(reasons.Length, Shop.ReasonsOf(order).Count);
            Assert.All(Shop.ReasonsOf(order).Zip(reasons), pair => Assert.Contains(pair.Second, pair.First, StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task Orders_of_one_session_are_judged_together_and_those_of_the_next_one_anew()
    {
        var time = new ShiftedTime();
        await using var api = await RunningApi.StartWithProcessesAsync(
            null, services => services.Replace(ServiceDescriptor.Singleton<TimeProvider>(time)));
        var shop = new Shop(api);
        await shop.OpenAsync("ann", ("TEA-1", 10_000));

        // An hour without an order ends a session. What the machine takes for each order comes on top of what the clock is put forward.
        Assert.Equal("confirmed", Shop.StatusOf(await shop.PlaceAsync("o-1", "ann", ("TEA-1", 200, Shop.Price))));
        time.Forward(TimeSpan.FromMinutes(45));
        Assert.Equal("confirmed", Shop.StatusOf(await shop.PlaceAsync("o-2", "ann", ("TEA-1", 200, Shop.Price))));
        time.Forward(TimeSpan.FromMinutes(45));
        var third = await shop.PlaceAsync("o-3", "ann", ("TEA-1", 50, Shop.Price));
        Assert.Equal("rejected", Shop.StatusOf(third));
        Assert.Equal("The order was declined.", Assert.Single(Shop.ReasonsOf(third)));
        await api.AtRestAsync();
        var message = Assert.Single(
            EmailsOf(api).Select(File.ReadAllText), text => text.Contains("The order was declined.", StringComparison.Ordinal));
        Assert.DoesNotContain("session", message, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("2000", message.Replace(",", "", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Equal("confirmed", Shop.StatusOf(await shop.PlaceAsync("o-small", "ann", ("TEA-1", 1, Shop.Price))));
        time.Forward(TimeSpan.FromMinutes(61));
        Assert.Equal("confirmed", Shop.StatusOf(await shop.PlaceAsync("o-4", "ann", ("TEA-1", 200, Shop.Price))));
    }

    [Fact]
    public async Task A_cancelled_order_gives_back_its_pieces_and_its_money()
    {
        await using var api = await RunningApi.StartWithProcessesAsync();
        var shop = new Shop(api);
        await shop.OpenAsync("ann", ("TEA-1", 10));
        await shop.PlaceAsync("o-1", "ann", ("TEA-1", 2, Shop.Price));
        await shop.PayAsync("o-1", 4);
        await shop.PayAsync("o-1", 10);
        await shop.UntilStatusAsync("o-1", "paid");

        await api.DoAsync("/v1/orders/o-1/cancellation", Bodies.Cancellation);

        await shop.UntilStockAsync("TEA-1", 10, 0);
        await Wait.UntilAsync(async () => Refunds(await shop.OrderAsync("o-1")) is [4, 10]);
        await shop.PayAsync("o-1", 3);
        await Wait.UntilAsync(async () => Refunds(await shop.OrderAsync("o-1")) is [4, 10, 3]);
    }

    [Fact]
    public async Task A_customer_has_only_so_many_orders_that_are_not_paid()
    {
        await using var api = await RunningApi.StartWithProcessesAsync(null, null, "--Orderly:Processes:MaxUnpaidOrders=2");
        var shop = new Shop(api);
        await shop.OpenAsync("ann", ("TEA-1", 10));
        Assert.Equal("confirmed", Shop.StatusOf(await shop.PlaceAsync("o-1", "ann", ("TEA-1", 1, Shop.Price))));
        Assert.Equal("confirmed", Shop.StatusOf(await shop.PlaceAsync("o-2", "ann", ("TEA-1", 1, Shop.Price))));

        var third = await shop.PlaceAsync("o-3", "ann", ("TEA-1", 1, Shop.Price));
        Assert.Equal("The order was declined.", Assert.Single(Shop.ReasonsOf(third)));
        await shop.UntilStockAsync("TEA-1", 10, 2);

        await shop.PayAsync("o-1", Shop.Price);
        await shop.UntilStatusAsync("o-1", "paid");
        Assert.Equal("confirmed", Shop.StatusOf(await shop.PlaceAsync("o-4", "ann", ("TEA-1", 1, Shop.Price))));
    }

    [Fact]
    public async Task Money_in_another_currency_or_for_a_rejected_order_is_asked_back()
    {
        await using var api = await RunningApi.StartWithProcessesAsync();
        var shop = new Shop(api);
        await shop.OpenAsync("ann", ("TEA-1", 10));
        await shop.PlaceAsync("o-1", "ann", ("TEA-1", 2, Shop.Price));
        await shop.PlaceAsync("o-2", "ann", ("TEA-1", 2, 1));

        await shop.PayAsync("o-1", 9, "USD");
        await shop.PayAsync("o-2", 2);

        await Wait.UntilAsync(async () => Refunds(await shop.OrderAsync("o-1")) is [9] && Refunds(await shop.OrderAsync("o-2")) is [2]);
        Assert.Equal("confirmed", Shop.StatusOf(await shop.OrderAsync("o-1")));
    }

    /// <summary>The waiting answer: of what is not there, and of what nobody validates.</summary>
    [Fact]
    public async Task Waiting_for_a_validation_ends()
    {
        await using var api = await RunningApi.StartAsync();
        var placed = await api.DoAsync("/v1/orders", Bodies.Order("o-1"));
        await api.ReadAsync("/v1/orders/o-1", placed.LogPosition);
        var waiting = Enumerable.Range(0, 100).Select(_ => api.GetAsync("/v1/orders/o-1?until=validated", ("Prefer", "wait=30"))).ToList();
        (await api.GetAsync("/v1/orders/o-1?until=validated", ("Prefer", "wait=1"))).IsProblem(504, "view-behind");
        (await api.GetAsync("/v1/orders/o-2?until=validated", ("Prefer", "wait=1"))).IsProblem(404, "not-found");
        Assert.DoesNotContain(waiting, one => one.IsCompleted);

        await api.CommandAsync(context => new Domain.Orders.ConfirmOrder("o-1") { Context = context });

        Assert.All(
            await Task.WhenAll(waiting), answer => Assert.Equal("confirmed", Shop.StatusOf(answer.IsStatus(HttpStatusCode.OK).Json)));
    }

    [Fact]
    public async Task Nothing_is_sold_that_is_not_there()
    {
        var buyers = TestSize.Of("BUYERS", 300);
        await using var api = await RunningApi.StartWithProcessesAsync();
        var shop = new Shop(api);
        await shop.OpenAsync("ann", ("TEA-1", 100));
        await Task.WhenAll(Enumerable.Range(0, buyers).Select(i => api.DoAsync("/v1/customers", Bodies.Customer($"c-{i}"))));

        await Task.WhenAll(
            Enumerable.Range(0, buyers).Select(i => api.DoAsync("/v1/orders", Shop.Order($"o-{i}", $"c-{i}", ("TEA-1", 1, Shop.Price)))));
        var orders = await Task.WhenAll(Enumerable.Range(0, buyers).Select(i => shop.ValidatedAsync($"o-{i}")));

        Assert.Equal(100, orders.Count(order => Shop.StatusOf(order) == "confirmed"));
        Assert.Equal(buyers - 100, orders.Count(order => Shop.StatusOf(order) == "rejected"));
        await shop.UntilStockAsync("TEA-1", 100, 100);
        foreach (var confirmed in orders.Where(order => Shop.StatusOf(order) == "confirmed").Take(10).Select(
            order => order["orderId"]!.GetValue<string>()))
        {
            await shop.PayAsync(confirmed, Shop.Price);
            await shop.UntilStatusAsync(confirmed, "paid");
            await api.DoAsync($"/v1/orders/{confirmed}/shipment", Bodies.Shipment);
        }

        await shop.UntilStockAsync("TEA-1", 90, 90);
        await StockHeldAtEveryPointAsync(api, "TEA-1");
    }

    [Fact]
    public async Task An_order_that_is_not_paid_in_time_is_cancelled()
    {
        var time = new ShiftedTime();
        await using var api = await RunningApi.StartWithProcessesAsync(
            null, services => services.Replace(ServiceDescriptor.Singleton<TimeProvider>(time)));
        var shop = new Shop(api);
        await shop.OpenAsync("ann", ("TEA-1", 10));
        await shop.PlaceAsync("unpaid", "ann", ("TEA-1", 2, Shop.Price));
        await shop.PlaceAsync("in-part", "ann", ("TEA-1", 2, Shop.Price));
        await shop.PlaceAsync("paid", "ann", ("TEA-1", 2, Shop.Price));
        await shop.PayAsync("in-part", 1);
        await shop.PayAsync("paid", 9);
        await shop.UntilStatusAsync("paid", "paid");

        time.Forward(TimeSpan.FromHours(23));
        await shop.PlaceAsync("later", "ann", ("TEA-1", 1, Shop.Price));
        Assert.Equal("confirmed", Shop.StatusOf(await shop.OrderAsync("unpaid")));
        time.Forward(TimeSpan.FromHours(2));
        await api.DoAsync("/v1/orders", Shop.Order("much-later", "ann", ("TEA-1", 1, Shop.Price)));

        await shop.UntilStatusAsync("unpaid", "cancelled");
        await shop.UntilStatusAsync("in-part", "cancelled");
        await Wait.UntilAsync(async () => Refunds(await shop.OrderAsync("in-part")) is [1]);
        Assert.Equal("It was not paid within 24 hours.", (await shop.OrderAsync("unpaid"))["cancellationReason"]!.GetValue<string>());
        Assert.Equal("paid", Shop.StatusOf(await shop.OrderAsync("paid")));
        Assert.Equal("confirmed", Shop.StatusOf(await shop.ValidatedAsync("later")));
        await shop.ValidatedAsync("much-later");
        await shop.UntilStockAsync("TEA-1", 10, 4);
    }

    [Fact]
    public async Task Nothing_is_late_where_nothing_ever_is()
    {
        var time = new ShiftedTime();
        await using var api = await RunningApi.StartWithProcessesAsync(
            null,
            services => services.Replace(ServiceDescriptor.Singleton<TimeProvider>(time)),
            "--Orderly:Processes:CheckDeadline=never",
            "--Orderly:Processes:PaymentDeadline=never");
        var shop = new Shop(api);
        await shop.OpenAsync("ann", ("TEA-1", 10));
        Assert.Equal("confirmed", Shop.StatusOf(await shop.PlaceAsync("o-1", "ann", ("TEA-1", 2, Shop.Price))));

        time.Forward(TimeSpan.FromDays(300));
        Assert.Equal("confirmed", Shop.StatusOf(await shop.PlaceAsync("o-2", "ann", ("TEA-1", 2, Shop.Price))));
        await api.AtRestAsync();
        Assert.Equal("confirmed", Shop.StatusOf(await shop.OrderAsync("o-1")));
    }

    [Fact]
    public async Task A_deadline_that_passes_while_nothing_runs_is_met_after_the_start_and_once()
    {
        var first = await RunningApi.StartWithProcessesAsync();
        var shop = new Shop(first);
        await shop.OpenAsync("ann", ("TEA-1", 10));
        Assert.Equal("confirmed", Shop.StatusOf(await shop.PlaceAsync("o-1", "ann", ("TEA-1", 2, Shop.Price))));
        await first.AtRestAsync();
        await first.StopAsync();
        var time = new ShiftedTime();
        time.Forward(TimeSpan.FromHours(25));

        await using var second = await RunningApi.StartWithProcessesAsync(
            first.Directory,
            services => services.Replace(ServiceDescriptor.Singleton<TimeProvider>(time)),
            "--Orderly:Processes:PaymentDeadline=00:00:02");
        shop = new Shop(second);
        await shop.UntilStatusAsync("o-1", "cancelled");
        await shop.UntilStockAsync("TEA-1", 10, 0);

        // While it runs too, without anything else that happens.
        await shop.PlaceAsync("o-2", "ann", ("TEA-1", 2, Shop.Price));
        await shop.UntilStatusAsync("o-2", "cancelled");
        Assert.All(
            (string[])["o-1", "o-2"],
            id => Assert.Single(
                shop.OrderAsync(id).Result["timeline"]!.AsArray(), entry => entry!["event"]!.GetValue<string>() == "order-cancelled"));
    }

    /// <summary>One check has answered before; nobody runs the others.</summary>
    [Fact]
    public async Task An_order_whose_checks_never_answer_is_rejected_in_the_end()
    {
        var first = await RunningApi.StartWithProcessesAsync(null, null, "--Orderly:Only:0=fraud-check");
        await first.DoAsync("/v1/orders", Bodies.Order("o-1"));
        await AnswersAsync(first, 1);
        await first.StopAsync();
        await using var second = await RunningApi.StartWithProcessesAsync(
            first.Directory,
            null,
            "--Orderly:Processes:CheckDeadline=00:00:01",
            "--Orderly:Only:0=order-details",
            "--Orderly:Only:1=validation");

        var order = await new Shop(second).ValidatedAsync("o-1");

        Assert.Equal("rejected", Shop.StatusOf(order));
        Assert.Equal(
            ["The check 'details' did not answer in time.", "The check 'inventory' did not answer in time."], Shop.ReasonsOf(order));
    }

    /// <summary>The same orders, heard as they come, in two halves with a restart between them, and all of them later.</summary>
    [Fact]
    public async Task Fraud_is_judged_by_the_times_of_the_orders_whenever_they_are_heard()
    {
        const int Count = 60;
        var random = new Random(11);
        List<(string Id, string Customer, decimal Amount, DateTimeOffset At)> orders =
            [.. Enumerable.Range(0, Count).Select(
                i => ($"o-{i}", $"c-{random.Next(3)}", (decimal)random.Next(100, 900), s_day.AddMinutes(random.Next(600))))];
        string[] hearing = ["--Orderly:Only:0=fraud-check"];
        string[] deaf = ["--Orderly:Only:0=stock-levels"];

        await using var live = await RunningApi.StartWithProcessesAsync(null, null, hearing);
        await PlaceAsync(live, orders);
        var expected = await AnswersAsync(live, Count);

        var first = await RunningApi.StartWithProcessesAsync(null, null, hearing);
        await PlaceAsync(first, orders.Take(Count / 2));
        await AnswersAsync(first, Count / 2);
        await first.StopAsync();
        await using var second = await RunningApi.StartWithProcessesAsync(first.Directory, null, hearing);
        await PlaceAsync(second, orders.Skip(Count / 2));
        Assert.Equal(expected, await AnswersAsync(second, Count));

        var before = await RunningApi.StartWithProcessesAsync(null, null, deaf);
        await PlaceAsync(before, orders);
        await before.StopAsync();
        await using var later = await RunningApi.StartWithProcessesAsync(before.Directory, null, hearing);
        Assert.Equal(expected, await AnswersAsync(later, Count));
        Assert.InRange(expected.Count(answer => answer.EndsWith("passed", StringComparison.Ordinal)), 10, Count - 10);
    }

    [Fact]
    public async Task Rebuilding_everything_sends_no_command_and_no_email_and_gives_what_is_live()
    {
        await using var api = await RunningApi.StartWithProcessesAsync();
        var shop = new Shop(api);
        await shop.OpenAsync("ann", ("TEA-1", 50));
        for (var i = 0; i < 20; i++)
        {
            await shop.PlaceAsync($"o-{i}", "ann", ("TEA-1", i % 4 == 3 ? 100 : 1, Shop.Price));
        }

        foreach (var id in (string[])["o-0", "o-1", "o-2"])
        {
            await shop.PayAsync(id, id == "o-0" ? 10 : Shop.Price);
            await shop.UntilStatusAsync(id, "paid");
        }

        await api.DoAsync("/v1/orders/o-1/shipment", Bodies.Shipment);
        await api.DoAsync("/v1/orders/o-2/cancellation", Bodies.Cancellation);
        await shop.UntilStockAsync("TEA-1", 49, 13);
        var services = api.Services.GetRequiredService<SubscriptionServices>();
        IReadOnlyList<IProjectionWorker> workers = [.. api.Services.GetServices<IProjectionWorker>()];
        var (end, emails) = (await api.AtRestAsync(), EmailsOf(api));

        var rebuilt = await new Rebuild(workers, services).RunAsync(
            fromScratch: false, new Progress<RebuildProgress>(), CancellationToken.None);

        Assert.Equal(workers.Count, rebuilt.Count);
        Assert.All(rebuilt, one => Assert.Equal((2, true), (one.Number, one.IsLive)));
        Assert.Equal(end, await api.HeadAsync());
        Assert.Equal(emails, EmailsOf(api));
        Assert.Equal(15 + 5 + 3 + 1 + 1, emails.Count);
        foreach (var worker in workers)
        {
            // The generations differ in nothing: both are what the log says.
            var verified = await worker.VerifyAsync(
                one => Assert.Fail($"{worker.View.Name}: {one}"), new Progress<FoldProgress>(), CancellationToken.None);
            Assert.Equal(0, verified.Differences);
        }

        // They still act.
        await shop.PlaceAsync("after", "ann", ("TEA-1", 1, Shop.Price));
        await Wait.UntilAsync(() => EmailsOf(api).Count == emails.Count + 1);
    }

    /// <summary>Every process hears the whole log again then, and finds what it did the first time.</summary>
    [Fact]
    public async Task Losing_the_view_store_changes_nothing_in_the_log()
    {
        var first = await RunningApi.StartWithProcessesAsync();
        var shop = new Shop(first);
        await shop.OpenAsync("ann", ("TEA-1", 50), ("TEA-2", 50));
        await shop.PlaceAsync("delivered", "ann", ("TEA-1", 2, Shop.Price), ("TEA-2", 1, Shop.Price));
        await shop.PayAsync("delivered", 20);
        await shop.UntilStatusAsync("delivered", "paid");
        await first.DoAsync("/v1/orders/delivered/shipment", Bodies.Shipment);
        await shop.PlaceAsync("cancelled", "ann", ("TEA-1", 2, Shop.Price));
        await shop.PayAsync("cancelled", 5);
        await first.DoAsync("/v1/orders/cancelled/cancellation", Bodies.Cancellation);
        await shop.PlaceAsync("rejected", "ann", ("TEA-1", 2, Shop.Price), ("TEA-2", 60, Shop.Price));
        await shop.PlaceAsync("open", "ann", ("TEA-1", 3, Shop.Price));
        await shop.UntilStockAsync("TEA-1", 48, 3);
        await shop.UntilStockAsync("TEA-2", 49, 0);
        await Wait.UntilAsync(async () => Refunds(await shop.OrderAsync("cancelled")) is [5]);
        var (head, emails) = (await first.AtRestAsync(), EmailsOf(first));
        Assert.Equal(7, emails.Count);
        await first.StopAsync();
        foreach (var file in Directory.GetFiles(first.Directory, "views.db*"))
        {
            File.Delete(file);
        }

        await using var second = await RunningApi.StartWithProcessesAsync(first.Directory);
        var store = second.Services.GetRequiredService<IViewStore>();
        Assert.Equal(head, await second.AtRestAsync());
        Assert.Equal(emails, EmailsOf(second));
        Assert.All(
            await store.ReadGenerationsAsync(CancellationToken.None),
            one => Assert.All(one.Partitions, partition => Assert.Equal(0, partition.Parked)));
        Assert.Equal((48, 3), await new Shop(second).StockAsync("TEA-1"));
    }

    private static List<string> EmailsOf(RunningApi api)
        => [.. Directory.GetFiles(Path.Combine(api.Directory, "emails"), "*.eml").Order(StringComparer.Ordinal)];

    private static async Task PlaceAsync(
        RunningApi api, IEnumerable<(string Id, string Customer, decimal Amount, DateTimeOffset At)> orders)
    {
        var mediator = api.Services.GetRequiredService<IMediator>();
        foreach (var (id, customer, amount, at) in orders)
        {
            var placed = await mediator.Send(new PlaceOrder(id, customer, "EUR", [new OrderLineItem("TEA-1", 1, amount)], null)
            {
                Context = CommandContext.ForRequest(Guid.NewGuid(), "test", at),
            });
            Assert.IsType<CommandResult.Accepted>(placed);
        }
    }

    /// <summary>What the fraud check said of each order, once it has said so of all.</summary>
    private static async Task<List<string>> AnswersAsync(RunningApi api, int count)
    {
        var (log, types) = (api.Services.GetRequiredService<IEventStore>(), api.Services.GetRequiredService<EventTypes>());
        List<string> answers = [];
        await Wait.UntilAsync(async () =>
        {
            answers.Clear();
            await foreach (var recorded in log.ReadAllAsync(
                LogPosition.Start, EventFilter.ByStreamPrefix("checks-"), long.MaxValue, CancellationToken.None))
            {
                answers.Add(Assert.IsType<DecodedEvent.Known>(types.Decode(recorded)).Event switch
                {
                    CheckPassed passed => $"{passed.OrderId} passed",
                    CheckFailed failed => $"{failed.OrderId} {Assert.Single(failed.Reasons)}",
                    var other => throw new InvalidOperationException(other.ToString()),
                });
            }

            return answers.Count >= count;
        });
        Assert.Equal(count, answers.Count);
        return [.. answers.Order(StringComparer.Ordinal)];
    }

    private static IEnumerable<string> Checks(JsonNode order)
        => order["checks"]!.AsArray().Select(check => $"{check!["check"]} {check["outcome"]}").Order(StringComparer.Ordinal);

    private static decimal[] Refunds(JsonNode order)
        => [.. order["payments"]!.AsArray().Select(payment => payment!["refundRequested"]!.GetValue<decimal>())];

    private static async Task StockHeldAtEveryPointAsync(RunningApi api, string sku)
    {
        var product = Product.Initial;
        var (received, dispatched) = (0L, 0L);
        var stream = api.Services.GetRequiredService<IEventStore>().ReadStreamAsync(
            $"product-{sku}", ReadDirection.Forwards, 0, long.MaxValue, CancellationToken.None);
        await foreach (var recorded in stream)
        {
            var @event = Assert.IsType<DecodedEvent.Known>(api.Services.GetRequiredService<EventTypes>().Decode(recorded)).Event;
            product = Product.Evolve(product, @event);
            received += @event is StockReceived receipt ? receipt.Quantity : 0;
            dispatched += @event is StockDispatched dispatch ? dispatch.Quantity : 0;
            Assert.Equal(received - dispatched, product.OnHand);
            Assert.InRange(product.Reserved, 0, product.OnHand);
            Assert.Equal(product.Reserved, product.Reservations.Values.Sum());
        }
    }
}
