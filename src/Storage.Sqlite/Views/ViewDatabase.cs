using System.Diagnostics;
using System.Globalization;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;

namespace Orderly.Storage.Sqlite;

/// <summary>
/// The connections to the views' file: one that writes, for which writers queue without holding a thread, and a bounded
/// number that read beside it. Safe for concurrent use.
/// </summary>
/// <remarks>
/// A connection that met an error is closed, which undoes what it had begun; the next use starts with a new one.
/// </remarks>
internal sealed partial class ViewDatabase(SqliteViewStoreOptions options, DatabaseFile file, ILogger logger) : IAsyncDisposable
{
    /// <summary>How long a commit waits for readers to empty the log. One that takes longer lets it grow until the next try.</summary>
    private static readonly TimeSpan s_endWalWait = TimeSpan.FromMilliseconds(250);

    /// <summary>How often the log is emptied, however slowly it grows. Workers beat, so a store in use has a commit each second.</summary>
    private static readonly TimeSpan s_emptyEvery = TimeSpan.FromSeconds(30);

    /// <summary>A log of fewer bytes is left as it is.</summary>
    private const long SmallWal = 4 * 1024 * 1024;

    /// <summary>
    /// The part of the disk's free room that the log may have, where that is less than <see cref="SqliteViewStoreOptions.CheckpointKiB"/>.
    /// A long log makes large rebuilds fast. On a disk that is nearly full it would take the room that it needs itself to be moved.
    /// </summary>
    private const int WalPerRoom = 4;

    private static readonly TimeSpan s_lookForRoomEvery = TimeSpan.FromSeconds(1);

    private readonly ReaderPool<Connection> _readers = new(file, options.ReadConnections, () => OpenReader(file));
    private readonly SemaphoreSlim _writeTurn = new(1, 1);
    private readonly DriveInfo _disk = new(Path.GetDirectoryName(file.Path)!);
    private readonly FileInfo _wal = new(file.Path + "-wal");
    private Connection? _writer;
    private long _nextEmptying = options.LogLimitKiB * 1024L;
    private long _checkpointBytes;
    private long? _lookedForRoom;
    private long _emptied = Stopwatch.GetTimestamp();
    private bool _disposed;

    /// <summary>Reads at one instant: all that <paramref name="read"/> sees is of the same commit. It may run more than once.</summary>
    public Task<T> ReadAsync<T>(Func<Connection, T> read, CancellationToken cancellationToken)
        => _readers.ReadAsync(
            connection =>
            {
                connection.BoundStatements();
                connection.Begin();
                var result = read(connection);
                connection.Commit();
                return result;
            },
            cancellationToken).AsTask();

    /// <summary>Writes in one transaction; nothing of it stays when <paramref name="write"/> throws.</summary>
    public async Task<T> WriteAsync<T>(Func<Connection, T> write, CancellationToken cancellationToken)
    {
        await _writeTurn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            ObjectDisposedException.ThrowIf(_disposed, file.Store);
            var writer = await file.WhenFreeAsync(Begin, cancellationToken).ConfigureAwait(false);
            var result = write(writer);
            writer.Commit();
            writer.EnsureInPlace();
            BoundWal(writer);
            return result;
        }
        catch (FileMovedException e)
        {
            // The connection is the only way to the file, should that come back.
            throw file.Unavailable(e);
        }
        catch (Exception e)
        {
            CloseWriter();
            if (Failures.IsUnavailable(e))
            {
                throw file.Unavailable(e);
            }

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

        _readers.Dispose();
    }

    private static Connection OpenReader(DatabaseFile file)
    {
        // Queries may come before the first write. Views that are gone are made again, so a reader may make the file.
        var reader = file.OpenReader(creates: true);
        reader.AddPredicate(ViewSearch.ContainsFunction, static (text, part) => text.Contains(part, StringComparison.OrdinalIgnoreCase));
        return reader;
    }

    private Connection Begin()
    {
        if (_writer is null)
        {
            _writer = file.OpenWriter();
            (_checkpointBytes, _lookedForRoom) = (0, null);
        }

        _writer.BoundStatements();
        _writer.EnsureFileInPlace();
        _writer.BeginImmediate();
        return _writer;
    }

    /// <summary>
    /// Empties the write-ahead log when it has become long. SQLite moves it into the file by itself, but can begin it anew only in a
    /// moment without readers; under steady reads there may be none, so from a limit on the commit waits for one.
    /// </summary>
    private void BoundWal(Connection writer)
    {
        if (_lookedForRoom is null || Stopwatch.GetElapsedTime(_lookedForRoom.Value) >= s_lookForRoomEvery)
        {
            _lookedForRoom = Stopwatch.GetTimestamp();
            var bytes = Math.Min(options.CheckpointKiB * 1024L, Math.Max(SmallWal, FindRoom() / WalPerRoom));
            if (bytes != _checkpointBytes)
            {
                _checkpointBytes = bytes;
                writer.Execute(
                    string.Create(CultureInfo.InvariantCulture, $"PRAGMA wal_autocheckpoint = {bytes / (ViewSchema.PageKiB * 1024)}"));
            }
        }

        _wal.Refresh();
        var length = _wal.Exists ? _wal.Length : 0;
        if (length < _nextEmptying && (length < SmallWal || Stopwatch.GetElapsedTime(_emptied) < s_emptyEvery))
        {
            return;
        }

        _emptied = Stopwatch.GetTimestamp();

        // Not again at each commit when it can't be done: a reader that is stuck must not slow down all writers.
        var limit = options.LogLimitKiB * 1024L;
        _nextEmptying = length + limit;
        try
        {
            if (writer.TryEndWal(truncate: true, s_endWalWait))
            {
                _nextEmptying = limit;
            }
            else
            {
                LogNotEmptied(logger, _wal.FullName, length / 1024, null);
            }
        }
        catch (SqliteException e)
        {
            // The commit before it stands. What stops the log from being moved will stop a commit soon.
            LogNotEmptied(logger, _wal.FullName, length / 1024, e);
        }
    }

    /// <summary>The bytes that are free on the disk; 0 when that can't be told.</summary>
    private long FindRoom()
    {
        try
        {
            return _disk.AvailableFreeSpace;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return 0;
        }
    }

    private void CloseWriter()
    {
        _writer?.Dispose();
        _writer = null;
    }

    [LoggerMessage(1111, LogLevel.Warning, "{Path} has grown to {KiB} KiB and could not be emptied now.")]
    private static partial void LogNotEmptied(ILogger logger, string path, long kiB, Exception? e);
}
