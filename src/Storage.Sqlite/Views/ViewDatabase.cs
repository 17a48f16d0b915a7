using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;
using Orderly.ReadModels.ViewStore;
using SQLitePCL;

namespace Orderly.Storage.Sqlite;

/// <summary>
/// The connections to the views' file: one that writes, for which writers queue without holding a thread, and a bounded
/// number that read beside it. Safe for concurrent use.
/// </summary>
/// <remarks>
/// A connection that met an error is closed, which undoes what it had begun; the next use starts with a new one.
/// </remarks>
internal sealed partial class ViewDatabase(SqliteViewStoreOptions options, ILogger logger) : IAsyncDisposable
{
    private static readonly TimeSpan s_busyPause = TimeSpan.FromMilliseconds(1);

    private readonly SemaphoreSlim _readTurns = new(options.ReadConnections, options.ReadConnections);
    private readonly ConcurrentStack<Connection> _readers = new();
    private readonly SemaphoreSlim _writeTurn = new(1, 1);
    private readonly FileInfo _log = new(options.Path + "-wal");
    private Connection? _writer;
    private long _nextEmptying = options.LogLimitKiB * 1024L;
    private volatile bool _disposed;

    /// <summary>Reads at one instant: all that <paramref name="read"/> sees is of the same commit. It may run more than once.</summary>
    public async Task<T> ReadAsync<T>(Func<Connection, T> read, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_disposed, typeof(SqliteViewStore));
        await _readTurns.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var started = Stopwatch.GetTimestamp();
            while (true)
            {
                try
                {
                    return Read(read);
                }
                catch (SqliteException e) when (IsBusy(e) && Stopwatch.GetElapsedTime(started) < options.BusyTimeout)
                {
                    // Readers meet a lock only while somebody opens or closes the file.
                    await Task.Delay(s_busyPause, cancellationToken).ConfigureAwait(false);
                }
                catch (SqliteException e) when (IsUnavailable(e))
                {
                    throw Unavailable(e);
                }
            }
        }
        finally
        {
            _readTurns.Release();
        }
    }

    /// <summary>Writes in one transaction; nothing of it stays when <paramref name="write"/> throws.</summary>
    public async Task<T> WriteAsync<T>(Func<Connection, T> write, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_disposed, typeof(SqliteViewStore));
        await _writeTurn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var writer = await BeginAsync(cancellationToken).ConfigureAwait(false);
            var result = write(writer);
            writer.Commit();
            BoundLog(writer);
            return result;
        }
        catch (SqliteException e) when (IsUnavailable(e))
        {
            CloseWriter();
            throw Unavailable(e);
        }
        catch
        {
            CloseWriter();
            throw;
        }
        finally
        {
            _writeTurn.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _writeTurn.WaitAsync().ConfigureAwait(false);
        try
        {
            _disposed = true;
            CloseWriter();
        }
        finally
        {
            _writeTurn.Release();
        }

        CloseReaders();
    }

    private static bool IsBusy(SqliteException e) => e.SqliteErrorCode is raw.SQLITE_BUSY or raw.SQLITE_LOCKED or raw.SQLITE_PROTOCOL;

    // The file, the disk or the system is at fault; anything else is a mistake in a program.
    private static bool IsUnavailable(SqliteException e) => IsBusy(e) || e.SqliteErrorCode
        is raw.SQLITE_IOERR or raw.SQLITE_FULL or raw.SQLITE_CANTOPEN or raw.SQLITE_READONLY or raw.SQLITE_PERM
        or raw.SQLITE_CORRUPT or raw.SQLITE_NOTADB or raw.SQLITE_NOMEM;

    private static ViewStoreUnavailableException Unavailable(SqliteException e) => new($"The view store is not available: {e.Message}", e);

    private T Read<T>(Func<Connection, T> read)
    {
        Connection? connection = null;
        try
        {
            if (!_readers.TryPop(out connection))
            {
                connection = new Connection(options, writes: false);
            }

            connection.Begin();
            var result = read(connection);
            connection.Commit();
            _readers.Push(connection);
            connection = null;
            return result;
        }
        finally
        {
            connection?.Dispose();
            if (_disposed)
            {
                CloseReaders();
            }
        }
    }

    /// <summary>Waits for another process that writes with short pauses, in which no thread is held.</summary>
    private async ValueTask<Connection> BeginAsync(CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_disposed, typeof(SqliteViewStore));
        var started = Stopwatch.GetTimestamp();
        while (true)
        {
            try
            {
                _writer ??= new Connection(options, writes: true);
                _writer.BeginImmediate();
                return _writer;
            }
            catch (SqliteException e) when (IsBusy(e) && Stopwatch.GetElapsedTime(started) < options.BusyTimeout)
            {
                await Task.Delay(s_busyPause, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>
    /// Every few MiB SQLite moves the log into the file by itself. It can begin the log anew only in a moment in which
    /// nobody reads from it; under steady reads there may be none, so from a limit on one is waited for.
    /// </summary>
    private void BoundLog(Connection writer)
    {
        _log.Refresh();
        var length = _log.Exists ? _log.Length : 0;
        if (length < _nextEmptying)
        {
            return;
        }

        // Not again at each commit when it can't be done: a reader that is stuck must not slow down all writers.
        var limit = options.LogLimitKiB * 1024L;
        _nextEmptying = length + limit;
        try
        {
            if (writer.TryEmptyLog(options.CheckpointWait))
            {
                _nextEmptying = limit;
            }
            else
            {
                LogNotEmptied(logger, _log.FullName, length / 1024, null);
            }
        }
        catch (SqliteException e)
        {
            // The commit before it stands. What stops the log from being moved will stop a commit soon.
            LogNotEmptied(logger, _log.FullName, length / 1024, e);
        }
    }

    private void CloseWriter()
    {
        _writer?.Dispose();
        _writer = null;
    }

    private void CloseReaders()
    {
        while (_readers.TryPop(out var reader))
        {
            reader.Dispose();
        }
    }

    [LoggerMessage(1111, LogLevel.Warning, "{Path} has grown to {KiB} KiB and could not be emptied now.")]
    private static partial void LogNotEmptied(ILogger logger, string path, long kiB, Exception? e);
}
