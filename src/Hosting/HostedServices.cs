using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orderly.ReadModels.ViewStore;
using Orderly.ReadModels.Waiting;
using Orderly.Subscriptions;

namespace Orderly.Hosting;

/// <summary>
/// A service that needs the view store. When this program can't use it at all, it says so with one line; any other end of the service is
/// logged as it is. Either ends the program, whose exit code is <see cref="Environment.ExitCode"/>, then 1.
/// </summary>
public abstract partial class ViewStoreService(IHostApplicationLifetime lifetime, ILogger logger) : BackgroundService
{
    protected sealed override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await RunAsync(stoppingToken).ConfigureAwait(false);
        }
        catch (ViewStoreUnusableException e)
        {
            // Another service may have met the same.
            if (Environment.ExitCode == 0)
            {
                LogUnusable(e.Message);
                Environment.ExitCode = 1;
            }

            lifetime.StopApplication();
        }
        catch (Exception e) when (!stoppingToken.IsCancellationRequested)
        {
            LogFailed(e);
            Environment.ExitCode = 1;
            lifetime.StopApplication();
        }
    }

    protected abstract Task RunAsync(CancellationToken stoppingToken);

    [LoggerMessage(3003, LogLevel.Critical, "The view store can't be used, so the program ends. {Reason}")]
    private partial void LogUnusable(string reason);

    [LoggerMessage(3004, LogLevel.Critical, "The views can't be kept or followed, so the program ends.")]
    private partial void LogFailed(Exception e);
}

/// <summary>Takes part in keeping the views, as long as the program runs.</summary>
public sealed class ProjectionService(WorkerGroup group, IHostApplicationLifetime lifetime, ILogger<ProjectionService> logger)
    : ViewStoreService(lifetime, logger)
{
    protected override Task RunAsync(CancellationToken stoppingToken) => group.RunAsync(stoppingToken);
}

/// <summary>
/// Keeps <see cref="ViewProgress"/> up to date. A view store that is away is waited for; the log says so at most once a minute.
/// </summary>
internal sealed partial class ViewProgressService(
    ViewProgress progress, IViewReader store, OrderlyOptions options, IHostApplicationLifetime lifetime, TimeProvider time,
    ILogger<ViewProgressService> logger)
    : ViewStoreService(lifetime, logger)
{
    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_silence = TimeSpan.FromMinutes(1);

    protected override async Task RunAsync(CancellationToken stoppingToken)
    {
        if (!options.RunsWorkersInProcess)
        {
            LogSeparateWorkers();
        }

        for (long? told = null; ;)
        {
            try
            {
                await progress.FollowAsync(store, stoppingToken).ConfigureAwait(false);
            }
            catch (ViewStoreUnavailableException e)
            {
                if (told is null || time.GetElapsedTime(told.Value) >= s_silence)
                {
                    LogAway(e.Message);
                    told = time.GetTimestamp();
                }
            }

            await Task.Delay(s_pause, time, stoppingToken).ConfigureAwait(false);
        }
    }

    [LoggerMessage(3001, LogLevel.Error, "The views' progress can't be followed; it is tried again until it can. {Reason}")]
    private partial void LogAway(string reason);

    [LoggerMessage(
        3002, LogLevel.Information,
        "Views and processes are kept by workers apart from this program: run at least one, 'worker run' with the same settings.")]
    private partial void LogSeparateWorkers();
}
