using Microsoft.Extensions.Logging;

namespace Orderly.Storage.Sqlite;

/// <summary>
/// Copies the write-ahead log into the database file beside the writer, on a thread and a connection of its own: a copy
/// of many pages inside a commit would keep all callers waiting for tens of milliseconds. The writer ends the log
/// itself afterwards, when only what was added meanwhile is left to copy.
/// </summary>
internal sealed partial class WalCheckpointer(DatabaseFile file, ILogger logger) : IDisposable
{
    private const int Idle = 0;
    private const int Copying = 1;
    private const int Copied = 2;

    private readonly SemaphoreSlim _work = new(0);
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _ending;
    private int _state;

    /// <summary>Completes when the thread has ended, after <see cref="Dispose"/>.</summary>
    public Task Ended => _ended.Task;

    public void Start() => new Thread(Run) { IsBackground = true, Name = "Event store checkpoints" }.Start();

    /// <summary>Begins copying, unless it is under way or done.</summary>
    public void Begin()
    {
        if (Interlocked.CompareExchange(ref _state, Copying, Idle) == Idle)
        {
            _work.Release();
        }
    }

    /// <summary>Whether the copy that was begun is done; answers it once.</summary>
    public bool TakeCopied() => Interlocked.CompareExchange(ref _state, Idle, Copied) == Copied;

    /// <summary>Ends the thread.</summary>
    public void Dispose()
    {
        _ending = true;
        _work.Release();
    }

    private void Run()
    {
        for (_work.Wait(); !_ending; _work.Wait())
        {
            Copy();
            Volatile.Write(ref _state, Copied);
        }

        _work.Dispose();
        _ended.SetResult();
    }

    private void Copy()
    {
        try
        {
            using var connection = file.OpenWriter(file.ReaderCacheKiB);

            // The second pass copies what was added during the first, which is little.
            connection.Execute("PRAGMA wal_checkpoint(PASSIVE)");
            connection.Execute("PRAGMA wal_checkpoint(PASSIVE)");
        }
        catch (Exception e) when (Failures.IsUnavailable(e))
        {
            // The log only grows until the next time; the writer tries as well.
            LogFailed(logger, e);
        }
    }

    [LoggerMessage(1103, LogLevel.Warning, "The write-ahead log could not be copied into the database file; it will be tried again.")]
    private static partial void LogFailed(ILogger logger, Exception e);
}
