using Microsoft.Extensions.Logging;
using MongoDB.Bson;
using MongoDB.Driver;

namespace Orderly.Storage.MongoDb;

/// <summary>
/// Tells a watcher when to look at the server again: at once after this process changed generations, and after another
/// one did by a change stream, or, where the server has none, by looking often.
/// </summary>
internal sealed partial class ChangeFeed : IAsyncDisposable
{
    /// <summary>How often to look in spite of a change stream, and how long to wait before a broken one is opened again.</summary>
    private static readonly TimeSpan s_calm = TimeSpan.FromSeconds(5);

    /// <summary>Without a change stream: how often a watcher looks for what other processes committed.</summary>
    private static readonly TimeSpan s_poll = TimeSpan.FromMilliseconds(50);

    private static readonly EmptyPipelineDefinition<ChangeStreamDocument<BsonDocument>> s_everything = new();

    private readonly MongoServer _server;
    private readonly ChangeSignal _changes;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _streaming;
    private Task _changed = Task.CompletedTask;
    private long _looked;
    private volatile bool _isStreaming;

    public ChangeFeed(MongoServer server, ChangeSignal changes, TimeProvider time, ILogger logger)
    {
        (_server, _changes, _time, _logger) = (server, changes, time, logger);
        _streaming = StreamAsync(_stopping.Token);
    }

    /// <summary>Notes that the watcher looks now.</summary>
    public void Look()
    {
        _changed = _changes.Next;
        _looked = _time.GetTimestamp();
    }

    /// <summary>Waits until it is time to look again, or for <paramref name="orUntil"/>.</summary>
    /// <returns>Whether it is time to look.</returns>
    public async Task<bool> WaitAsync(Task orUntil, CancellationToken cancellationToken)
    {
        var left = (_isStreaming ? s_calm : s_poll) - _time.GetElapsedTime(_looked);
        if (left > TimeSpan.Zero)
        {
            using var enough = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            await Task.WhenAny(_changed, orUntil, Task.Delay(left, _time, enough.Token)).ConfigureAwait(false);
            await enough.CancelAsync().ConfigureAwait(false);
            cancellationToken.ThrowIfCancellationRequested();
        }

        return _changed.IsCompleted || !orUntil.IsCompleted || left <= TimeSpan.Zero;
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _streaming.ConfigureAwait(false);
        _stopping.Dispose();
    }

    private async Task StreamAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                await FollowAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return;
            }
            catch (ObjectDisposedException)
            {
                // The store was disposed of under its watcher, whom its own next call tells so.
                return;
            }
            catch (MongoCommandException e) when (!_isStreaming && !MongoErrors.IsUnavailable(e))
            {
                // Refused from the beginning: a server that knows no change streams.
                LogPolling(_logger, s_poll, e.Message);
                return;
            }
            catch (Exception e) when (MongoErrors.IsUnavailable(e))
            {
                // Where there was none before, the watcher's own look fails too, and whoever asked it tells.
                if (_isStreaming)
                {
                    LogInterrupted(_logger, _server.Unavailable(e).Message);
                }

                _isStreaming = false;
            }
            catch (MongoException e)
            {
                _isStreaming = false;
                LogBroken(_logger, e);
            }

            await Task.Delay(s_calm, _time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task FollowAsync(CancellationToken cancellationToken)
    {
        // A partition's record changes with every commit to it, and with what is asked of it.
        var collections = new BsonDocument("$in", new BsonArray { ViewRecords.Views, PartitionRecords.Partitions });
        var pipeline = s_everything.Match(new BsonDocument("ns.coll", collections));
        using var stream = await _server.Database.WatchAsync(pipeline, cancellationToken: cancellationToken).ConfigureAwait(false);
        _isStreaming = true;

        // What changed before it was open is not told.
        _changes.Set();
        while (await stream.MoveNextAsync(cancellationToken).ConfigureAwait(false))
        {
            if (stream.Current.Any())
            {
                _changes.Set();
            }
        }
    }

    [LoggerMessage(
        1205, LogLevel.Information,
        "The view store's server has no change streams; it is asked every {Interval} for other processes' commits. It said: {Reason}")]
    private static partial void LogPolling(ILogger logger, TimeSpan interval, string reason);

    [LoggerMessage(1207, LogLevel.Warning, "The change stream of the view store was interrupted; it is opened again shortly. {Reason}")]
    private static partial void LogInterrupted(ILogger logger, string reason);

    [LoggerMessage(1206, LogLevel.Warning, "The change stream of the view store broke; it is opened again shortly.")]
    private static partial void LogBroken(ILogger logger, Exception e);
}
