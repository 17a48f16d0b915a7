using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;

namespace Orderly.EndToEnd.Tests;

/// <summary>
/// Where the programs of one test keep their data: the embedded stores in a directory of its own or, when the environment
/// says how to get them, an EventStoreDB of its own and a database of its own on a MongoDB.
/// </summary>
/// <remarks>
/// <c>ORDERLY_TEST_EVENTSTOREDB_START</c> names a program that is called with a directory and a port, starts a server there
/// and prints its process id when the server answers. <c>ORDERLY_TEST_MONGODB</c> is a connection string.
/// </remarks>
public sealed partial class Deployment : IAsyncDisposable
{
    private static readonly string? s_startEventStore = Environment.GetEnvironmentVariable("ORDERLY_TEST_EVENTSTOREDB_START");
    private static readonly string? s_mongo = Environment.GetEnvironmentVariable("ORDERLY_TEST_MONGODB");
    private readonly int _port = FreePort();
    private Process? _eventStore;

    private Deployment()
    {
    }

    /// <summary>Whether the tests run on servers.</summary>
    public static bool IsOnServers => !string.IsNullOrEmpty(s_startEventStore) && !string.IsNullOrEmpty(s_mongo);

    public string Path { get; } = Directory.CreateTempSubdirectory("orderly-e2e-").FullName;

    /// <summary>What the programs have to be told.</summary>
    public IReadOnlyDictionary<string, string?> Settings { get; private set; } = new Dictionary<string, string?>();

    /// <summary>One whose programs keep views, and have no processes: orders stay as they are made.</summary>
    public static async Task<Deployment> StartWithViewsAsync()
    {
        var deployment = await StartAsync();
        string[] views = ["order-details", "customer-overview", "stock-levels"];
        deployment.Settings = deployment.Settings.Concat(
            views.Select((view, index) => KeyValuePair.Create($"Orderly:Only:{index}", (string?)view))).ToDictionary();
        return deployment;
    }

    /// <summary>One on an event store's server that is somebody else's to start and to stop, and a database of its own.</summary>
    public static Task<Deployment> StartOnAsync(string eventStore) => StartAsync(eventStore);

    public static Task<Deployment> StartAsync() => StartAsync(null);

    private static async Task<Deployment> StartAsync(string? eventStore)
    {
        var deployment = new Deployment();
        var settings = new Dictionary<string, string?>
        {
            ["Orderly:DataDirectory"] = deployment.Path,

            // Who is killed every other second is to come back soon.
            ["Orderly:Subscriptions:LeaseDuration"] = "00:00:01",

            // A slow machine must not have an order rejected.
            ["Orderly:Processes:CheckDeadline"] = "01:00:00",

            // Nor is a store away that takes long on a busy one.
            ["Orderly:Stores:QueryTimeout"] = "00:00:30",
            ["Orderly:Stores:CommandTimeout"] = "00:00:30",
            ["Orderly:Stores:CommitTimeout"] = "00:01:00",
        };
        if (IsOnServers || eventStore is not null)
        {
            settings["Orderly:EventStore"] = "EventStoreDb";
            settings["Orderly:Views"] = "MongoDb";
            settings["ConnectionStrings:EventStoreDb"] = eventStore
                ?? string.Create(CultureInfo.InvariantCulture, $"esdb://127.0.0.1:{deployment._port}?tls=false");
            settings["ConnectionStrings:MongoDb"] = DatabaseOfConnectionString().Replace(s_mongo!, $"$1/e2e{Guid.NewGuid():N}$2");
            await (eventStore is null ? deployment.StartEventStoreAsync() : Task.CompletedTask);
        }

        deployment.Settings = settings;
        return deployment;
    }

    /// <summary>A port below those that the system gives to connections, so that none of these takes it before it is used.</summary>
    public static int FreePort()
    {
        while (true)
        {
            var port = Random.Shared.Next(10_000, 30_000);
            try
            {
                using var listener = new TcpListener(IPAddress.Loopback, port);
                listener.Start();
                return port;
            }
            catch (SocketException)
            {
                // It is somebody's.
            }
        }
    }

    /// <summary>Starts the event store's server, again on the same data.</summary>
    public async Task StartEventStoreAsync()
    {
        var start = new ProcessStartInfo(s_startEventStore!)
        {
            ArgumentList = { System.IO.Path.Combine(Path, "eventstore"), _port.ToString(CultureInfo.InvariantCulture) },
            RedirectStandardOutput = true,
        };
        using var starting = Process.Start(start)!;
        var id = await starting.StandardOutput.ReadToEndAsync();
        await starting.WaitForExitAsync();
        Assert.Equal(0, starting.ExitCode);
        _eventStore = Process.GetProcessById(int.Parse(id, CultureInfo.InvariantCulture));
    }

    /// <summary>SIGKILL to the event store's server.</summary>
    public async Task KillEventStoreAsync()
    {
        if (_eventStore is { HasExited: false } process)
        {
            process.Kill();
            await process.WaitForExitAsync();
        }
    }

    /// <summary>SIGTERM to the event store's server, which ends when it has closed its log.</summary>
    public async Task StopEventStoreAsync()
    {
        if (_eventStore is { HasExited: false } process)
        {
            await Signals.SendAsync("TERM", process);
            await process.WaitForExitAsync();
        }
    }

    /// <summary>Copies the log elsewhere, as an operator's backup. No program runs meanwhile.</summary>
    public async Task BackUpLogAsync()
    {
        await StopEventStoreAsync();
        CopyLog(Path, BackupPath);
        await StartAgainAsync();
    }

    /// <summary>Puts the copy in the place of the log, or removes the log. No program runs meanwhile.</summary>
    public async Task ReplaceLogAsync(bool byBackup)
    {
        await StopEventStoreAsync();
        RemoveLog();
        if (byBackup)
        {
            CopyLog(BackupPath, Path);
        }

        await StartAgainAsync();
    }

    /// <summary>Puts the log of another deployment in the place of this one's, on the embedded store. No program runs meanwhile.</summary>
    public void TakeLogOf(Deployment other)
    {
        RemoveLog();
        CopyLog(other.Path, Path);
    }

    public async ValueTask DisposeAsync()
    {
        await KillEventStoreAsync();
        _eventStore?.Dispose();
        Directory.Delete(Path, recursive: true);
    }

    private string BackupPath => System.IO.Path.Combine(Path, "backup");

    private void RemoveLog()
    {
        foreach (var file in Directory.GetFiles(Path, "events.db*"))
        {
            File.Delete(file);
        }

        if (Directory.Exists(System.IO.Path.Combine(Path, "eventstore")))
        {
            Directory.Delete(System.IO.Path.Combine(Path, "eventstore"), recursive: true);
        }
    }

    private static void CopyLog(string from, string to)
    {
        var files = Directory.GetFiles(from, "events.db*").Concat(
            Directory.Exists(System.IO.Path.Combine(from, "eventstore"))
                ? Directory.GetFiles(System.IO.Path.Combine(from, "eventstore"), "*", SearchOption.AllDirectories)
                : []);
        foreach (var file in files)
        {
            var target = System.IO.Path.Combine(to, System.IO.Path.GetRelativePath(from, file));
            Directory.CreateDirectory(System.IO.Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }
    }

    private Task StartAgainAsync() => IsOnServers ? StartEventStoreAsync() : Task.CompletedTask;

    [GeneratedRegex("^([a-z+]+://[^/?]+)/?[^?]*(.*)$")]
    private static partial Regex DatabaseOfConnectionString();
}
