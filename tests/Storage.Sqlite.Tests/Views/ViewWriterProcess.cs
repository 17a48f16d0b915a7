using System.Diagnostics;
using System.Globalization;
using Orderly.Contracts.ViewStore;
using Orderly.ReadModels.ViewStore;

namespace Orderly.Storage.Sqlite.Tests.Views;

/// <summary>This assembly as another process that writes views, until it is killed or has done its part.</summary>
internal sealed class ViewWriterProcess : IDisposable
{
    /// <summary>How many documents each commit writes; all hold the commit's position.</summary>
    public const int Documents = 40;

    private readonly Process _process;

    private ViewWriterProcess(Process process) => _process = process;

    /// <summary>Commits to a view without end.</summary>
    public static ViewWriterProcess StartCommitting(string path, string view) => Start("views-commit", path, view);

    /// <summary>Builds a new generation of a view and swaps it in, without end.</summary>
    public static ViewWriterProcess StartRebuilding(string path, string view) => Start("views-rebuild", path, view);

    /// <summary>Counts a document up, in competition with others, until it has won so often; then it exits with 0.</summary>
    public static ViewWriterProcess StartCounting(string path, string view, int wins)
        => Start("views-count", path, view, wins.ToString(CultureInfo.InvariantCulture));

    public static View<Sample> ViewOf(string name) => SampleViews.Named(name);

    public static List<StoredDocument<Sample>> DocumentsAt(long position) =>
    [
        // Large and small in turns, so that pages overflow and pages are freed.
        .. Enumerable.Range(0, Documents).Select(n => new StoredDocument<Sample>(
            $"id-{n:D2}", position, Sample.Of(new string('x', (int)((position * 37 + n * 911) % 6000)), position))),
    ];

    internal static async Task<int> CommitUntilKilledAsync(string path, string name)
    {
        await using var store = Open(path);
        var view = ViewOf(name);
        var generation = await store.OpenAsync(view, 1, CancellationToken.None);
        while (true)
        {
            generation = await CommitNextAsync(store, view, generation);
        }
    }

    internal static async Task<int> RebuildUntilKilledAsync(string path, string name)
    {
        await using var store = Open(path);
        var view = ViewOf(name);
        var live = await store.OpenAsync(view, 1, CancellationToken.None);
        while (true)
        {
            var next = await store.StartGenerationAsync(view, CancellationToken.None);
            next = await CommitAsync(store, view, next, Math.Max(live.Position, 1));
            next = await CommitNextAsync(store, view, next);
            if (!await store.SwapAsync(next, CancellationToken.None))
            {
                throw new InvalidOperationException("The swap was refused.");
            }

            live = await CommitNextAsync(store, view, next);
        }
    }

    internal static async Task<int> CountAsync(string path, string name, int wins)
    {
        await using var store = Open(path);
        var view = ViewOf(name);
        while (wins > 0)
        {
            var generation = await store.OpenAsync(view, 1, CancellationToken.None);
            var loaded = await store.LoadAsync(view, generation.Number, ["counter"], CancellationToken.None);
            var next = new StoredDocument<Sample>(
                "counter", generation.Position + 1, Sample.Of(null, loaded is [var last] ? last.Value.Number + 1 : 1));
            if (await store.CommitAsync(
                view,
                new ViewCommit<Sample>(generation.Partitions, generation.Position + 1, [next], []),
                CancellationToken.None) is not null)
            {
                wins--;
            }
        }

        return 0;
    }

    public async Task<int> WaitForExitAsync(CancellationToken cancellationToken)
    {
        await _process.WaitForExitAsync(cancellationToken);
        return _process.ExitCode;
    }

    /// <summary>Ends it with SIGKILL.</summary>
    public async Task KillAsync(CancellationToken cancellationToken)
    {
        Assert.False(_process.HasExited, "The other process has ended by itself.");
        _process.Kill();
        await _process.WaitForExitAsync(cancellationToken);
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            _process.WaitForExit();
        }

        _process.Dispose();
    }

    // Bounds so small that checkpoints are cut off as well as commits. Who writes waits for the others as long as it takes.
    private static SqliteViewStore Open(string path)
        => SqliteViewFile.Open(
            new SqliteViewStoreOptions { Path = path, CheckpointKiB = 256, LogLimitKiB = 1024, BusyTimeout = TimeSpan.FromMinutes(2) });

    private static Task<ViewGeneration> CommitNextAsync(SqliteViewStore store, View<Sample> view, ViewGeneration generation)
        => CommitAsync(store, view, generation, generation.Position + 1);

    private static async Task<ViewGeneration> CommitAsync(
        SqliteViewStore store, View<Sample> view, ViewGeneration generation, long position)
        => generation with
        {
            Partitions = await store.CommitAsync(
                view, new ViewCommit<Sample>(generation.Partitions, position, DocumentsAt(position), []), CancellationToken.None)
                ?? throw new InvalidOperationException("The commit was refused."),
        };

    private static ViewWriterProcess Start(params string[] arguments)
    {
        var start = new ProcessStartInfo(
            Environment.ProcessPath is { } host && Path.GetFileNameWithoutExtension(host) == "dotnet" ? host : "dotnet");
        foreach (var argument in (string[])["exec", typeof(ViewWriterProcess).Assembly.Location, .. arguments])
        {
            start.ArgumentList.Add(argument);
        }

        return new ViewWriterProcess(Process.Start(start)!);
    }
}
