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

/// <summary>Keeps <see cref="ViewProgress"/> up to date, through faults of the view store too.</summary>
internal sealed partial class ViewProgressService(ViewProgress progress, IViewStore store, TimeProvider time, ILogger<ViewProgressService> logger)
    : BackgroundService
{
    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (true)
        {
            try
            {
                await progress.FollowAsync(store, stoppingToken);
            }
            catch (ViewStoreUnavailableException e)
            {
                LogFault(e, s_pause);
            }

            await Task.Delay(s_pause, time, stoppingToken);
        }
    }

    [LoggerMessage(3001, LogLevel.Error, "The views' progress can't be followed; trying again in {Pause}.")]
    private partial void LogFault(Exception e, TimeSpan pause);
}
