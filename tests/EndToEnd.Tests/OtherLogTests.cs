using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Orderly.ReadModels.Orders;
using Orderly.ReadModels.ViewStore;
using Orderly.Tests;

namespace Orderly.EndToEnd.Tests;

/// <summary>A log that is replaced beside views that were built from another one.</summary>
public class OtherLogTests
{
    private const string Restored = "an older one is restored";
    private const string Removed = "it is removed";
    private const string Exchanged = "another one is put there";

    /// <summary>
    /// The service says what is wrong and answers nothing wrong, and the programs end with it. One command puts it right: every command
    /// that was acknowledged is applied, checked and decided, before and after it.
    /// </summary>
    [SkippableTheory]
    [InlineData(Restored)]
    [InlineData(Removed)]
    [InlineData(Exchanged)]
    public async Task Views_of_another_log_are_told_and_built_anew_by_one_command(string change)
    {
        Skip.If(change == Removed && !Deployment.IsOnServers, "No empty log is made beside views that have read events: DamageTests.");
        await using var data = await Deployment.StartAsync();
        await using (var api = await RunningApi.StartAsync(data))
        {
            await OpenShopAsync(api.Client);
            await PlaceAsync(api.Client, "before", 1);
            await AtRestAsync(data);
        }

        await data.BackUpLogAsync();
        await using (var api = await RunningApi.StartAsync(data))
        {
            await PlaceAsync(api.Client, "lost", 4);
            await AtRestAsync(data);
        }

        await using var other = await Deployment.StartAsync();
        if (change != Exchanged || Deployment.IsOnServers)
        {
            await data.ReplaceLogAsync(byBackup: change == Restored);
        }
        else
        {
            await WriteAsync(other, 60);
            data.TakeLogOf(other);
        }

        await using var service = await RunningApi.StartAsync(data, isReady: false);
        var client = service.Client;
        if (change == Removed || change == Exchanged)
        {
            await OpenShopAsync(client);
        }

        var position = await PlaceAsync(client, "early", 2);
        await AssertIsNotServedAsync(client, position);
        var status = await RunningProgram.RunWorkerAsync(data, "status", "--json");
        Assert.Equal(3, status.ExitCode);
        Assert.All(status.Json.EnumerateArray(), one => Assert.Equal("faulted", one.GetProperty("state").GetString()));
        var verify = await RunningProgram.RunWorkerAsync(data, "verify", "order-details");
        Assert.Equal(1, verify.ExitCode);
        Assert.Contains("'worker replay --ahead'", verify.Errors, StringComparison.Ordinal);

        // One view alone, by its name; and then all that are left.
        var one = await RunningProgram.RunWorkerAsync(data, "replay", "stock-levels");
        Assert.True(one.ExitCode == 0, one.Errors);
        var all = await RunningProgram.RunWorkerAsync(data, "replay", "--ahead", "--json");
        Assert.True(all.ExitCode == 0, all.Errors);
        Assert.DoesNotContain(all.Json.EnumerateArray(), built => built.GetProperty("name").GetString() == "stock-levels");
        var nothing = await RunningProgram.RunWorkerAsync(data, "replay", "--ahead");
        Assert.Equal(0, nothing.ExitCode);
        Assert.Contains("nothing to do", nothing.Errors, StringComparison.Ordinal);

        await Wait.UntilAsync(async () =>
        {
            using var ready = await client.GetAsync("/health/ready");
            return ready.IsSuccessStatusCode;
        });
        await PlaceAsync(client, "late", 2);
        string[] placed = ["early-0", "early-1", "late-0", "late-1", .. change == Restored ? ["before-0"] : Array.Empty<string>()];
        foreach (var order in placed)
        {
            await Wait.UntilAsync(async () => await ReadAsync(client, $"/v1/orders/{order}?until=validated") is (HttpStatusCode.OK, _));
        }

        Assert.Equal(HttpStatusCode.NotFound, (await ReadAsync(client, "/v1/orders/lost-0")).Status);
        await AtRestAsync(data);
        await using var stores = new Stores(data);
        await stores.AssertViewsAreWhatTheLogSaysAsync();
    }

    /// <summary>That was so before, and stays: views that are gone are of no other log.</summary>
    [Fact]
    public async Task Views_that_are_gone_are_built_without_being_asked_for()
    {
        await using var data = await Deployment.StartAsync();
        await using (var api = await RunningApi.StartAsync(data))
        {
            await OpenShopAsync(api.Client);
            await PlaceAsync(api.Client, "o", 3);
            await AtRestAsync(data);
        }

        await using (var stores = new Stores(data))
        {
            foreach (var view in (await stores.Views.ReadGenerationsAsync(CancellationToken.None)).Select(one => one.View).Distinct())
            {
                await stores.Views.DropViewAsync(view, CancellationToken.None);
            }
        }

        await using (await RunningApi.StartAsync(data))
        {
            await AtRestAsync(data);
        }

        await using var after = new Stores(data);
        Assert.Equal(3, (await after.ReadViewAsync(OrderDetails.View)).Count);
        await after.AssertViewsAreWhatTheLogSaysAsync();
    }

    [Fact]
    public async Task A_replay_needs_views_or_a_reason()
    {
        await using var data = await Deployment.StartAsync();
        await using var stores = new Stores(data);
        await stores.Log.AppendOrdersAsync(1);

        Assert.Equal(2, (await RunningProgram.RunWorkerAsync(data, "replay")).ExitCode);
        Assert.Equal(2, (await RunningProgram.RunWorkerAsync(data, "replay", "--ahead", "--to", "1")).ExitCode);
    }

    /// <summary>Not ready, and no question has an answer: neither what no log holds, nor that there is no such thing.</summary>
    private static async Task AssertIsNotServedAsync(HttpClient client, string position)
    {
        await Wait.UntilAsync(async () => (await ReadAsync(client, "/v1/projections")).Json.GetProperty("items").EnumerateArray().All(
            one => one.GetProperty("state").GetString() == "faulted"));
        var (ready, why) = await ReadAsync(client, "/health/ready");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, ready);

        // The names follow, as many as a message has room for.
        Assert.StartsWith(
            "of another log than the one that is there: ", why.GetProperty("errors").GetProperty("views")[0].GetString(),
            StringComparison.Ordinal);
        (string Path, string? Header, string Value)[] questions =
        [
            ("/v1/orders/early-0", "Min-Log-Position", position),
            ("/v1/orders/early-0", "Prefer", "wait=1"),
            ("/v1/orders/early-0?until=validated", null, ""),
            ("/v1/orders", "Min-Log-Position", position),
            ("/v1/orders/lost-0", null, ""),
            ("/v1/orders", null, ""),
            ("/v1/products/LAMP", "Min-Log-Position", position),
        ];
        foreach (var (path, header, value) in questions)
        {
            var (status, json) = await ReadAsync(client, path, header, value);
            Assert.Equal(
                (HttpStatusCode.ServiceUnavailable, "/problems/view-of-other-log"), (status, json.GetProperty("type").GetString()));
        }
    }

    private static async Task OpenShopAsync(HttpClient client)
    {
        await PostAsync(client, "/v1/customers", new { customerId = "ada", name = "Ada", email = "ada@example.com" });
        await PostAsync(client, "/v1/products", new { sku = "LAMP", name = "Lamp", unitPrice = 9.5m, currency = "EUR" });
        await PostAsync(client, "/v1/products/LAMP/stock-receipts", new { quantity = 100 });
    }

    /// <summary>Places orders; answers the position of the last one.</summary>
    private static async Task<string> PlaceAsync(HttpClient client, string name, int count)
    {
        var position = "";
        for (var i = 0; i < count; i++)
        {
            var orderId = string.Create(CultureInfo.InvariantCulture, $"{name}-{i}");
            position = await PostAsync(client, "/v1/orders", new
            {
                orderId,
                customerId = "ada",
                currency = "EUR",
                lines = new[] { new { sku = "LAMP", quantity = 1, unitPrice = 9.5m } },
            });
        }

        return position;
    }

    /// <summary>Under a key, so that the command index has something to know.</summary>
    private static async Task<string> PostAsync(HttpClient client, string path, object body)
    {
        using HttpRequestMessage request = new(HttpMethod.Post, path) { Content = JsonContent.Create(body) };
        request.Headers.Add("Idempotency-Key", Guid.NewGuid().ToString());
        using var answer = await client.SendAsync(request);
        var json = await answer.Content.ReadFromJsonAsync<JsonElement>();
        Assert.True(answer.IsSuccessStatusCode, json.ToString());
        return json.GetProperty("position").GetString()!;
    }

    private static async Task<(HttpStatusCode Status, JsonElement Json)> ReadAsync(
        HttpClient client, string path, string? header = null, string value = "")
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (header is not null)
        {
            request.Headers.Add(header, value);
        }

        using var answer = await client.SendAsync(request);
        return (answer.StatusCode, await answer.Content.ReadFromJsonAsync<JsonElement>());
    }

    private static async Task AtRestAsync(Deployment data)
    {
        await using var stores = new Stores(data);
        await stores.AtRestAsync();
    }

    private static async Task WriteAsync(Deployment data, int orders)
    {
        await using var stores = new Stores(data);
        await stores.Log.AppendOrdersAsync(orders);
    }
}
