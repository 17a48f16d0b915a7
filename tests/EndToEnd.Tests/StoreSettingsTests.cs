using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using Orderly.Tests;

namespace Orderly.EndToEnd.Tests;

/// <summary>What both programs do with a store on a server that is named wrongly, or not there.</summary>
public class StoreSettingsTests
{
    private const string Views = "--Orderly:Views=MongoDb";

    [SkippableTheory]
    [InlineData(
        null,
        "Orderly:Views is 'MongoDb', so ConnectionStrings:MongoDb must say where the server is, "
        + "such as mongodb://localhost:27017/orderly?replicaSet=rs0.")]
    [InlineData(
        "localhost:27017",
        "ConnectionStrings:MongoDb: The connection string of MongoDB can't be read; it has the form "
        + "mongodb://user:password@host:27017/database?replicaSet=name.")]
    public async Task A_wrong_address_of_MongoDB_ends_both_programs_with_one_line(string? connectionString, string message)
    {
        Skip.If(Deployment.IsOnServers, "The deployment's own address is right.");
        await using var data = await Deployment.StartAsync();
        string[] settings = connectionString is null ? [Views] : [Views, $"--ConnectionStrings:MongoDb={connectionString}"];
        await using var api = RunningProgram.StartApi(data, 0, settings);
        await using var worker = RunningProgram.StartWorker(data, ["run", .. settings]);

        Assert.Equal((1, 1), (await api.WaitForExitAsync(), await worker.WaitForExitAsync()));
        Assert.All([api, worker], program => Assert.Equal(message, (program.Output + program.Errors).Trim()));
    }

    [SkippableFact]
    public async Task A_MongoDB_that_is_away_is_waited_for_and_told_in_one_line()
    {
        Skip.If(Deployment.IsOnServers, "The deployment's own server is there.");
        await using var data = await Deployment.StartAsync();

        // Nobody listens on port 1.
        string[] settings = [Views, "--ConnectionStrings:MongoDb=mongodb://127.0.0.1:1/orderly?serverSelectionTimeoutMS=200"];
        var port = Deployment.FreePort();
        var watch = Stopwatch.StartNew();
        await using var api = RunningProgram.StartApi(data, port, settings);
        await using var worker = RunningProgram.StartWorker(data, ["run", .. settings]);
        using var client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port.ToString(CultureInfo.InvariantCulture)}") };

        const string Reason = "No server of the view store at 127.0.0.1:1 answered in time: Connection refused";
        await Wait.UntilAsync(() => CountOf(api, Reason) > 0 && CountOf(worker, Reason) > 0);
        Assert.Contains("run at least one, 'worker run' with the same settings", api.Output, StringComparison.Ordinal);

        // Commands need no view.
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/health/live")).StatusCode);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await client.GetAsync("/health/ready")).StatusCode);
        var product = new { sku = "LAMP-1", name = "Desk lamp", unitPrice = 19.95m, currency = "EUR" };
        Assert.Equal(HttpStatusCode.Created, (await client.PostAsJsonAsync("/v1/products", product)).StatusCode);

        // Each takes as long as one of the programs' own tries, of which nothing more is told for a minute.
        for (var i = 0; i < 20; i++)
        {
            Assert.Equal(HttpStatusCode.ServiceUnavailable, (await client.GetAsync("/v1/products")).StatusCode);
        }

        Assert.All(
            [api, worker],
            program =>
            {
                Assert.False(program.HasExited);
                Assert.DoesNotContain("   at ", program.Output, StringComparison.Ordinal);
            });
        var most = 1 + (int)watch.Elapsed.TotalMinutes;
        Assert.InRange(CountOf(api, "progress can't be followed"), 1, most);
        Assert.InRange(CountOf(worker, "No view can be kept now"), 1, most);
    }

    private static int CountOf(RunningProgram program, string text)
        => program.Output.Split('\n').Count(line => line.Contains(text, StringComparison.Ordinal));
}
