using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Orderly.ReadModels.Orders;
using Orderly.ReadModels.ViewStore;
using Orderly.Tests;

namespace Orderly.EndToEnd.Tests;

public class ReplayTests
{
    private static readonly int s_orders = TestSize.Of("ORDERS", 3000);

    /// <summary>
    /// worker replay order-details on a log of many batches, while the API serves and keeps the view: what is read
    /// meanwhile is always whole, the result equals the live view, and the API's worker carries on with the new generation.
    /// </summary>
    [Fact]
    public async Task A_view_is_rebuilt_while_it_is_being_read()
    {
        await using var data = await Deployment.StartWithViewsAsync();
        await using var stores = new Stores(data);
        await stores.Log.AppendOrdersAsync(s_orders);
        await using var api = await RunningApi.StartAsync(data);
        await VisibleAsync(api, $"o-{s_orders - 1}", (await stores.Log.ReadHeadAsync(CancellationToken.None)).Value);
        var before = await stores.ReadViewAsync(OrderDetails.View);
        Assert.Equal(s_orders, before.Count);

        using var stop = new CancellationTokenSource();
        var readers = Enumerable.Range(0, 4).Select(reader => Task.Run(() => ReadAllTheTimeAsync(api.Client, reader, stop.Token))).ToList();
        await using var replay = RunningProgram.StartWorker(data, "replay", "order-details", "--json");
        var exitCode = await replay.WaitForExitAsync();
        await stop.CancelAsync();
        var reads = await Task.WhenAll(readers);

        Assert.True(exitCode == 0, replay.Errors);
        Assert.All(reads, count => Assert.NotEqual(0, count));
        var report = JsonDocument.Parse(replay.Output).RootElement[0];
        Assert.Equal(("order-details", 2), (report.GetProperty("name").GetString(), report.GetProperty("generation").GetInt32()));
        Assert.Contains("builds version 1 from position 0 to the end of the log", replay.Errors, StringComparison.Ordinal);

        var after = await stores.ReadViewAsync(OrderDetails.View);
        Assert.Equal(before.Count, after.Count);
        Assert.All(before, document => Assert.Equal(document.Value, after[document.Key]));

        using var placed = await api.Client.PostAsJsonAsync(
            "/v1/orders",
            new
            {
                orderId = "one-more",
                customerId = "ada",
                currency = "EUR",
                lines = new[] { new { sku = "LAMP", quantity = 1, unitPrice = 1 } },
            });
        var position = (await placed.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("position").GetString()!;
        await VisibleAsync(api, "one-more", long.Parse(position, CultureInfo.InvariantCulture));
        var generation = Assert.Single(
            await stores.Views.ReadGenerationsAsync(CancellationToken.None), one => one.View == OrderDetails.View.Name && one.IsLive);
        Assert.Equal(2, generation.Number);
    }

    /// <summary>A replay that is killed leaves the live view as it was, and the next one works.</summary>
    [Fact]
    public async Task A_replay_that_is_killed_changes_nothing()
    {
        await using var data = await Deployment.StartAsync();
        await using var api = await RunningApi.StartAsync(data);
        var traffic = new Traffic();
        await traffic.OpenShopAsync(api.Client);
        using (var stop = new CancellationTokenSource())
        {
            var running = traffic.RunAsync(api.Client, clients: 8, stop.Token);
            await Wait.UntilAsync(() => traffic.Orders > 200);
            await stop.CancelAsync();
            await running;
        }

        await using var stores = new Stores(data);
        var head = (await stores.AtRestAsync()).Value;
        for (var third = -1; third < 3; third++)
        {
            // At once, when it has begun, and when it has built one third and two thirds of a view, in small commits.
            await using var killed = RunningProgram.StartWorker(
                data, "replay", "order-details", "customer-overview", "stock-levels", "--Orderly:Subscriptions:MaxBatchEvents=5");
            await Wait.UntilAsync(async () => third < 0 || killed.HasExited
                || (await stores.Views.ReadGenerationsAsync(CancellationToken.None)).Any(
                    one => one.State == GenerationState.Building && one.Position >= head * third / 3));
            await killed.KillAsync();
        }

        await using var replay = RunningProgram.StartWorker(data, "replay", "order-details", "customer-overview", "stock-levels");
        Assert.True(await replay.WaitForExitAsync() == 0, replay.Errors);
        await stores.AssertViewsAreWhatTheLogSaysAsync();
    }

    /// <summary>Whole orders are all that a reader may ever see: all four events, or the request failed.</summary>
    private static async Task<int> ReadAllTheTimeAsync(HttpClient api, int reader, CancellationToken cancellationToken)
    {
        var random = new Random(reader);
        var reads = 0;
        while (!cancellationToken.IsCancellationRequested)
        {
            using var answer = await api.GetAsync($"/v1/orders/o-{random.Next(s_orders)}", CancellationToken.None);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            var order = await answer.Content.ReadFromJsonAsync<JsonElement>(CancellationToken.None);
            Assert.Equal(
                ("shipped", WrittenLog.EventsPerOrder),
                (order.GetProperty("status").GetString(), order.GetProperty("timeline").GetArrayLength()));
            reads++;
        }

        return reads;
    }

    private static async Task VisibleAsync(RunningApi api, string orderId, long position)
    {
        await Wait.UntilAsync(async () =>
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, $"/v1/orders/{orderId}");
            request.Headers.Add("Min-Log-Position", $"{position}");
            request.Headers.Add("Prefer", "wait=30");
            using var answer = await api.Client.SendAsync(request);
            Assert.True(answer.StatusCode is HttpStatusCode.OK or HttpStatusCode.GatewayTimeout, $"{answer.StatusCode}");
            return answer.StatusCode == HttpStatusCode.OK;
        });
    }
}
