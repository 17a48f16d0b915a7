using System.Net;
using System.Text;
using Microsoft.Data.Sqlite;
using Orderly.ReadModels.Orders;
using Orderly.Storage.Sqlite;
using Orderly.Tests;

namespace Orderly.EndToEnd.Tests;

/// <summary>Embedded stores whose files are damaged, lost, backed up and brought back.</summary>
public class DamageTests
{
    [SkippableFact]
    public async Task A_backup_that_was_taken_under_load_comes_back_whole()
    {
        Skip.If(Deployment.IsOnServers, "Servers have backups of their own.");
        await using var data = await Deployment.StartAsync();
        var backup = Path.Combine(data.Path, "backup");
        var traffic = new Traffic();
        List<Acknowledged> before;
        await using (var api = await RunningApi.StartAsync(data))
        {
            await traffic.OpenShopAsync(api.Client);
            using var stop = new CancellationTokenSource();
            var running = traffic.RunAsync(api.Client, clients: 8, stop.Token);
            await Wait.UntilAsync(() => traffic.Acknowledged.Count > 300);
            before = [.. traffic.Acknowledged];
            var made = await RunningProgram.RunWorkerAsync(data, "backup", backup);
            Assert.True(made.ExitCode == 0, made.Errors);
            var check = await RunningProgram.RunWorkerAsync(data, "check", "log", "--json");
            Assert.True(check.ExitCode == 0, check.Output + check.Errors);
            Assert.True(check.Json.GetProperty("events").GetInt64() >= before.Count);
            Assert.Equal(1, (await RunningProgram.RunWorkerAsync(data, "restore", backup, "--overwrite")).ExitCode);
            await stop.CancelAsync();
            await running;
        }

        Assert.Equal(1, (await RunningProgram.RunWorkerAsync(data, "restore", backup)).ExitCode);
        var restored = await RunningProgram.RunWorkerAsync(data, "restore", backup, "--overwrite");
        Assert.True(restored.ExitCode == 0, restored.Errors);

        await using var stores = new Stores(data);
        var log = (await stores.ReadLogAsync()).Select(one => Encoding.UTF8.GetString(one.Data.Span)).ToList();
        Assert.All(before, one => Assert.Contains(log, text => text.Contains(one.Marker, StringComparison.Ordinal)));
        await using (await RunningApi.StartAsync(data))
        {
            await stores.AtRestAsync();
            await stores.AssertViewsAreWhatTheLogSaysAsync();
        }
    }

    /// <summary>Verify says which side is wrong: the log, whose event was changed after the view had it, or the view's file.</summary>
    [SkippableFact]
    public async Task Damage_is_found_on_the_side_where_it_is()
    {
        Skip.If(Deployment.IsOnServers, "Servers check their own files.");
        await using var data = await Deployment.StartWithViewsAsync();
        string position;
        await using (var stores = new Stores(data))
        {
            await stores.Log.AppendOrdersAsync(20);
            await using var api = await RunningApi.StartAsync(data);
            await Wait.UntilAsync(async () => (await stores.Views.ReadGenerationsAsync(CancellationToken.None))
                .Any(one => one.View == OrderDetails.View.Name && one.Position >= 80));
            position = (await stores.ReadLogAsync()).First(one => one.Stream == "order-o-3").Position.ToString();
        }

        Execute(data, "events.db", $"UPDATE events SET data = CAST(replace(data, '39.9', '93.9') AS BLOB) WHERE position = {position}");
        var check = await RunningProgram.RunWorkerAsync(data, "check", "log");
        Assert.Equal(3, check.ExitCode);
        Assert.Equal($"position {position} ('order-o-3', revision 0): its checksum is wrong", check.Output.Trim());
        var verify = await RunningProgram.RunWorkerAsync(data, "verify", "order-details");
        Assert.Equal(3, verify.ExitCode);
        Assert.Contains($"log, position {position} ('order-o-3', revision 0)", verify.Output, StringComparison.Ordinal);

        Execute(data, "events.db", $"UPDATE events SET data = CAST(replace(data, '93.9', '39.9') AS BLOB) WHERE position = {position}");
        Assert.Equal(0, (await RunningProgram.RunWorkerAsync(data, "verify", "order-details")).ExitCode);

        Execute(data, "views.db", "UPDATE \"order-details#1\" SET body = replace(body, '39.9', '93.9') WHERE id = 'o-4'");
        verify = await RunningProgram.RunWorkerAsync(data, "verify", "order-details");
        Assert.Equal(3, verify.ExitCode);
        Assert.Equal("order-details o-4: damaged in the view's file: its checksum is wrong", verify.Output.Trim());
        await using (var api = await RunningApi.StartAsync(data))
        {
            Assert.Equal(HttpStatusCode.ServiceUnavailable, await StatusAsync(api, "/v1/orders/o-4"));
            Assert.Equal(HttpStatusCode.OK, await StatusAsync(api, "/v1/orders/o-5"));
            Assert.Equal(0, (await RunningProgram.RunWorkerAsync(data, "replay", "order-details")).ExitCode);
            Assert.Equal(HttpStatusCode.OK, await StatusAsync(api, "/v1/orders/o-4"));
        }
    }

    /// <summary>Nothing is acknowledged into a file that nobody finds again.</summary>
    [SkippableFact]
    public async Task A_log_that_is_moved_away_under_load_loses_nothing_acknowledged()
    {
        Skip.If(Deployment.IsOnServers, "Only embedded stores have files.");
        await using var data = await Deployment.StartAsync();
        var (log, away) = (Path.Combine(data.Path, "events.db"), Path.Combine(data.Path, "away.db"));
        var traffic = new Traffic();
        await using (var api = await RunningApi.StartAsync(data))
        {
            await traffic.OpenShopAsync(api.Client);
            using var stop = new CancellationTokenSource();
            var running = traffic.RunAsync(api.Client, clients: 8, stop.Token);
            await Wait.UntilAsync(() => traffic.Acknowledged.Count > 100);
            File.Move(log, away);
            await Wait.UntilAsync(() => traffic.Unavailable > 20);
            Assert.False(File.Exists(log));
            Assert.Equal(HttpStatusCode.ServiceUnavailable, await StatusAsync(api, "/health/ready"));
            File.Move(away, log);
            var acknowledged = traffic.Acknowledged.Count;
            await Wait.UntilAsync(() => traffic.Acknowledged.Count > acknowledged + 50);
            await Wait.UntilAsync(async () => await StatusAsync(api, "/health/ready") == HttpStatusCode.OK);
            await stop.CancelAsync();
            await running;
            await api.KillAsync();
        }

        await using var stores = new Stores(data);
        var events = (await stores.ReadLogAsync()).Select(one => Encoding.UTF8.GetString(one.Data.Span)).ToList();
        Assert.All(traffic.Acknowledged, one => Assert.Contains(one.Marker, events[(int)one.Position - 1], StringComparison.Ordinal));
        Assert.Equal(0, (await RunningProgram.RunWorkerAsync(data, "check", "log")).ExitCode);
    }

    private static async Task<HttpStatusCode> StatusAsync(RunningApi api, string path)
    {
        using var answer = await api.Client.GetAsync(path);
        return answer.StatusCode;
    }

    /// <summary>Changes a store's file behind its back, and gives the pages their checksums.</summary>
    internal static void Execute(Deployment data, string file, string sql)
    {
        PageChecksums.Use();
        var path = Path.Combine(data.Path, file);
        using SqliteConnection connection = new($"Data Source={path};Pooling=False;Vfs={PageChecksums.RowsFileSystem}");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
