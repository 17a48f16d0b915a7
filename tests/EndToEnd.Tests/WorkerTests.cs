using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Orderly.Tests;

namespace Orderly.EndToEnd.Tests;

public class WorkerTests
{
    private static readonly object s_product = new { sku = "LAMP", name = "Lamp", unitPrice = 20, currency = "EUR" };

    /// <summary>API and worker are two processes on the same files; what one writes the other hears at once.</summary>
    [Fact]
    public async Task A_separate_worker_keeps_the_views_and_the_api_waits_for_it()
    {
        await using var data = await Deployment.StartAsync();
        await using var api = await RunningApi.StartAloneAsync(data);
        using var added = await api.Client.PostAsJsonAsync("/v1/products", s_product);
        Assert.Equal(HttpStatusCode.Created, added.StatusCode);
        var position = added.Headers.GetValues("Log-Position").Single();

        using var behind = await GetAsync(api.Client, "/v1/products/LAMP", position, wait: 0);
        Assert.Equal(HttpStatusCode.GatewayTimeout, behind.StatusCode);

        await using var worker = RunningProgram.StartWorker(data, "run");
        using var found = await ReadAsync(api.Client, "/v1/products/LAMP", position);
        Assert.Equal(HttpStatusCode.OK, found.StatusCode);

        for (var i = 0; i < 20; i++)
        {
            using var received = await api.Client.PostAsJsonAsync("/v1/products/LAMP/stock-receipts", new { quantity = 1 });
            using var product = await ReadAsync(api.Client, "/v1/products/LAMP", received.Headers.GetValues("Log-Position").Single());
            Assert.Equal(i + 1, (await product.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("onHand").GetInt64());
        }

        await worker.KillAsync();
        await using var status = RunningProgram.StartWorker(data, "status", "--json");
        Assert.Equal(0, await status.WaitForExitAsync());
        Assert.Superset(
            new HashSet<string?>([.. Deployment.IsOnServers
                ? ["command-index"]
                : (string[])[], "customer-overview", "customer-search", "order-details", "order-search", "sales", "stock-levels",
                "validation", "e-mail"]),
            JsonDocument.Parse(status.Output).RootElement.EnumerateArray().Select(one => one.GetProperty("name").GetString()).ToHashSet());
    }

    [Fact]
    public async Task Only_the_named_projections_run()
    {
        await using var data = await Deployment.StartAsync();
        await using var api = await RunningApi.StartAloneAsync(data);
        using var added = await api.Client.PostAsJsonAsync("/v1/products", s_product);
        await using var worker = RunningProgram.StartWorker(data, "run", "--only", "stock-levels");
        using var found = await ReadAsync(api.Client, "/v1/products/LAMP", added.Headers.GetValues("Log-Position").Single());
        Assert.Equal(HttpStatusCode.OK, found.StatusCode);
        var projections = await api.Client.GetFromJsonAsync<JsonElement>("/v1/projections");
        Assert.Equal("stock-levels", Assert.Single(projections.GetProperty("items").EnumerateArray()).GetProperty("name").GetString());
    }

    [Theory]
    [InlineData(2, "There is no projection 'sales-of-ice'", "replay", "sales-of-ice")]
    [InlineData(2, "There is no projection 'sales-of-ice'", "run", "--only", "sales-of-ice")]
    [InlineData(2, "There is no projection 'sales-of-ice'", "verify", "order-details", "sales-of-ice")]
    [InlineData(2, "There is no projection 'sales-of-ice'", "rollback", "sales-of-ice", "--yes")]
    [InlineData(2, "There is no projection 'sales-of-ice'", "repartition", "sales-of-ice", "2")]
    [InlineData(2, "There is no projection 'sales-of-ice'", "status", "order-details", "sales-of-ice")]
    [InlineData(2, "There is no projection 'sales-of-ice'", "parked", "list", "sales-of-ice")]
    [InlineData(2, "There is no projection 'sales-of-ice'", "parked", "show", "sales-of-ice", "1")]
    [InlineData(2, "There is no projection 'sales-of-ice'", "parked", "retry", "sales-of-ice", "1", "--yes")]
    [InlineData(2, "There is no projection 'sales-of-ice'", "parked", "skip", "sales-of-ice", "1", "--yes")]
    [InlineData(2, "There is no projection 'sales-of-ice'", "parked", "skip", "sales", "sales-of-ice", "--reason", "threw", "--yes")]
    [InlineData(2, "Say either a view and the position of one event, or the --reason", "parked", "retry", "sales", "--yes")]
    [InlineData(2, "Say either a view and the position of one event, or the --reason", "parked", "skip", "--reason", "", "--yes")]
    [InlineData(2, "Say either a view and", "parked", "skip", "sales", "12", "--reason", "threw", "--yes")]
    [InlineData(1, "No event with the reason 'threw' is parked in these views.", "parked", "skip", "--reason", "threw", "--yes")]
    [InlineData(2, "--watch is for people, and --json for programs", "status", "--watch", "--json")]
    [InlineData(2, "--last counts from the log's end", "log", "tail", "--last", "3", "--from", "1")]
    [InlineData(2, "--last is 0 or more", "log", "tail", "-n", "-1")]
    [InlineData(2, "what --stream and --type say is not empty", "log", "tail", "--stream", "")]
    [InlineData(2, "'here' is not a position in the log.", "log", "tail", "--from", "here")]
    [InlineData(1, "There is no event at position 17.", "log", "tail", "--from", "17", "--follow")]
    [InlineData(1, "There is no event at position 17.", "log", "show", "17")]
    [InlineData(1, "There is no stream '@order-1', or nothing is left of it.", "log", "stream", "@order-1")]
    [InlineData(2, "--from is 0 or more, and --limit 1 or more.", "log", "stream", "order-1", "--limit", "0")]
    [InlineData(2, "There is no command 'dance'.", "help", "dance")]
    [InlineData(2, "Argument 'tcsh' not recognized.", "completion", "tcsh")]
    [InlineData(2, "Say which views, or --ahead for those that are of another log.", "replay")]
    [InlineData(2, "Required argument 'NAME' missing", "verify")]
    [InlineData(2, "Required command was not provided", "parked")]
    [InlineData(2, "Unrecognized command or argument 'dance'", "dance")]
    [InlineData(1, "Orderly:EventStore is 'Abacus'", "status", "--Orderly:EventStore=Abacus")]
    [InlineData(1, "'soon' at 'Orderly:Subscriptions:LeaseDuration'", "run", "--Orderly:Subscriptions:LeaseDuration=soon")]
    [InlineData(1, "Orderly:Decider:ConcurrentStreams must be a power of two", "status", "--Orderly:Decider:ConcurrentStreams=3")]
    public async Task A_command_line_that_makes_no_sense_says_so(int exitCode, string message, params string[] arguments)
    {
        await using var data = await Deployment.StartAsync();
        await File.WriteAllBytesAsync(Path.Combine(data.Path, "events.db"), []);
        var ended = await RunningProgram.RunWorkerAsync(data, arguments);
        Assert.Equal(exitCode, ended.ExitCode);
        Assert.Contains(message, ended.Errors.ReplaceLineEndings(" "), StringComparison.Ordinal);
    }

    /// <summary>A program of a build without the client of EventStoreDB, told to use it, ends at its start and says what to do.</summary>
    [SkippableFact]
    public async Task A_build_without_the_client_of_EventStoreDB_says_so()
    {
        Skip.If(File.Exists(Path.Combine(AppContext.BaseDirectory, "EventStore.Client.dll")), "This build carries the client.");
        await using var data = await Deployment.StartAsync();
        string[] settings = ["--Orderly:EventStore=EventStoreDb", "--ConnectionStrings:EventStoreDb=server"];
        await using var api = RunningProgram.StartApi(data, 0, settings);
        await using var worker = RunningProgram.StartWorker(data, ["run", .. settings]);

        Assert.Equal((1, 1), (await api.WaitForExitAsync(), await worker.WaitForExitAsync()));
        Assert.All(
            new[] { api, worker },
            program => Assert.Contains(
                "Orderly:EventStore is 'EventStoreDb', but this build does not carry its client.",
                program.Errors.ReplaceLineEndings(" "),
                StringComparison.Ordinal));
    }

    [SkippableFact]
    public async Task A_tool_on_an_empty_directory_says_so_and_makes_nothing()
    {
        Skip.If(Deployment.IsOnServers, "Only embedded stores have a directory.");
        await using var data = await Deployment.StartAsync();
        var status = await RunningProgram.RunWorkerAsync(data, "status");
        Assert.Equal(1, status.ExitCode);
        Assert.Contains("There is no log in", status.Errors, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(data.Path));
    }

    [Fact]
    public async Task Every_command_explains_itself()
    {
        await using var data = await Deployment.StartAsync();
        string[] commands =
        [
            "run", "status", "replay", "verify", "rollback", "repartition", "version", "completion", "help",
            "parked", "parked list", "parked show", "parked retry", "parked skip",
            "log", "log tail", "log stream", "log show",
        ];
        foreach (var command in commands)
        {
            var help = await RunningProgram.RunWorkerAsync(data, [.. command.Split(' '), "--help"]);
            Assert.Equal(0, help.ExitCode);
            Assert.Contains($" {command} ", help.Output, StringComparison.Ordinal);
        }

        var overview = await RunningProgram.RunWorkerAsync(data, "--help");
        Assert.All(
            commands.Where(command => !command.Contains(' ')),
            command => Assert.Contains($"  {command} ", overview.Output, StringComparison.Ordinal));

        await using var version = RunningProgram.StartWorker(data, "version");
        Assert.Equal(0, await version.WaitForExitAsync());
        Assert.Matches("^[0-9]+\\.[0-9]+\\.[0-9]+", version.Output);
    }

    /// <summary>Reads what a view shows once it has come to a position.</summary>
    private static async Task<HttpResponseMessage> ReadAsync(HttpClient api, string path, string position)
    {
        HttpResponseMessage? answer = null;
        await Wait.UntilAsync(async () =>
        {
            answer?.Dispose();
            answer = await GetAsync(api, path, position, wait: 30);
            return answer.StatusCode != HttpStatusCode.GatewayTimeout;
        });
        return answer!;
    }

    private static async Task<HttpResponseMessage> GetAsync(HttpClient api, string path, string position, int wait)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Add("Min-Log-Position", position);
        request.Headers.Add("Prefer", $"wait={wait}");
        return await api.SendAsync(request);
    }
}
