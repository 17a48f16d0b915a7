using System.Diagnostics;
using System.Globalization;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;

namespace Orderly.Storage.Sqlite;

/// <summary>
/// The connections to the views' file: one that writes, with a queue of writes that share a commit (group commit), and a bounded number
/// that read beside it. Nobody who waits holds a thread. Safe for concurrent use.
/// </summary>
/// <remarks>
/// A connection that met an error is closed, which undoes what it had begun; the next use starts with a new one.
/// </remarks>
/// <param name="rung">Called after each commit that has changed something for those who watch.</param>
internal sealed partial class ViewDatabase(SqliteViewStoreOptions options, DatabaseFile file, Action rung, ILogger logger)
    : IAsyncDisposable
{
    /// <summary>How many writes share a commit at most.</summary>
    private const int MaxTogether = 64;

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
    private readonly Queue<(QueuedWrite<Connection> Write, bool Rings)> _queue = new();
    private readonly Lock _gate = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly DriveInfo _disk = new(Path.GetDirectoryName(file.Path)!);
    private readonly FileInfo _wal = new(file.Path + "-wal");
    private Connection? _writer;
    private long _nextEmptying = options.LogLimitKiB * 1024L;
    private long _checkpointBytes;
    private long? _lookedForRoom;
    private long _emptied = Stopwatch.GetTimestamp();
    private bool _isWriting;
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

    /// <summary>
    /// Writes in a transaction that it may share with others who write at the same time; nothing of it stays when
    /// <paramref name="write"/> throws. It may run more than once.
    /// </summary>
    /// <param name="rings">Whether it is told to those who watch.</param>
    public async Task<T> WriteAsync<T>(Func<Connection, T> write, bool rings, CancellationToken cancellationToken)
    {
        var queued = new QueuedWrite<Connection, T>(write);
        using var cancelling = queued.CancelWith(cancellationToken);
        bool begins;
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, file.Store);
            _queue.Enqueue((queued, rings));
            begins = !_isWriting;
            _isWriting = true;
        }

        if (begins)
        {
            _ = WriteQueuedAsync();
        }

        return await queued.Done.ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        lock (_gate)
        {
            _disposed = true;
            if (!_isWriting)
            {
                _ended.TrySetResult();
            }
        }

        await _ended.Task.ConfigureAwait(false);
        CloseWriter();
        _readers.Dispose();
    }

    /// <summary>
    /// Commits what is queued. Who was first in the queue does it on its own time, but what has come meanwhile is left to another
    /// thread.
    /// </summary>
    private async Task WriteQueuedAsync()
    {
        try
        {
            await CommitAsync(TakeQueued).ConfigureAwait(false);
        }
        finally
        {
            lock (_gate)
            {
                _isWriting = _queue.Count > 0;
                if (_isWriting)
                {
                    _ = Task.Run(WriteQueuedAsync);
                }
                else if (_disposed)
                {
                    _ended.TrySetResult();
                }
            }
        }
    }

    private List<(QueuedWrite<Connection> Write, bool Rings)> TakeQueued()
    {
        List<(QueuedWrite<Connection> Write, bool Rings)> taken = [];
        lock (_gate)
        {
            while (taken.Count < MaxTogether && _queue.TryDequeue(out var next))
            {
                if (next.Write.TryBegin())
                {
                    taken.Add(next);
                }
            }
        }

        return taken;
    }

    /// <summary>
    /// Makes writes in one transaction. When that fails, each is made by itself, so that none fails for another one's fault.
    /// </summary>
    /// <param name="take">Takes them, once nobody else writes to the file. Until then they can be cancelled.</param>
    private async Task CommitAsync(Func<List<(QueuedWrite<Connection> Write, bool Rings)>> take)
    {
        List<(QueuedWrite<Connection> Write, bool Rings)>? writes = null;
        Connection writer;
        try
        {
            writer = await file.WhenFreeAsync(Begin, CancellationToken.None).ConfigureAwait(false);
            writes = take();
            writes.ForEach(one => one.Write.Apply(writer));
            writer.Commit();
            writer.EnsureInPlace();
        }
        catch (FileMovedException e)
        {
            // The connection is the only way to the file, should that come back.
            (writes ?? take()).ForEach(one => one.Write.Fail(file.Unavailable(e)));
            return;
        }
        catch (Exception e)
        {
            CloseWriter();
            if (writes is null or [_])
            {
                var failure = Failures.IsUnavailable(e) ? file.Unavailable(e) : e;
                (writes ?? take()).ForEach(one => one.Write.Fail(failure));
                return;
            }

            foreach (var one in writes)
            {
                await CommitAsync(() => [one]).ConfigureAwait(false);
            }

            return;
        }

        writes.ForEach(static one => one.Write.Succeed());
        if (writes.Exists(static one => one.Rings))
        {
            rung();
        }

        BoundWal(writer);
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
        var length = 0L;
        try
        {
            FitToRoom(writer);
            _wal.Refresh();
            length = _wal.Exists ? _wal.Length : 0;
            if (length < _nextEmptying && (length < SmallWal || Stopwatch.GetElapsedTime(_emptied) < s_emptyEvery))
            {
                return;
            }

            _emptied = Stopwatch.GetTimestamp();

            // Not again at each commit when it can't be done: a reader that is stuck must not slow down all writers.
            var limit = options.LogLimitKiB * 1024L;
            _nextEmptying = length + limit;
            if (writer.TryEndWal(truncate: true, s_endWalWait))
            {
                _nextEmptying = limit;
            }
            else
            {
                LogNotEmptied(logger, _wal.FullName, length / 1024, null);
            }
        }
        catch (Exception e) when (e is SqliteException or IOException or UnauthorizedAccessException)
        {
            // The commit before it stands. What stops the log from being moved will stop a commit soon.
            LogNotEmptied(logger, _wal.FullName, length / 1024, e);
        }
    }

    /// <summary>Lets SQLite move a log by itself as soon as it is as long as the disk has room for.</summary>
    private void FitToRoom(Connection writer)
    {
        if (_lookedForRoom is { } looked && Stopwatch.GetElapsedTime(looked) < s_lookForRoomEvery)
        {
            return;
        }

        _lookedForRoom = Stopwatch.GetTimestamp();
        var bytes = Math.Min(options.CheckpointKiB * 1024L, Math.Max(SmallWal, FindRoom() / WalPerRoom));
        if (bytes != _checkpointBytes)
        {
            _checkpointBytes = bytes;
            writer.Execute(
                string.Create(CultureInfo.InvariantCulture, $"PRAGMA wal_autocheckpoint = {bytes / (ViewSchema.PageKiB * 1024)}"));
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
