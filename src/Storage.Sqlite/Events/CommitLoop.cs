using Microsoft.Extensions.Logging;
using Orderly.Domain.EventStore;

namespace Orderly.Storage.Sqlite;

/// <summary>
/// The one writer of this process: a thread that commits whatever is queued together (group commit), so that the wait
/// for the disk is shared. A request fails alone when it is refused; when the transaction fails, all that share it
/// fail, and the loop goes on with a new connection.
/// </summary>
internal sealed partial class CommitLoop
{
    private readonly SqliteEventStoreOptions _options;
    private readonly TimeProvider _time;
    private readonly WriteQueue _queue;
    private readonly Doorbell _doorbell;
    private readonly ILogger _logger;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private LogWriter? _writer;

    /// <param name="writer">The first connection; the loop closes it.</param>
    public CommitLoop(SqliteEventStoreOptions options, TimeProvider time, LogWriter writer, WriteQueue queue, Doorbell doorbell, ILogger logger)
        => (_options, _time, _writer, _queue, _doorbell, _logger) = (options, time, writer, queue, doorbell, logger);

    /// <summary>Completes when the queue is completed and all that was in it is answered.</summary>
    public Task Ended => _ended.Task;

    public void Start() => new Thread(Run) { IsBackground = true, Name = "Event store writer" }.Start();

    private void Run()
    {
        var batch = new List<WriteRequest>(_options.MaxCommitEvents);
        while (_queue.Take(batch))
        {
            Write(batch);
            batch.Clear();
        }

        _writer?.Dispose();
        _ended.SetResult();
    }

    private void Write(List<WriteRequest> batch)
    {
        var changed = false;
        try
        {
            _writer ??= new LogWriter(_options, _time);
            if (!_writer.TryBegin())
            {
                Fail(batch, new EventStoreUnavailableException($"Other processes kept the event store locked for {_options.BusyTimeout}."));
                return;
            }

            // From here on they can't be cancelled.
            batch.RemoveAll(static request => !request.TryBegin());
            batch.ForEach(request => request.Apply(_writer));
            _writer.Commit();
            changed = _writer.HasChanges;
        }
        catch (Exception e)
        {
            // Closing the connection rolls back what is left of the transaction.
            LogFailed(_logger, batch.Count, e);
            _writer?.Dispose();
            _writer = null;
            Fail(batch, SqliteFailures.ToPort(e));
            return;
        }

        batch.ForEach(static request => request.Succeed());
        if (changed)
        {
            Ring();
        }
    }

    private void Ring()
    {
        try
        {
            _doorbell.Ring();
        }
        catch (IOException e)
        {
            LogNotRung(_logger, e);
        }
    }

    private static void Fail(List<WriteRequest> batch, Exception failure)
    {
        foreach (var request in batch)
        {
            request.Fail(failure);
        }
    }

    [LoggerMessage(1101, LogLevel.Error, "A commit of {Count} writes failed; the callers were told.")]
    private static partial void LogFailed(ILogger logger, int count, Exception e);

    [LoggerMessage(1102, LogLevel.Warning, "Other processes were not woken after a commit; they will see it when they look next.")]
    private static partial void LogNotRung(ILogger logger, Exception e);
}
