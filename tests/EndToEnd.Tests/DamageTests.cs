using System.Buffers.Binary;
using System.Net;
using System.Text;
using Microsoft.Data.Sqlite;
using Orderly.ReadModels.Orders;
using Orderly.ReadModels.ViewStore;
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

    [SkippableFact]
    public async Task A_damaged_event_is_parked_and_not_shown()
    {
        Skip.If(Deployment.IsOnServers, "Servers check their own files.");
        await using var data = await Deployment.StartWithViewsAsync();
        await using var stores = new Stores(data);
        await stores.Log.AppendOrdersAsync(20);
        var payment = (await stores.ReadLogAsync()).First(
            one => one.Stream == "order-o-3" && Encoding.UTF8.GetString(one.Data.Span).Contains("39.9", StringComparison.Ordinal));
        Execute(
            data, "events.db", $"UPDATE events SET data = CAST(replace(data, '39.9', '93.9') AS BLOB) WHERE position = {payment.Position}");

        await using var api = await RunningApi.StartAsync(data);
        await Wait.UntilAsync(async () => (await stores.Views.ReadGenerationsAsync(CancellationToken.None))
            .Any(one => one.View == OrderDetails.View.Name && one.Position >= 80));

        var parked = await stores.Views.ReadParkedAsync(OrderDetails.View.Name, 1, CancellationToken.None);
        Assert.Equal((payment.Position.Value, ParkedReason.Unreadable), (parked[0].Position, parked[0].Reason));
        Assert.Contains("checksum is wrong", parked[0].Detail, StringComparison.Ordinal);
        Assert.All(parked.Skip(1), one => Assert.Equal(("order-o-3", ParkedReason.Waiting), (one.Stream, one.Reason)));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(api, "/v1/orders/o-4"));
        Assert.DoesNotContain("93.9", await api.Client.GetStringAsync("/v1/orders"), StringComparison.Ordinal);
    }

    /// <summary>Not by a program that can change a document and its page's checksum, but by the disk.</summary>
    [SkippableFact]
    public async Task A_changed_byte_of_a_view_is_told_and_the_view_built_anew()
    {
        Skip.If(Deployment.IsOnServers, "Servers check their own files.");
        await using var data = await Deployment.StartWithViewsAsync();
        await using (var stores = new Stores(data))
        {
            await stores.Log.AppendOrdersAsync(20);
            await using var api = await RunningApi.StartAsync(data);
            await Wait.UntilAsync(async () => (await stores.Views.ReadGenerationsAsync(CancellationToken.None))
                .Any(one => one.View == OrderDetails.View.Name && one.Position >= 80));
        }

        Execute(data, "views.db", "PRAGMA wal_checkpoint(TRUNCATE)");
        ChangeByteOf(data, "order-details#1");
        var verify = await RunningProgram.RunWorkerAsync(data, "verify", "order-details");
        Assert.Equal(1, verify.ExitCode);
        Assert.Contains("'views.db' in Orderly:DataDirectory is damaged", verify.Errors, StringComparison.Ordinal);
        Assert.Contains("'worker replay NAME'", verify.Errors, StringComparison.Ordinal);
        await using (var api = await RunningApi.StartAsync(data))
        {
            Assert.Equal(HttpStatusCode.ServiceUnavailable, await StatusAsync(api, "/v1/orders/o-4"));
            Assert.Equal(0, (await RunningProgram.RunWorkerAsync(data, "replay", "order-details")).ExitCode);
            Assert.Equal(HttpStatusCode.OK, await StatusAsync(api, "/v1/orders/o-4"));
        }

        Assert.Equal(0, (await RunningProgram.RunWorkerAsync(data, "verify", "order-details")).ExitCode);
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

    /// <summary>Changes a byte in the middle of a table's first page, and leaves the page's checksum.</summary>
    private static void ChangeByteOf(Deployment data, string table)
    {
        var path = Path.Combine(data.Path, "views.db");
        long page;
        using (SqliteConnection connection = new($"Data Source={path};Pooling=False;Mode=ReadOnly"))
        {
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = "SELECT rootpage FROM sqlite_master WHERE name = $table";
            command.Parameters.AddWithValue("$table", table);
            page = (long)command.ExecuteScalar()!;
        }

        using var file = File.Open(path, FileMode.Open, FileAccess.ReadWrite);
        var size = new byte[2];
        file.Seek(16, SeekOrigin.Begin);
        file.ReadExactly(size);
        var pageSize = BinaryPrimitives.ReadUInt16BigEndian(size);
        file.Seek(((page - 1) * pageSize) + (pageSize / 2), SeekOrigin.Begin);
        var changed = (byte)(file.ReadByte() ^ 1);
        file.Seek(-1, SeekOrigin.Current);
        file.WriteByte(changed);
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
