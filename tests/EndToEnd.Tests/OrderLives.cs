using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;

namespace Orderly.EndToEnd.Tests;

/// <summary>Customers who order, pay, cancel and receive, whatever is killed meanwhile: each command is sent under its key until it is answered.</summary>
/// <param name="api">The API as of now; it may have another address after a restart.</param>
internal sealed class OrderLives(Func<HttpClient> api)
{
    private const int Customers = 40;
    private const int Products = 8;
    private const decimal Price = 2.5m;

    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(2);

    /// <summary>The orders that were placed.</summary>
    public ConcurrentQueue<string> Placed { get; } = [];

    public async Task OpenShopAsync()
    {
        for (var i = 0; i < Customers; i++)
        {
            await SendAsync("/v1/customers", new { customerId = $"c-{i}", name = $"Customer {i}", email = $"c-{i}@example.com" });
        }

        for (var i = 0; i < Products; i++)
        {
            await SendAsync("/v1/products", new { sku = $"P-{i}", name = $"Product {i}", unitPrice = Price, currency = "EUR" });
            await SendAsync($"/v1/products/P-{i}/stock-receipts", new { quantity = i == 0 ? 50 : 100_000 });
        }
    }

    /// <summary>Clients that live through one order after the other until it is enough; orders that are begun are lived through.</summary>
    public Task RunAsync(int clients, CancellationToken enough) => Task.WhenAll(Enumerable.Range(0, clients).Select(client => Task.Run(
        async () =>
        {
            var random = new Random(client);
            for (var number = 0; !enough.IsCancellationRequested; number++)
            {
                await LiveAsync(random, $"life-{client}-{number}");
            }
        },
        CancellationToken.None)));

    private async Task LiveAsync(Random random, string id)
    {
        var (fate, quantity) = (random.Next(20), random.Next(1, 4));
        await SendAsync("/v1/orders", new
        {
            orderId = id,
            customerId = fate == 0 ? "nobody" : $"c-{random.Next(Customers)}",
            currency = "EUR",
            lines = new[]
            {
                new { sku = fate == 1 ? "P-UNKNOWN" : $"P-{random.Next(1, Products)}", quantity, unitPrice = fate == 2 ? Price - 1 : Price },
                new { sku = "P-0", quantity = 1, unitPrice = Price },
            }.Take(fate < 6 ? 2 : 1),
        });
        Placed.Enqueue(id);
        if (fate == 7)
        {
            await SendAsync($"/v1/orders/{id}/cancellation", new { reason = "At once." });
        }

        if (await StatusAsync(id, "?until=validated") != "confirmed" || fate == 8)
        {
            return;
        }

        var total = (quantity + (fate < 6 ? 1 : 0)) * Price;
        if (fate == 9)
        {
            await SendAsync($"/v1/orders/{id}/cancellation", new { reason = "After all not." });
        }

        foreach (var amount in fate switch { 10 => [total + 5], 11 => [1, total], 12 => [1], 13 => [total, 3], _ => (decimal[])[total] })
        {
            await SendAsync($"/v1/orders/{id}/payments", new { paymentId = $"{id}-{amount.ToString(CultureInfo.InvariantCulture).Replace('.', '_')}", amount, currency = fate == 14 ? "USD" : "EUR" });
        }

        if (fate is 9 or 12 or 14)
        {
            return;
        }

        for (var waited = DateTime.UtcNow; await StatusAsync(id, "") == "confirmed"; await Task.Delay(20))
        {
            Assert.True(DateTime.UtcNow - waited < s_patience, $"{id} was paid, and is not.");
        }

        if (fate == 15)
        {
            await SendAsync($"/v1/orders/{id}/cancellation", new { reason = "Paid, and not wanted." });
        }

        await SendAsync($"/v1/orders/{id}/shipment", new { carrier = "Post", trackingNumber = id });
        if (fate != 16)
        {
            await SendAsync($"/v1/orders/{id}/delivery", null);
        }
    }

    /// <summary>Sends a command until it is answered. That the state does not allow it is an answer.</summary>
    private async Task SendAsync(string path, object? body)
    {
        var key = Guid.NewGuid().ToString();
        await AnswerAsync(
            () =>
            {
                var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = body is null ? null : JsonContent.Create(body) };
                request.Headers.Add("Idempotency-Key", key);
                return request;
            },
            answer =>
            {
                Assert.True(answer.IsSuccessStatusCode || answer.StatusCode == HttpStatusCode.Conflict, $"{path}: {answer.StatusCode}");
                return Task.FromResult(true);
            });
    }

    private Task<string> StatusAsync(string id, string query) => AnswerAsync(
        () => new HttpRequestMessage(HttpMethod.Get, $"/v1/orders/{id}{query}") { Headers = { { "Prefer", "wait=10" } } },
        async answer => answer.IsSuccessStatusCode ? (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("status").GetString() : null);

    /// <summary>Asks until there is an answer that will do.</summary>
    private async Task<T> AnswerAsync<T>(Func<HttpRequestMessage> ask, Func<HttpResponseMessage, Task<T?>> read)
    {
        for (var started = DateTime.UtcNow; ; await Task.Delay(50))
        {
            using var request = ask();
            Assert.True(DateTime.UtcNow - started < s_patience, $"{request.RequestUri}: no answer.");
            try
            {
                using var answer = await api().SendAsync(request);
                if (answer.StatusCode is not (HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout or HttpStatusCode.NotFound) && await read(answer) is { } value)
                {
                    return value;
                }
            }
            catch (Exception e) when (e is HttpRequestException or IOException or TaskCanceledException or JsonException or ObjectDisposedException)
            {
                // The API was killed before it answered.
            }
        }
    }
}
