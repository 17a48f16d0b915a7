using System.Diagnostics;
using System.Globalization;
using MediatR;
using Microsoft.Extensions.DependencyInjection;
using Orderly.Domain;
using Orderly.Domain.Checks;
using Orderly.Domain.EventStore;
using Orderly.Domain.Orders;
using Orderly.ReadModels.Orders;
using Orderly.Subscriptions;

namespace Orderly.Bench;

/// <summary>W11: a shop's questions to order-search, one after the other, over 200,000 orders of 20,000 customers.</summary>
internal static class SearchLoad
{
    private const int Orders = 200_000;
    private const int Customers = 20_000;
    private const int Products = 2_000;
    private const int WarmUp = 1_000;
    private const int Measured = 5_000;

    private static readonly DateTimeOffset s_start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly string[] s_firstNames =
        [
            "Ada", "Grace", "Alan", "Edsger", "Barbara", "Donald", "Frances", "Niklaus", "Margaret", "Ken", "Radia", "Dennis", "Hedy",
            "Tony", "Joan", "Leslie",
        ];
    private static readonly string[] s_cities = ["London", "Zürich", "Eindhoven", "Boston", "Lyon", "Wien", "Kraków", "Malmö"];

    public static async Task<IReadOnlyList<Figure>> RunAsync(BenchSettings settings)
    {
        await using var services = BenchServices.Create(settings);
        await AppendAsync(services.GetRequiredService<IEventStore>());
        await Workloads.BuildAsync(
            [services.GetServices<IProjectionWorker>().Single(one => one.View.Name == OrderSearch.View.Name)], services);

        var mediator = services.GetRequiredService<IMediator>();
        var random = new Random(7);
        List<(string Kind, double Milliseconds)> latencies = [];
        for (var i = 0; i < WarmUp + Measured; i++)
        {
            var (kind, query) = Ask(random);
            var started = Stopwatch.GetTimestamp();
            var answer = await mediator.Send(query);
            var took = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
            if (answer.Value is not { Items.Count: > 0 })
            {
                throw new InvalidOperationException($"Nothing was found: {query}");
            }

            if (i >= WarmUp)
            {
                latencies.Add((kind, took));
            }
        }

        return
        [
            new Figure("search p50", "ms", Percentile(latencies, 0.5)),
            new Figure("search p99", "ms", Percentile(latencies, 0.99)),
            .. latencies.GroupBy(one => one.Kind).OrderBy(kind => kind.Key).Select(
                kind => new Figure($"{kind.Key} p99", "ms", Percentile(kind, 0.99))),
        ];
    }

    private static double Percentile(IEnumerable<(string Kind, double Milliseconds)> latencies, double share)
    {
        var sorted = latencies.Select(one => one.Milliseconds).Order().ToList();
        return sorted[(int)(sorted.Count * share)];
    }

    private static (string Kind, FindOrders Query) Ask(Random random)
    {
        var customer = random.Next(Customers);
        var cheapest = OrderSort.NewestFirst with { By = OrderSortField.Total, Descending = random.Next(2) == 0 };
        return random.Next(8) switch
        {
            0 => ("customer", Of(new OrderFilter(CustomerId: $"customer-{customer}"))),
            1 => ("name", Of(new OrderFilter(Text: $"{s_firstNames[customer % s_firstNames.Length]} surname{customer}"))),
            2 => ("city and product", Of(new OrderFilter(Text: $"{s_cities[random.Next(s_cities.Length)]} gadget{random.Next(Products)}"))),
            3 => ("common word", Of(new OrderFilter(Text: s_cities[random.Next(s_cities.Length)][..3]))),
            4 => ("sku", Of(new OrderFilter(Sku: $"SKU-{random.Next(Products)}"))),
            5 => ("status", Of(new OrderFilter(
                Status: random.Next(2) == 0 ? "placed" : "confirmed", PlacedFrom: s_start.AddMinutes(random.Next(Orders / 2))))),
            6 => ("total", Of(new OrderFilter(MinTotal: random.Next(1, 50), MaxTotal: 60), cheapest)),
            _ => ("deep page", Of(new OrderFilter()) with
            {
                After = new OrderPlace(
                s_start.AddMinutes(random.Next(Orders / 10, Orders)).ToUnixTimeMilliseconds(), "order-0")
            }),
        };

        static FindOrders Of(OrderFilter filter, OrderSort? sort = null) => new(filter, sort ?? OrderSort.NewestFirst, 50, null);
    }

    private static Task AppendAsync(IEventStore store)
        => Task.WhenAll(Enumerable.Range(0, Writers.Count).Select(writer => Task.Run(async () =>
    {
        var random = new Random(writer);
        for (var number = writer; number < Orders; number += Writers.Count)
        {
            var (id, customer, product, at)
                = ($"order-{number}", random.Next(Customers), random.Next(Products), s_start.AddMinutes(number));
            var (name, sku, amount) = (
                $"{s_firstNames[customer % s_firstNames.Length]} Surname{customer}",
                $"SKU-{product}",
                1 + (decimal)random.Next(10_000) / 100);
            var placed = new OrderPlaced(
                id,
                string.Create(CultureInfo.InvariantCulture, $"customer-{customer}"),
                [new OrderLine(sku, 1, amount, amount)],
                new Money(amount, "EUR"),
                new ShippingAddress(name, $"{number % 200} High Street", null, $"P{customer}", s_cities[customer % s_cities.Length], "GB"),
                at);
            var checkedDetails = new CheckPassed(
                id, CheckNames.Details, at, new CheckedNames(name, new Dictionary<string, string> { [sku] = $"Gadget{product} of steel" }));
            await AppendedAsync($"order-{id}", -1, placed);
            await AppendedAsync($"checks-{id}", -1, checkedDetails);
            if (number % 4 != 0)
            {
                await AppendedAsync($"order-{id}", 0, new OrderConfirmed(id, placed.CustomerId, placed.Lines, placed.Total, at));
            }
        }

        async Task AppendedAsync(string stream, long revision, object @event)
        {
            var result = await store.AppendAsync(stream, ExpectedRevision.Exactly(revision), [Shop.Encode(@event)], CancellationToken.None);
            if (result is not AppendResult.Appended)
            {
                throw new InvalidOperationException($"{stream}: {result}");
            }
        }
    })));
}
