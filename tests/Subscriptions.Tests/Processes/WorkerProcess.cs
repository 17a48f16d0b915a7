using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Orderly.Storage.Sqlite;
using Orderly.Tests;

namespace Orderly.Subscriptions.Tests.Processes;

/// <summary>What a worker process does.</summary>
/// <param name="Directory">Where the stores are.</param>
/// <param name="Views">The names of the counting views that it can keep.</param>
internal sealed record WorkerSettings(string Directory, IReadOnlyList<string> Views)
{
    /// <summary>The version of its views; amounts are multiplied with it.</summary>
    public int Version { get; init; } = 1;

    public int Partitions { get; init; } = 1;

    public TimeSpan LeaseDuration { get; init; } = TimeSpan.FromSeconds(1);

    public int MaxBatchEvents { get; init; } = 1_000;

    /// <summary>How long it waits before each commit.</summary>
    public TimeSpan Pause { get; init; }

    /// <summary>A log position past which it commits nothing; null: it commits everything.</summary>
    public long? Until { get; init; }

    /// <summary>Where its <see cref="CommitRecord"/> goes; null: nowhere.</summary>
    public string? Record { get; init; }

    /// <summary>A projection of its version.</summary>
    public CountingProjection ProjectionOf(string view) => new(Version, name: view, factor: Version);
}

/// <summary>This assembly as a process that is one worker of the group. It ends with the process that started it.</summary>
internal sealed class WorkerProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly Task<string> _errors;
    private bool _isDisposed;

    private WorkerProcess(WorkerSettings settings, Process process)
        => (Settings, _process, _errors) = (settings, process, process.StandardError.ReadToEndAsync());

    public WorkerSettings Settings { get; }

    public int Id => _process.Id;

    /// <summary>Starts one, and waits until it has opened the stores.</summary>
    public static async Task<WorkerProcess> StartAsync(WorkerSettings settings)
    {
        var start = new ProcessStartInfo(
            Environment.ProcessPath is { } host && Path.GetFileNameWithoutExtension(host) == "dotnet" ? host : "dotnet")
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var argument in (string[])["exec", typeof(WorkerProcess).Assembly.Location, "work", JsonSerializer.Serialize(settings)])
        {
            start.ArgumentList.Add(argument);
        }

        var worker = new WorkerProcess(settings, Process.Start(start)!);
        using var limit = new CancellationTokenSource(Wait.Limit);
        Assert.Equal("ready", await worker._process.StandardOutput.ReadLineAsync(limit.Token));
        return worker;
    }

    /// <summary>Whether it has this id, as the view store writes it.</summary>
    public bool Is(string? owner) => owner?.Split('/') is [_, var id, _] && id == Id.ToString(CultureInfo.InvariantCulture);

    /// <summary>SIGKILL: it gets no chance to finish anything.</summary>
    public async Task KillAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        await _process.WaitForExitAsync();
    }

    /// <summary>SIGTERM: it ends in good order.</summary>
    public async Task StopAsync()
    {
        await SendAsync("TERM");
        using var limit = new CancellationTokenSource(Wait.Limit);
        await _process.WaitForExitAsync(limit.Token);
        Assert.True(_process.ExitCode == 0, $"The worker ended with {_process.ExitCode}: {await _errors}");
    }

    /// <summary>SIGSTOP and, after a time, SIGCONT: it sleeps in the middle of whatever it was doing.</summary>
    public async Task PauseAsync(TimeSpan time)
    {
        await SendAsync("STOP");
        await Task.Delay(time);
        await SendAsync("CONT");
    }

    public async ValueTask DisposeAsync()
    {
        if (!_isDisposed)
        {
            _isDisposed = true;
            await KillAsync();
            _process.Dispose();
        }
    }

    /// <summary>What the process does: it keeps its views until it is told to stop.</summary>
    internal static async Task<int> WorkAsync(string text)
    {
        var settings = JsonSerializer.Deserialize<WorkerSettings>(text)!;
        using var stop = new CancellationTokenSource();
        using var terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, signal =>
        {
            signal.Cancel = true;
            stop.Cancel();
        });
        var orphaned = new Thread(() =>
        {
            Console.In.ReadLine();
            Environment.Exit(1);
        })
        { IsBackground = true };
        orphaned.Start();

        await using var log = OpenLog(settings.Directory);
        await using var views = OpenViews(settings.Directory);
        using var record = settings.Record is { } path ? new CommitRecord(path) : null;
        var store = new RecordingViewStore(
            views,
            record,
            position => position > settings.Until ? Task.Delay(Timeout.Infinite, stop.Token) : Task.Delay(settings.Pause));
        var options = new SubscriptionOptions
        {
            LeaseDuration = settings.LeaseDuration,
            Partitions = settings.Partitions,
            MaxBatchEvents = settings.MaxBatchEvents,
            FirstRetryDelay = TimeSpan.FromMilliseconds(10),
            MaxRetryDelay = TimeSpan.FromMilliseconds(100),
        };
        var services = new SubscriptionServices(
            log, store, CountingProjection.Types, options, TimeProvider.System, NullLoggerFactory.Instance);
        var group = new WorkerGroup(
            [.. settings.Views.Select(view => new ProjectionWorker<Counter>(settings.ProjectionOf(view), services))], services);
        await Console.Out.WriteLineAsync("ready");
        try
        {
            await group.RunAsync(stop.Token);
        }
        catch (OperationCanceledException)
        {
            // As it was told.
        }

        return 0;
    }

    internal static SqliteEventStore OpenLog(string directory)
        => new(
            new SqliteEventStoreOptions { Path = Path.Combine(directory, "events.db") },
            TimeProvider.System,
            NullLogger<SqliteEventStore>.Instance);

    internal static SqliteViewStore OpenViews(string directory)
        => new(
            new SqliteViewStoreOptions { Path = Path.Combine(directory, "views.db") },
            TimeProvider.System,
            NullLogger<SqliteViewStore>.Instance);

    private async Task SendAsync(string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
    }
}
