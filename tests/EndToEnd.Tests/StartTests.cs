using System.Buffers.Binary;
using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using Orderly.Tests;

namespace Orderly.EndToEnd.Tests;

/// <summary>What keeps API and worker from starting is one line that says what to do; and what a start and an end need.</summary>
public class StartTests
{
    [Fact]
    public async Task A_port_that_is_taken_ends_the_api_with_one_line()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        await using var data = await Deployment.StartAsync();
        await using var api = RunningProgram.StartApi(data, ((IPEndPoint)other.LocalEndpoint).Port);

        await AssertEndsWithOneLineAsync(api, "The API can't listen at 'http://127.0.0.1:", "address already in use", "--urls=");
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("http://127.0.0.1:99999")]
    [InlineData("ftp://127.0.0.1:0")]
    [InlineData("http://127.0.0.1:0/path")]
    [InlineData("http://192.0.2.1:5080")]
    [InlineData("http://127.0.0.1:0;nonsense")]
    public async Task An_address_that_can_not_be_used_ends_the_api_with_one_line(string urls)
    {
        await using var data = await Deployment.StartAsync();
        AssertIsOneLine(
            await RunningProgram.RunApiAsync(data, $"--urls={urls}", "--Orderly:Authentication:Mode=Open"),
            "The API can't listen at '", urls.Split(';')[0], "--urls=http://HOST:PORT");
    }

    [Fact]
    public async Task An_open_service_does_not_leave_the_machine_unless_the_settings_say_so()
    {
        await using var data = await Deployment.StartAsync();
        AssertIsOneLine(
            await RunningProgram.RunApiAsync(data, "--urls=http://0.0.0.0:0"),
            "The service asks nobody who they are", "http://0.0.0.0:0", "Orderly:Authentication:Mode=Open");
    }

    [Theory]
    [InlineData("--help", "--Orderly:DataDirectory=PATH")]
    [InlineData("--version", "0.")]
    public async Task Asked_what_it_is_the_api_prints_that_and_ends(string asked, string answer)
    {
        await using var data = await Deployment.StartAsync();
        await using var api = RunningProgram.StartApi(data, 0, asked);

        Assert.Equal(0, await api.WaitForExitAsync());
        Assert.Contains(answer, api.Output, StringComparison.Ordinal);
        Assert.Empty(api.Errors.Trim());
    }

    [Fact]
    public async Task A_setting_that_nothing_reads_ends_both_programs_with_one_line()
    {
        await using var data = await Deployment.StartAsync();
        await using var api = RunningProgram.StartApi(data, 0, "--Orderly:Subscription:Partitions=4");
        await using var worker = RunningProgram.StartWorker(data, "run", "--Orderly:Subscription:Partitions=4");

        const string Fault = "Orderly:Subscription is no setting; the nearest is Orderly:Subscriptions.";
        await AssertEndsWithOneLineAsync(api, Fault);
        await AssertEndsWithOneLineAsync(worker, Fault);
    }

    [Fact]
    public async Task Prometheus_reads_the_metrics_of_both_programs_at_addresses_of_their_own()
    {
        string[] addresses = [.. new[] { Deployment.FreePort(), Deployment.FreePort() }.Select(port => $"http://127.0.0.1:{port}")];
        await using var data = await Deployment.StartAsync();
        await using var api = RunningProgram.StartApi(
            data, 0, "--Orderly:Workers=Separate", $"--Orderly:Telemetry:PrometheusAddress={addresses[0]}");
        await using var worker = RunningProgram.StartWorker(data, "run", $"--Orderly:Telemetry:PrometheusAddress={addresses[1]}");

        using var http = new HttpClient();
        await Wait.UntilAsync(async () => (await ReadAsync(addresses[0])).Contains("dotnet_process_", StringComparison.Ordinal));
        await Wait.UntilAsync(async () => (await ReadAsync(addresses[1])).Contains("orderly_projection_lag", StringComparison.Ordinal));
        Assert.Contains("service_name=\"orderly-api\"", await ReadAsync(addresses[0]), StringComparison.Ordinal);
        Assert.Contains("service_name=\"orderly-worker\"", await ReadAsync(addresses[1]), StringComparison.Ordinal);

        await using var second = RunningProgram.StartWorker(data, "run", $"--Orderly:Telemetry:PrometheusAddress={addresses[1]}");
        await AssertEndsWithOneLineAsync(second, $"Metrics can't be served at '{addresses[1]}':", "address already in use");

        async Task<string> ReadAsync(string address)
        {
            try
            {
                return await http.GetStringAsync(new Uri($"{address}/metrics"));
            }
            catch (HttpRequestException)
            {
                return "";
            }
        }
    }

    [SkippableTheory]
    [InlineData("file")]
    [InlineData("file/folder")]
    [InlineData("events.db")]
    [InlineData("views.db")]
    public async Task A_data_directory_that_can_not_be_used_ends_both_programs_with_one_line(string what)
    {
        Skip.If(Deployment.IsOnServers, "Only embedded stores have a directory.");
        await using var data = await Deployment.StartAsync();
        await File.WriteAllTextAsync(Path.Combine(data.Path, "file"), "");
        if (what.EndsWith(".db", StringComparison.Ordinal))
        {
            // Where the file of a store should be is a folder.
            Directory.CreateDirectory(Path.Combine(data.Path, what));
        }

        string[] settings = what.EndsWith(".db", StringComparison.Ordinal)
            ? []
            : [$"--Orderly:DataDirectory={Path.Combine(data.Path, what)}"];
        const string Advice = "Orderly:DataDirectory must name a folder that this program can make, and can write to.";
        AssertIsOneLine(await RunningProgram.RunApiAsync(data, settings), Advice);
        AssertIsOneLine(await RunningProgram.RunWorkerAsync(data, ["run", .. settings]), Advice);
    }

    [SkippableTheory]
    [InlineData("events.db", "text", "'events.db' in Orderly:DataDirectory is damaged: restore it")]
    [InlineData("events.db", "half", "'events.db' in Orderly:DataDirectory is damaged: restore it")]
    [InlineData("events.db", "newer", "this program knows version")]
    [InlineData("events.db", "gone", "to begin with an empty log.")]
    [InlineData("views.db", "text", "'views.db' in Orderly:DataDirectory is damaged: restore it")]
    [InlineData("views.db", "half", "'views.db' in Orderly:DataDirectory is damaged: restore it")]
    [InlineData("views.db", "newer", "Run the program that wrote it")]
    public async Task A_file_that_can_not_be_used_ends_every_program_with_one_line(string file, string damage, string message)
    {
        Skip.If(Deployment.IsOnServers, "Only embedded stores have files.");
        await using var data = await Deployment.StartAsync();
        await DamageAsync(data, file, damage);

        AssertIsOneLine(await RunningProgram.RunApiAsync(data), message);
        AssertIsOneLine(await RunningProgram.RunWorkerAsync(data, "run"), message);
        AssertIsOneLine(await RunningProgram.RunWorkerAsync(data, "status"), damage == "gone" ? "There is no log in" : message);
        Assert.Equal(damage != "gone", File.Exists(Path.Combine(data.Path, file)));
    }

    /// <summary>As processes of their own, which could log a stack before that line.</summary>
    [SkippableFact]
    public async Task A_data_directory_that_is_a_file_ends_every_process_with_one_line()
    {
        Skip.If(Deployment.IsOnServers, "Only embedded stores have a directory.");
        await using var data = await Deployment.StartAsync();
        var file = Path.Combine(data.Path, "file");
        await File.WriteAllTextAsync(file, "");

        await using var api = RunningProgram.StartApi(data, 0, $"--Orderly:DataDirectory={file}");
        await using var worker = RunningProgram.StartWorker(data, "run", $"--Orderly:DataDirectory={file}");
        foreach (var program in new[] { api, worker })
        {
            await AssertEndsWithOneLineAsync(program, "Orderly:DataDirectory must name a folder that this program can make");
        }
    }

    /// <inheritdoc cref="A_data_directory_that_is_a_file_ends_every_process_with_one_line"/>
    [SkippableFact]
    public async Task A_file_that_is_damaged_ends_every_process_with_one_line()
    {
        Skip.If(Deployment.IsOnServers, "Only embedded stores have files.");
        await using var data = await Deployment.StartAsync();
        await DamageAsync(data, "views.db", "half");

        await using var api = RunningProgram.StartApi(data, 0);
        await using var worker = RunningProgram.StartWorker(data, "run");
        await using var status = RunningProgram.StartWorker(data, "status");
        foreach (var program in new[] { api, worker, status })
        {
            await AssertEndsWithOneLineAsync(program, "'views.db' in Orderly:DataDirectory is damaged: restore it");
        }
    }

    [Fact]
    public async Task A_setting_that_can_not_be_read_ends_both_programs_with_one_line()
    {
        await using var data = await Deployment.StartAsync();
        const string Setting = "--Logging:LogLevel:Default=Loud";
        await using var api = RunningProgram.StartApi(data, 0, Setting);
        await using var worker = RunningProgram.StartWorker(data, "run", Setting);

        await AssertEndsWithOneLineAsync(api, "The settings can't be read.", "Loud");
        await AssertEndsWithOneLineAsync(worker, "The settings can't be read.", "Loud");
    }

    /// <summary>More connections than the process may have files: the stores still get theirs.</summary>
    [SkippableFact]
    public async Task Idle_connections_leave_the_stores_their_files()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "The limit is read from /proc.");
        const int Files = 512;
        const int Clients = 700;
        await using var data = await Deployment.StartAsync();
        await using var api = await RunningApi.StartAloneAsync(data, openFiles: Files);
        Assert.Contains("At most 128 connections at the same time", api.Story, StringComparison.Ordinal);
        List<TcpClient> idle = [];
        try
        {
            List<Task> closed = [];
            for (var i = 0; i < Clients; i++)
            {
                var client = new TcpClient();
                idle.Add(client);
                await client.ConnectAsync(IPAddress.Loopback, api.Client.BaseAddress!.Port);
                closed.Add(UntilClosedAsync(client));
            }

            await Wait.UntilAsync(() => closed.Count(one => one.IsCompleted) >= Clients - 128);

            // The connection that was there before is served.
            Assert.False(api.HasExited, api.Story);
            var product = new { sku = "LAMP", name = "Lamp", unitPrice = 20, currency = "EUR" };
            using var added = await api.Client.PostAsJsonAsync("/v1/products", product);
            Assert.Equal(HttpStatusCode.Created, added.StatusCode);
            using var history = await api.Client.GetAsync("/v1/history/product-LAMP");
            Assert.Equal(HttpStatusCode.OK, history.StatusCode);
        }
        finally
        {
            idle.ForEach(client => client.Dispose());
        }

        // There is room for others again.
        using var other = new HttpClient { BaseAddress = api.Client.BaseAddress };
        await Wait.UntilAsync(async () =>
        {
            try
            {
                return (await other.GetAsync("/health/ready")).IsSuccessStatusCode;
            }
            catch (HttpRequestException)
            {
                return false;
            }
        });
    }

    [Fact]
    public async Task Too_few_open_files_end_the_api_with_one_line()
    {
        await using var data = await Deployment.StartAsync();
        await using var api = RunningProgram.StartApi(data, 0, openFiles: 300, []);

        await AssertEndsWithOneLineAsync(api, "Raise the limit (ulimit -n).");
    }

    /// <summary>They would wait for half a minute; the program ends before, and tells them.</summary>
    [Fact]
    public async Task A_stop_does_not_wait_for_readers_that_wait()
    {
        const int Readers = 500;
        await using var data = await Deployment.StartAsync();
        await using var api = await RunningApi.StartAloneAsync(data);
        using var client = new HttpClient { BaseAddress = api.Client.BaseAddress, Timeout = Wait.Limit };

        async Task<HttpStatusCode?> AskAsync(string position, string wait)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/products");
            request.Headers.Add("Min-Log-Position", position);
            request.Headers.Add("Prefer", $"wait={wait}");
            try
            {
                using var answer = await client.SendAsync(request);
                return answer.StatusCode;
            }
            catch (HttpRequestException)
            {
                // The program had not begun with it when it stopped.
                return null;
            }
        }

        await Task.WhenAll(Enumerable.Range(0, Readers).Select(_ => AskAsync("0", "0")));
        var waiting = Enumerable.Range(0, Readers).Select(_ => AskAsync("99999999", "30")).ToList();

        // One that came after them was answered.
        Assert.Equal(HttpStatusCode.GatewayTimeout, await AskAsync("99999999", "1"));
        await api.StopAsync();

        var answers = await Task.WhenAll(waiting);
        Assert.All(answers, status => Assert.True(status is null or HttpStatusCode.ServiceUnavailable, status.ToString()));
        Assert.Contains(HttpStatusCode.ServiceUnavailable, answers);
    }

    /// <summary>SIGTERM at moments between the first instruction and the first request, which a whole start before tells.</summary>
    [Fact]
    public async Task A_program_that_is_stopped_while_it_starts_ends_in_good_order()
    {
        await using var data = await Deployment.StartAsync();
        await StopAtAsync(() => RunningProgram.StartApi(data, 0), "Now listening on:");
        await StopAtAsync(() => RunningProgram.StartWorker(data, "run"), "Following the log");

        static async Task StopAtAsync(Func<RunningProgram> start, string started)
        {
            var watch = Stopwatch.StartNew();
            await using (var whole = start())
            {
                await whole.SaysAsync(started);
            }

            var took = watch.Elapsed;
            for (var stop = 0; stop < KillTests.Kills; stop++)
            {
                await using var program = start();
                await Task.Delay(took * stop / KillTests.Kills);
                await program.StopAsync();

                // Before the runtime listens to signals, SIGTERM (15) ends it as it ends every process.
                Assert.True(await program.WaitForExitAsync() is 0 or (128 + 15), program.Story);
                Assert.DoesNotContain("   at ", program.Story, StringComparison.Ordinal);
            }
        }
    }

    private static async Task DamageAsync(Deployment data, string file, string damage)
    {
        await using (var stores = new Stores(data))
        {
            await stores.Log.AppendOrdersAsync(64);
            await stores.Views.ReadGenerationsAsync(CancellationToken.None);
        }

        var path = Path.Combine(data.Path, file);
        Assert.False(File.Exists($"{path}-wal"), "The store has not moved everything into its file.");
        var bytes = await File.ReadAllBytesAsync(path);
        switch (damage)
        {
            case "text":
                await File.WriteAllTextAsync(path, string.Concat(Enumerable.Repeat("This is no database. ", 1_000)));
                break;
            case "half":
                // The header and the list of tables are there, the tables are not.
                await File.WriteAllBytesAsync(path, bytes[..BinaryPrimitives.ReadUInt16BigEndian(bytes.AsSpan(16))]);
                break;
            case "gone":
                File.Delete(path);
                break;
            default:
                DamageTests.Execute(data, file, "PRAGMA user_version = 99");
                break;
        }
    }

    private static async Task UntilClosedAsync(TcpClient client)
    {
        try
        {
            while (await client.GetStream().ReadAsync(new byte[1]) > 0)
            {
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // Closed as well.
        }
    }

    private static async Task AssertEndsWithOneLineAsync(RunningProgram program, params IEnumerable<string> parts)
    {
        AssertIsOneLine(new Ended(await program.WaitForExitAsync(), program.Output, program.Errors), parts);
        Assert.DoesNotContain("   at ", program.Output, StringComparison.Ordinal);
    }

    private static void AssertIsOneLine(Ended ended, params IEnumerable<string> parts)
    {
        var line = ended.Errors.Trim();
        Assert.True(ended.ExitCode == 1, line + ended.Output);
        Assert.All(parts, part => Assert.Contains(part, line, StringComparison.Ordinal));
        Assert.False(line.Contains('\n'), line);
        Assert.DoesNotContain("Exception", line, StringComparison.Ordinal);
    }
}
