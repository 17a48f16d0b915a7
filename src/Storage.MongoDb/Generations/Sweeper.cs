using Microsoft.Extensions.Logging;
using MongoDB.Driver;

namespace Orderly.Storage.MongoDb;

/// <summary>
/// Removes dropped generations, some time after they were dropped. What it did not come to, because
/// the process ended, the next one does that opens, starts or drops a generation. Safe for concurrent use.
/// </summary>
internal sealed partial class Sweeper(GenerationChanges generations, TimeSpan delay, TimeProvider time, ILogger logger)
    : IDisposable, IAsyncDisposable
{
    private readonly CancellationTokenSource _stopping = new();
    private readonly Lock _lock = new();
    private Task _sweeping = Task.CompletedTask;
    private bool _isRunning;
    private bool _isAsked;

    /// <summary>Sweeps after the delay. However often it is called, one sweep runs and one waits at most.</summary>
    public void Schedule()
    {
        lock (_lock)
        {
            _isAsked = true;
            if (!_isRunning && !_stopping.IsCancellationRequested)
            {
                _isRunning = true;
                _sweeping = SweepAsync();
            }
        }
    }

    /// <summary>Stops it. A removal that has begun may end with an error, which the sweep after it makes good.</summary>
    public void Dispose() => _stopping.Cancel();

    public async ValueTask DisposeAsync()
    {
        Dispose();
        await _sweeping.ConfigureAwait(false);
    }

    private async Task SweepAsync()
    {
        try
        {
            while (IsAsked())
            {
                await Task.Delay(delay, time, _stopping.Token).ConfigureAwait(false);
                await generations.RemoveDroppedAsync(time.GetUtcNow() - delay, _stopping.Token).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // The next process goes on.
        }
        catch (Exception e) when (e is MongoException or TimeoutException or ObjectDisposedException)
        {
            LogNotSwept(logger, e);
            lock (_lock)
            {
                _isRunning = false;
            }
        }
    }

    private bool IsAsked()
    {
        lock (_lock)
        {
            _isRunning = _isAsked;
            _isAsked = false;
            return _isRunning;
        }
    }

    [LoggerMessage(
        1204, LogLevel.Warning,
        "Dropped generations could not be removed; that is tried again when the next generation is opened, started or dropped.")]
    private static partial void LogNotSwept(ILogger logger, Exception e);
}
