using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orderly.ReadModels.ViewStore;
using Orderly.ReadModels.Waiting;
using Orderly.Subscriptions;

namespace Orderly.Hosting;

/// <summary>Takes part in keeping the views, as long as the program runs.</summary>
public sealed class ProjectionService(WorkerGroup group) : BackgroundService
{
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => group.RunAsync(stoppingToken);
}

/// <summary>Keeps <see cref="ViewProgress"/> up to date. A view store that is away is waited for; the log says so at most once a minute.</summary>
internal sealed partial class ViewProgressService(
    ViewProgress progress, IViewStore store, OrderlyOptions options, TimeProvider time, ILogger<ViewProgressService> logger)
    : BackgroundService
{
    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_silence = TimeSpan.FromMinutes(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!options.RunsWorkersInProcess)
        {
            LogSeparateWorkers();
        }

        for (long? told = null; ;)
        {
            try
            {
                await progress.FollowAsync(store, stoppingToken);
            }
            catch (ViewStoreUnavailableException e)
            {
                if (told is null || time.GetElapsedTime(told.Value) >= s_silence)
                {
                    LogAway(e.Message);
                    told = time.GetTimestamp();
                }
            }

            await Task.Delay(s_pause, time, stoppingToken);
        }
    }

    [LoggerMessage(3001, LogLevel.Error, "The views' progress can't be followed; it is tried again until it can. {Reason}")]
    private partial void LogAway(string reason);

    [LoggerMessage(
        3002, LogLevel.Information, "Views and processes are kept by workers apart from this program: run at least one, 'worker run' with the same settings.")]
    private partial void LogSeparateWorkers();
}
