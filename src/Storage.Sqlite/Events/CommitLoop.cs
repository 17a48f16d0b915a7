using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;

namespace Orderly.Storage.Sqlite;

/// <summary>
/// The one writer of this process: a thread that commits whatever is queued together (group commit), so that the wait
/// for the disk is shared. A request fails alone when it is refused; when the transaction fails, all that share it
/// fail, and the loop goes on with a new connection.
/// </summary>
internal sealed partial class CommitLoop
{
    /// <summary>How soon the write-ahead log is emptied of erased data, when readers were in the way.</summary>
    private static readonly TimeSpan s_eraseRetry = TimeSpan.FromMilliseconds(20);

    /// <summary>After how long without a write the write-ahead log is given back to the disk.</summary>
    private static readonly TimeSpan s_idle = TimeSpan.FromSeconds(2);

    private readonly SqliteEventStoreOptions _options;
    private readonly DatabaseFile _file;
    private readonly TimeProvider _time;
    private readonly WriteQueue _queue;
    private readonly WalCheckpointer _checkpointer;
    private readonly Doorbell _doorbell;
    private readonly ILogger _logger;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private LogWriter? _writer;
    private long _walPages;

    /// <summary>Whether the write-ahead log's file takes room: it keeps its length when the log begins anew.</summary>
    private bool _walTakesRoom;

    /// <summary>The last position that this process has told anybody of.</summary>
    private long _told;

    // Until the first look: a process that was killed may have left erased data in the write-ahead log.
    private bool _erased = true;

    /// <param name="writer">The first connection; the loop closes it.</param>
    public CommitLoop(
        SqliteEventStoreOptions options, DatabaseFile file, TimeProvider time, LogWriter writer, WriteQueue queue,
        WalCheckpointer checkpointer, Doorbell doorbell, ILogger logger)
        => (_options, _file, _time, _writer, _queue, _checkpointer, _doorbell, _logger)
            = (options, file, time, writer, queue, checkpointer, doorbell, logger);

    /// <summary>Completes when the queue is completed and all that was in it is answered.</summary>
    public Task Ended => _ended.Task;

    public void Start() => new Thread(Run) { IsBackground = true, Name = "Event store writer" }.Start();

    private void Run()
    {
        var batch = new List<WriteRequest>(_options.MaxCommitEvents);
        while (_queue.Take(batch, LongestPause))
        {
            var isIdle = batch.Count == 0;
            if (!isIdle)
            {
                Write(batch);
                batch.Clear();
            }

            KeepWalShort(isIdle);
        }

        _writer?.Dispose();
        _ended.SetResult();
    }

    private TimeSpan LongestPause
        => _writer is null ? Timeout.InfiniteTimeSpan : _erased ? s_eraseRetry : _walTakesRoom ? s_idle : Timeout.InfiniteTimeSpan;

    private void Write(List<WriteRequest> batch)
    {
        var changed = false;
        try
        {
            var writer = _file.WhenFree(Begin);

            // From here on they can't be cancelled.
            batch.RemoveAll(static request => !request.TryBegin());
            batch.ForEach(request => request.Apply(writer));
            writer.Commit();

            // Nothing is acknowledged into a file that nobody will find again.
            writer.EnsureInPlace();
            _told = writer.Head;
            changed = writer.HasChanges;
            _erased |= writer.HasErased;
        }
        catch (FileMovedException e)
        {
            // The connection still has the file, and is the only way to it, so it stays. What was acknowledged is brought into the file
            // itself: a write-ahead log without a name is lost with the process.
            LogFailed(_logger, batch.Count, e);
            KeepWalShort(isIdle: false, ends: true);
            batch.ForEach(request => request.Fail(_file.Unavailable(e)));
            return;
        }
        catch (Exception e)
        {
            // Closing the connection rolls back what is left of the transaction.
            LogFailed(_logger, batch.Count, e);
            _writer?.Dispose();
            _writer = null;
            var failure = Failures.IsUnavailable(e) ? _file.Unavailable(e) : e;
            batch.ForEach(request => request.Fail(failure));
            return;
        }

        batch.ForEach(static request => request.Succeed());
        if (changed)
        {
            _doorbell.Ring();
        }
    }

    private LogWriter Begin()
    {
        _writer ??= new LogWriter(_file, _time);
        _writer.EnsureFileInPlace();
        _writer.Begin();
        return _writer.Head >= _told ? _writer : throw new InvalidDataException(FormattableString.Invariant(
            $"it ends at position {_writer.Head}, where this program has written up to {_told}. {Failures.WhatToDo}"));
    }

    /// <param name="isIdle">Whether nothing is to be written just now.</param>
    /// <param name="ends">Whether to end the log in any case.</param>
    private void KeepWalShort(bool isIdle, bool ends = false)
    {
        try
        {
            if (_writer is null)
            {
                return;
            }

            var pages = _writer.TakePagesWritten();
            _walPages += pages;
            _walTakesRoom |= pages > 0;
            if (ends)
            {
                _walPages = _writer.TryEndWal(truncate: false) ? 0 : _walPages;
            }
            else if (_erased || isIdle)
            {
                // The log's file still holds the pages as they were before.
                if (_writer.TryEndWal(truncate: true))
                {
                    (_erased, _walPages, _walTakesRoom) = (false, 0, false);
                }
            }
            else if (_checkpointer.TakeCopied())
            {
                _walPages = _writer.TryEndWal(truncate: false) ? 0 : _walPages;
            }
            else if (_walPages >= _options.CheckpointPages)
            {
                _checkpointer.Begin();
            }
        }
        catch (SqliteException e)
        {
            LogWalNotEnded(_logger, e);
            _writer?.Dispose();
            _writer = null;
        }
    }

    [LoggerMessage(1101, LogLevel.Error, "A commit of {Count} writes failed; the callers were told.")]
    private static partial void LogFailed(ILogger logger, int count, Exception e);

    [LoggerMessage(1104, LogLevel.Warning, "The write-ahead log could not be ended; it will be tried again.")]
    private static partial void LogWalNotEnded(ILogger logger, Exception e);
}
