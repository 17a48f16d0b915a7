using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Orderly.Domain.EventStore;

namespace Orderly.Storage.Sqlite.Tests.Events;

/// <summary>
/// This assembly as another process that uses the same file, and what it does there. It says <c>ready</c>, waits for a
/// line before it opens the file, and then prints a line for each thing that it has been told or has seen.
/// </summary>
internal sealed class OtherProcess : IDisposable
{
    private readonly Process _process;

    private OtherProcess(Process process) => _process = process;

    /// <summary>Appends without end, with so many callers, and prints each acknowledged event.</summary>
    public static OtherProcess StartAppending(string path, string category, int callers)
        => Start("append", path, category, callers.ToString(CultureInfo.InvariantCulture));

    /// <summary>Appends so many events and prints what it sees of its category until it has seen the total.</summary>
    public static OtherProcess StartSharing(string path, string category, int events, int total)
        => Start("share", path, category, events.ToString(CultureInfo.InvariantCulture), total.ToString(CultureInfo.InvariantCulture));

    /// <summary>Lets it begin.</summary>
    public async Task BeginAsync(CancellationToken cancellationToken)
    {
        Assert.Equal("ready", await ReadLineAsync(cancellationToken));
        await _process.StandardInput.WriteLineAsync("go".AsMemory(), cancellationToken);
        await _process.StandardInput.FlushAsync(cancellationToken);
    }

    /// <summary>Its next line; null at the end.</summary>
    public async Task<string?> ReadLineAsync(CancellationToken cancellationToken)
        => await _process.StandardOutput.ReadLineAsync(cancellationToken);

    /// <summary>All lines until it ends.</summary>
    public async Task<List<string>> ReadToEndAsync(CancellationToken cancellationToken)
    {
        var lines = new List<string>();
        while (await ReadLineAsync(cancellationToken) is { } line)
        {
            lines.Add(line);
        }

        await _process.WaitForExitAsync(cancellationToken);
        return lines;
    }

    /// <summary>Ends it as a power cut would, with no time to clean up.</summary>
    public void Kill() => _process.Kill();

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            _process.WaitForExit();
        }

        _process.Dispose();
    }

    internal static async Task<int> AppendUntilKilledAsync(string path, string category, int callers)
    {
        await WaitForStartAsync();

        // Few pages, so that checkpoints are cut off as well as commits.
        await using var store = Open(path, checkpointPages: 64);
        await Task.WhenAll(Enumerable.Range(0, callers).Select(async caller =>
        {
            var stream = $"{category}-{Guid.NewGuid():N}";
            for (var revision = -1L; ; revision++)
            {
                await AppendOneAsync(store, stream, revision);
            }
        }));
        return 0;
    }

    internal static async Task<int> ShareAsync(string path, string category, int events, int total)
    {
        const int Streams = 16;
        await WaitForStartAsync();
        await using var store = Open(path, checkpointPages: 256);
        var appending = Task.WhenAll(Enumerable.Range(0, Streams).Select(async _ =>
        {
            var stream = $"{category}-{Guid.NewGuid():N}";
            for (var revision = -1L; revision < (events / Streams) - 1; revision++)
            {
                await AppendOneAsync(store, stream, revision);
            }
        }));
        await foreach (var message in store.SubscribeAsync(LogPosition.Start, EventFilter.ByStreamPrefix(category), CancellationToken.None))
        {
            if (message.Event is { } @event)
            {
                Print("seen", @event.Id, @event.Position, @event.Stream, @event.Revision);
                if (--total == 0)
                {
                    break;
                }
            }
        }

        await appending;
        return 0;
    }

    private static async Task AppendOneAsync(SqliteEventStore store, string stream, long expected)
    {
        var @event = new NewEvent(Guid.CreateVersion7(), "something-happened.v1", new byte[500], new byte[100]);
        var answer = await store.AppendAsync(stream, ExpectedRevision.Exactly(expected), [@event], CancellationToken.None);
        var appended = (AppendResult.Appended)answer;
        Print("acknowledged", @event.Id, appended.Position, stream, appended.Revision);
    }

    private static void Print(string what, Guid id, LogPosition position, string stream, long revision)
        => Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{what} {id} {position} {stream} {revision}"));

    private static async Task WaitForStartAsync()
    {
        await Console.Out.WriteLineAsync("ready");
        await Console.In.ReadLineAsync();
    }

    // Who writes waits for the others as long as it takes.
    private static SqliteEventStore Open(string path, int checkpointPages) => new(
        new SqliteEventStoreOptions { Path = path, CheckpointPages = checkpointPages, BusyTimeout = TimeSpan.FromMinutes(2) },
        TimeProvider.System,
        NullLogger<SqliteEventStore>.Instance);

    private static OtherProcess Start(params string[] arguments)
    {
        var start = new ProcessStartInfo(
            Environment.ProcessPath is { } host && Path.GetFileNameWithoutExtension(host) == "dotnet" ? host : "dotnet")
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        foreach (var argument in (string[])["exec", typeof(OtherProcess).Assembly.Location, .. arguments])
        {
            start.ArgumentList.Add(argument);
        }

        return new OtherProcess(Process.Start(start)!);
    }
}
