using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace Orderly.Bench;

/// <summary>
/// Whole orders against the API as a process of its own, with everything that it runs: W9 at a rate, W10 as fast as it goes, and W8 idle
/// after some.
/// </summary>
internal static class OrderLoad
{
    private const int Customers = 1_000;
    private const int Products = 100;

    /// <summary>Long enough for the just-in-time compiler.</summary>
    private static readonly TimeSpan s_warmUp = TimeSpan.FromSeconds(8);
    // What a timer calls once a second is compiled anew only after half a minute.
    private static readonly TimeSpan s_settling = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan s_idle = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan s_duration = TimeSpan.FromSeconds(20);

    /// <summary>What the API costs, with everything in its process, after 1,000 orders, when nobody asks for anything.</summary>
    public static Task<IReadOnlyList<Figure>> IdleAsync(BenchSettings settings) => HttpLoad.WithApiAsync(settings, [], async (api, port) =>
    {
        using var shop = new Client(port);
        await shop.OpenAsync();
        await Parallel.ForEachAsync(
            Enumerable.Range(0, 1_000), new ParallelOptions { MaxDegreeOfParallelism = 16 }, async (_, _) => await shop.OrderAsync());
        await shop.CaughtUpAsync();
        await Task.Delay(s_settling);
        api.Refresh();
        var (before, watch) = (api.TotalProcessorTime, Stopwatch.StartNew());
        await Task.Delay(s_idle);
        api.Refresh();
        return [new Figure("idle", "% of a core", (api.TotalProcessorTime - before) / watch.Elapsed * 100)];
    });

    public static Task<IReadOnlyList<Figure>> LatencyAsync(BenchSettings settings) => HttpLoad.WithApiAsync(settings, [], async (_, port) =>
    {
        const int PerSecond = 50;
        using var shop = new Client(port);
        await shop.OpenAsync();
        await AtRateAsync(shop, PerSecond, s_warmUp);
        var latencies = await AtRateAsync(shop, PerSecond, s_duration);
        return
        [
            new Figure("confirmed p50", "ms", latencies[latencies.Count / 2]),
            new Figure("confirmed p99", "ms", latencies[(int)(latencies.Count * 0.99)]),
            new Figure("confirmed max", "ms", latencies[^1]),
        ];
    });

    public static Task<IReadOnlyList<Figure>> ThroughputAsync(BenchSettings settings)
        => HttpLoad.WithApiAsync(settings, [], async (_, port) =>
    {
        using var shop = new Client(port);
        await shop.OpenAsync();
        await AsFastAsItGoesAsync(shop, s_warmUp);
        await shop.CaughtUpAsync();
        var watch = Stopwatch.StartNew();
        var latencies = await AsFastAsItGoesAsync(shop, s_duration);
        var seconds = watch.Elapsed.TotalSeconds;
        await shop.CaughtUpAsync();
        return
        [
            new Figure("confirmed", "orders/s", latencies.Count / seconds),
            new Figure("everything done", "orders/s", latencies.Count / watch.Elapsed.TotalSeconds),
            new Figure("confirmed p50", "ms", latencies[latencies.Count / 2]),
            new Figure("confirmed p99", "ms", latencies[(int)(latencies.Count * 0.99)]),
        ];
    });

    private static async Task<List<double>> AtRateAsync(Client shop, int perSecond, TimeSpan duration)
    {
        ConcurrentBag<double> latencies = [];
        List<Task> orders = [];
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1) / perSecond);
        for (var watch = Stopwatch.StartNew(); watch.Elapsed < duration;)
        {
            await timer.WaitForNextTickAsync();
            orders.Add(Task.Run(async () => latencies.Add(await shop.OrderAsync())));
        }

        await Task.WhenAll(orders);
        return [.. latencies.Order()];
    }

    private static async Task<List<double>> AsFastAsItGoesAsync(Client shop, TimeSpan duration)
    {
        const int Clients = 128;
        ConcurrentBag<double> latencies = [];
        var watch = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, Clients).Select(_ => Task.Run(async () =>
        {
            while (watch.Elapsed < duration)
            {
                latencies.Add(await shop.OrderAsync());
            }
        })));
        return [.. latencies.Order()];
    }

    private sealed class Client(int port) : IDisposable
    {
        private readonly HttpClient _http = new() { BaseAddress = new Uri($"http://127.0.0.1:{port}"), Timeout = TimeSpan.FromMinutes(2) };
        private int _orders;

        public async Task OpenAsync()
        {
            var limit = new ParallelOptions { MaxDegreeOfParallelism = Writers.Count };
            await Parallel.ForEachAsync(Enumerable.Range(0, Customers), limit, async (i, _) =>
                await PostAsync(
                    "/v1/customers", $$"""{"customerId":"customer-{{i}}","name":"Customer {{i}}","email":"customer-{{i}}@example.com"}"""));
            await Parallel.ForEachAsync(Enumerable.Range(0, Products), limit, async (i, _) =>
            {
                await PostAsync("/v1/products", $$"""{"sku":"SKU-{{i}}","name":"Product {{i}}","unitPrice":0.25,"currency":"EUR"}""");
                await PostAsync($"/v1/products/SKU-{i}/stock-receipts", """{"quantity":1000000}""");
            });
        }

        /// <summary>Places an order of three lines and waits until it is confirmed; in milliseconds.</summary>
        public async Task<double> OrderAsync()
        {
            var (number, started) = (Interlocked.Increment(ref _orders), Stopwatch.GetTimestamp());
            var id = string.Create(CultureInfo.InvariantCulture, $"order-{number}");
            var lines = Enumerable.Range(0, 3).Select(
                line => $$"""{"sku":"SKU-{{(number + (line * 7)) % Products}}","quantity":{{line + 1}},"unitPrice":0.25}""");
            await PostAsync(
                "/v1/orders",
                $$"""
                {"orderId":"{{id}}","customerId":"customer-{{number % Customers}}","currency":"EUR",
                "lines":[{{string.Join(',', lines)}}]}
                """);
            using var request
                = new HttpRequestMessage(HttpMethod.Get, $"/v1/orders/{id}?until=validated") { Headers = { { "Prefer", "wait=30" } } };
            using var answer = await _http.SendAsync(request);
            var order = await answer.Content.ReadAsStringAsync();
            return order.Contains("\"status\":\"confirmed\"", StringComparison.Ordinal)
                ? Stopwatch.GetElapsedTime(started).TotalMilliseconds
                : throw new InvalidOperationException($"{(int)answer.StatusCode} {order}");
        }

        /// <summary>Waits until every view and every process is at the end of the log.</summary>
        public async Task CaughtUpAsync()
        {
            while (true)
            {
                using var answer = JsonDocument.Parse(await _http.GetStringAsync("/v1/projections"));
                if (answer.RootElement.GetProperty("items").EnumerateArray().All(one => one.GetProperty("lag").GetInt64() == 0))
                {
                    return;
                }

                await Task.Delay(50);
            }
        }

        public void Dispose() => _http.Dispose();

        private async Task PostAsync(string path, string json)
        {
            using var content = new StringContent(json, Encoding.UTF8, new MediaTypeHeaderValue("application/json"));
            using var answer = await _http.PostAsync(path, content);
            if (!answer.IsSuccessStatusCode)
            {
                throw new InvalidOperationException($"{path}: {(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync()}");
            }
        }
    }
}
