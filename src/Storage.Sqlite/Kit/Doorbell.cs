using Microsoft.Extensions.Logging;

namespace Orderly.Storage.Sqlite;

/// <summary>
/// Wakes all that wait, in this process and in others, when a database file has changed. Inside the process that
/// is a signal; to other processes it is one byte written to a file that they watch through the operating system. A ring
/// can be lost (a process killed between its commit and its ring), so a waiter also looks every
/// <see cref="PollInterval"/>. Safe for concurrent use.
/// </summary>
internal sealed partial class Doorbell : IDisposable
{
    private readonly ILogger _logger;
    private readonly FileStream _file;
    private readonly FileSystemWatcher? _watcher;
    private TaskCompletionSource _next = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _rings;

    /// <param name="database">The database file. Its bell is a directory <c>.bell</c> beside it, made when it is not there.</param>
    /// <param name="logger">Takes a warning when the file can't be watched or written.</param>
    public Doorbell(string database, ILogger logger)
    {
        _logger = logger;

        // In a directory of its own: watching one that SQLite writes to would wake the watcher for every page.
        var directory = Directory.CreateDirectory(DirectoryOf(database)).FullName;
        var path = Path.Combine(directory, "ring");
        _file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        try
        {
            _watcher = new FileSystemWatcher(directory) { NotifyFilter = NotifyFilters.LastWrite };
            _watcher.Changed += (_, _) => Wake();
            _watcher.Error += (_, _) => Wake();
            _watcher.EnableRaisingEvents = true;
        }
        catch (IOException e)
        {
            // The system's limit of watches is reached.
            LogPolling(logger, path, e);
            _watcher?.Dispose();
            _watcher = null;
        }
    }

    /// <summary>Where the bell of a database is. It stays when the database goes, and so tells that there was one.</summary>
    public static string DirectoryOf(string database) => $"{database}.bell";

    /// <summary>How long to wait for a ring at most before looking.</summary>
    public TimeSpan PollInterval => _watcher is null ? TimeSpan.FromMilliseconds(5) : TimeSpan.FromMilliseconds(500);

    /// <summary>Counts the rings; pass it to <see cref="WaitAsync"/> as it was before looking at the database.</summary>
    public long Rings => Interlocked.Read(ref _rings);

    /// <summary>Rings, after a commit. That stands when the other processes can't be told: they see it when they look next.</summary>
    public void Ring()
    {
        Wake();
        try
        {
            RandomAccess.Write(_file.SafeFileHandle, [1], 0);
        }
        catch (IOException e)
        {
            LogNotRung(_logger, e);
        }
    }

    /// <summary>Waits for a ring after <paramref name="seen"/>, or until it is time to look anyway.</summary>
    public async Task WaitAsync(long seen, CancellationToken cancellationToken)
    {
        var next = Volatile.Read(ref _next).Task;
        if (Rings != seen)
        {
            return;
        }

        await next.WaitAsync(PollInterval, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancellationToken.ThrowIfCancellationRequested();
    }

    public void Dispose()
    {
        _watcher?.Dispose();
        _file.Dispose();
    }

    private void Wake()
    {
        Interlocked.Increment(ref _rings);
        Interlocked.Exchange(ref _next, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult();
    }

    [LoggerMessage(1001, LogLevel.Warning, "{Path} can't be watched for changes by other processes; it is polled every 5 ms instead.")]
    private static partial void LogPolling(ILogger logger, string path, Exception e);

    [LoggerMessage(1002, LogLevel.Warning, "Other processes were not woken after a commit; they will see it when they look next.")]
    private static partial void LogNotRung(ILogger logger, Exception e);
}
