using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Orderly.Tests;

namespace Orderly.EndToEnd.Tests;

/// <summary>A command that the API said yes to.</summary>
/// <param name="Marker">A text that only this command put into its event.</param>
internal sealed record Acknowledged(string Marker, long Revision, long Position);

/// <summary>
/// Clients that send commands of every kind, each with a text of its own, and remember what was acknowledged. Half of
/// them use idempotency keys, and send a command that got no answer again under its key until it gets one.
/// </summary>
internal sealed class Traffic
{
    private const int Customers = 5;
    private const int Products = 3;

    private readonly ConcurrentQueue<Acknowledged> _acknowledged = new();
    private readonly ConcurrentQueue<(string Key, string Path, HttpMethod Method, object Body, string Marker)> _unanswered = new();
    private readonly ConcurrentQueue<string> _orders = new();
    private int _next;
    private int _unavailable;

    public IReadOnlyCollection<Acknowledged> Acknowledged => _acknowledged;

    public int Unanswered => _unanswered.Count;

    /// <summary>How many orders were placed.</summary>
    public int Orders => _orders.Count;

    /// <summary>How often the answer was that the event store can't be reached.</summary>
    public int Unavailable => _unavailable;

    /// <summary>The customers and products that the commands are about.</summary>
    public async Task OpenShopAsync(HttpClient api)
    {
        for (var i = 0; i < Customers; i++)
        {
            await SendAsync(
                api,
                HttpMethod.Post,
                "/v1/customers",
                marker => new { customerId = $"c-{i}", name = marker, email = "a@example.com" },
                null);
        }

        for (var i = 0; i < Products; i++)
        {
            await SendAsync(
                api,
                HttpMethod.Post,
                "/v1/products",
                marker => new { sku = $"P-{i}", name = marker, unitPrice = 9.5m, currency = "EUR" },
                null);
        }
    }

    /// <summary>Sends commands with many clients, as fast as they are answered, until the API is gone or the time is over.</summary>
    public Task RunAsync(HttpClient api, int clients, CancellationToken cancellationToken)
        => RunAsync(api, clients, TimeSpan.Zero, cancellationToken);

    /// <summary>
    /// Sends a hundred commands a second at most: enough that things happen meanwhile, and no more the longer that takes.
    /// </summary>
    public Task RunSteadilyAsync(HttpClient api, CancellationToken cancellationToken)
        => RunAsync(api, clients: 4, TimeSpan.FromMilliseconds(40), cancellationToken);

    private Task RunAsync(HttpClient api, int clients, TimeSpan pause, CancellationToken cancellationToken)
        => Task.WhenAll(Enumerable.Range(0, clients).Select(
            client => Task.Run(() => RunClientAsync(api, client, pause, cancellationToken), CancellationToken.None)));

    /// <summary>Waits until so many more commands are acknowledged.</summary>
    public Task MoreAsync(int commands)
    {
        var until = _acknowledged.Count + commands;
        return Wait.UntilAsync(() => _acknowledged.Count >= until);
    }

    /// <summary>Sends the keyed commands that got no answer again.</summary>
    public async Task RepeatUnansweredAsync(HttpClient api)
    {
        for (var count = _unanswered.Count; count > 0 && _unanswered.TryDequeue(out var one); count--)
        {
            await SendOnceAsync(api, one.Method, one.Path, one.Body, one.Key, one.Marker);
        }
    }

    private async Task RunClientAsync(HttpClient api, int client, TimeSpan pause, CancellationToken cancellationToken)
    {
        var random = new Random(client * 7919 + _acknowledged.Count);
        while (!cancellationToken.IsCancellationRequested)
        {
            var key = client % 2 == 0 ? Guid.NewGuid().ToString() : null;
            var (method, path, body) = NextCommand(random);
            if (!await SendAsync(api, method, path, body, key))
            {
                return;
            }

            await Task.Delay(pause, CancellationToken.None);
        }
    }

    private (HttpMethod Method, string Path, Func<string, object> Body) NextCommand(Random random)
    {
        var order = _orders.TryDequeue(out var placed) ? placed : null;
        if (order is not null)
        {
            _orders.Enqueue(order);
        }

        return random.Next(order is null ? 3 : 6) switch
        {
            0 => (
                HttpMethod.Post,
                $"/v1/products/P-{random.Next(Products)}/stock-receipts",
                marker => new { quantity = random.Next(1, 50), reference = marker }),
            1 => (
                HttpMethod.Put,
                $"/v1/customers/c-{random.Next(Customers)}/details",
                marker => new { name = marker, email = "b@example.com" }),
            2 => (HttpMethod.Post, "/v1/orders", marker => Order(random, marker)),
            3 => (
                HttpMethod.Post,
                $"/v1/orders/{order}/payments",
                marker => new { amount = random.Next(1, 9), currency = "EUR", reference = marker }),
            4 => (HttpMethod.Post, $"/v1/orders/{order}/cancellation", marker => new { reason = marker }),
            _ => (HttpMethod.Post, "/v1/orders", marker => Order(random, marker)),
        };
    }

    private static object Order(Random random, string marker) => new
    {
        orderId = $"o-{marker}",
        customerId = $"c-{random.Next(Customers)}",
        currency = "EUR",
        lines = Enumerable.Range(0, Products).OrderBy(_ => random.Next()).Take(random.Next(1, Products + 1))
            .Select(product => new { sku = $"P-{product}", quantity = random.Next(1, 4), unitPrice = 9.5m }).ToList(),
    };

    private Task<bool> SendAsync(HttpClient api, HttpMethod method, string path, Func<string, object> body, string? key)
    {
        var marker = string.Create(CultureInfo.InvariantCulture, $"m-{Interlocked.Increment(ref _next):D8}");
        return SendOnceAsync(api, method, path, body(marker), key, marker);
    }

    /// <summary>False when there was no answer.</summary>
    private async Task<bool> SendOnceAsync(HttpClient api, HttpMethod method, string path, object body, string? key, string marker)
    {
        using var request = new HttpRequestMessage(method, path) { Content = JsonContent.Create(body) };
        if (key is not null)
        {
            request.Headers.Add("Idempotency-Key", key);
        }

        try
        {
            using var answer = await api.SendAsync(request);
            var json = await answer.Content.ReadFromJsonAsync<JsonElement>();
            if (answer.IsSuccessStatusCode)
            {
                _acknowledged.Enqueue(new Acknowledged(
                    marker,
                    json.GetProperty("revision").GetInt64(),
                    long.Parse(json.GetProperty("position").GetString()!, CultureInfo.InvariantCulture)));
                if (path == "/v1/orders")
                {
                    _orders.Enqueue($"o-{marker}");
                }
            }
            else if (answer.StatusCode == HttpStatusCode.ServiceUnavailable)
            {
                // The event store's server was killed; whether the command took effect is unknown, and the client is told when to ask
                // again.
                Assert.NotNull(answer.Headers.RetryAfter);
                Interlocked.Increment(ref _unavailable);
                Unanswer(key, path, method, body, marker);
                await Task.Delay(20);
            }
            else
            {
                // The only "no" that this traffic can get: an order that was cancelled before.
                Assert.Equal(HttpStatusCode.Conflict, answer.StatusCode);
            }

            return true;
        }
        catch (Exception e) when (e is HttpRequestException or IOException or TaskCanceledException or JsonException)
        {
            // The API was killed before it answered; whether the command took effect is unknown.
            Unanswer(key, path, method, body, marker);
            return false;
        }
    }

    /// <summary>Remembers a command that may be sent again.</summary>
    private void Unanswer(string? key, string path, HttpMethod method, object body, string marker)
    {
        if (key is not null)
        {
            _unanswered.Enqueue((key, path, method, body, marker));
        }
    }
}
