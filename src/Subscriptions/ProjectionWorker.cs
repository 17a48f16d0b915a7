using System.Globalization;
using Microsoft.Extensions.Logging;
using Orderly.Domain.EventStore;
using Orderly.Domain.Serialization;
using Orderly.ReadModels.ViewStore;

namespace Orderly.Subscriptions;

/// <summary>What a worker needs besides its projection.</summary>
public sealed record SubscriptionServices(
    IEventStore Log, IViewStore Views, EventTypes Types, SubscriptionOptions Options, TimeProvider Time, ILoggerFactory Loggers);

/// <summary>Keeps one view, whatever the shape of its documents.</summary>
public interface IProjectionWorker
{
    /// <summary>The view that it keeps.</summary>
    View View { get; }

    /// <summary>
    /// Follows the log and keeps a generation under the lease that was taken, until cancelled, or until somebody else has
    /// the lease or the generation was replaced. A fault is reported with the generation and tried again after a pause that
    /// grows; an event that can't be applied is such a fault, so the view stops there.
    /// </summary>
    Task KeepAsync(ViewGeneration held, CancellationToken cancellationToken);

    /// <summary>
    /// Builds the view anew from the start of the log while the live generation is being read and kept as before, and
    /// swaps when it has caught up. Cancelled or failed, it leaves the live generation as it was.
    /// </summary>
    /// <returns>The generation that is live now.</returns>
    Task<ViewGeneration> RebuildAsync(IProgress<RebuildProgress> progress, CancellationToken cancellationToken);
}

/// <summary>How far a rebuild is.</summary>
/// <param name="Position">The log position up to which it is built.</param>
/// <param name="Head">The end of the log when that was read last.</param>
/// <param name="Events">How many events it has read.</param>
public sealed record RebuildProgress(long Position, long Head, long Events);

/// <inheritdoc cref="IProjectionWorker"/>
public sealed partial class ProjectionWorker<TDocument>(IProjection<TDocument> projection, SubscriptionServices services) : IProjectionWorker
    where TDocument : class
{
    /// <summary>A generation that is being built and has not moved for so long was left behind by a rebuild that died.</summary>
    private static readonly TimeSpan s_abandonedAfter = TimeSpan.FromMinutes(1);

    private readonly ILogger _logger = services.Loggers.CreateLogger($"Orderly.Projections.{projection.View.Name}");

    public View View => projection.View;

    public async Task KeepAsync(ViewGeneration held, CancellationToken cancellationToken)
    {
        var faults = 0;
        for (var generation = held; generation is not null;)
        {
            try
            {
                LogStarted(generation.Number, generation.Position, generation.Epoch);
                await NewFollower().FollowAsync(generation, Progressed, cancellationToken).ConfigureAwait(false);
                LogReplaced(generation.Number);
                return;
            }
            catch (Exception e) when (!cancellationToken.IsCancellationRequested)
            {
                var pause = RetryDelay(faults++);
                LogFault(e, pause);
                generation = await RetryAsync(generation, e, pause, cancellationToken).ConfigureAwait(false);
            }
        }

        ValueTask<bool> Progressed(FollowerProgress progress)
        {
            faults = 0;
            return ValueTask.FromResult(false);
        }
    }

    public async Task<ViewGeneration> RebuildAsync(IProgress<RebuildProgress> progress, CancellationToken cancellationToken)
    {
        await DropAbandonedAsync(cancellationToken).ConfigureAwait(false);
        var generation = await services.Views.StartGenerationAsync(View, cancellationToken).ConfigureAwait(false);
        try
        {
            if (!await NewFollower().FollowAsync(generation, SwapWhenCaughtUpAsync, cancellationToken).ConfigureAwait(false))
            {
                throw new InvalidOperationException(
                    string.Create(CultureInfo.InvariantCulture, $"Generation {generation.Number} of '{View.Name}' was written to or dropped by somebody else."));
            }
        }
        catch
        {
            // Not under the caller's token: that may be why we are here.
            await services.Views.DropGenerationAsync(generation, CancellationToken.None).ConfigureAwait(false);
            throw;
        }

        return generation;

        async ValueTask<bool> SwapWhenCaughtUpAsync(FollowerProgress reached)
        {
            generation = reached.Generation;
            var head = await services.Log.ReadHeadAsync(cancellationToken).ConfigureAwait(false);
            progress.Report(new RebuildProgress(generation.Position, head.Value, reached.Events));
            return reached.IsCaughtUp && await services.Views.SwapAsync(generation, cancellationToken).ConfigureAwait(false);
        }
    }

    private ProjectionFollower<TDocument> NewFollower()
        => new(projection, services.Log, services.Views, services.Types, services.Options, services.Time);

    private async Task DropAbandonedAsync(CancellationToken cancellationToken)
    {
        var now = services.Time.GetUtcNow();
        foreach (var generation in await services.Views.ReadGenerationsAsync(cancellationToken).ConfigureAwait(false))
        {
            if (generation.View == View.Name && !generation.IsLive && now - generation.UpdatedAt > s_abandonedAfter)
            {
                await services.Views.DropGenerationAsync(generation, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private TimeSpan RetryDelay(int faults)
    {
        var delay = services.Options.FirstRetryDelay * Math.Pow(2, Math.Min(faults, 20));
        return delay < services.Options.MaxRetryDelay ? delay : services.Options.MaxRetryDelay;
    }

    /// <summary>Notes the fault and waits. Answers the generation as it is then; null when it is held by somebody else, or gone.</summary>
    private async Task<ViewGeneration?> RetryAsync(ViewGeneration held, Exception fault, TimeSpan pause, CancellationToken cancellationToken)
    {
        var isNoted = false;
        while (true)
        {
            try
            {
                if (!isNoted)
                {
                    await services.Views.ReportFaultAsync(held, fault.Message, cancellationToken).ConfigureAwait(false);
                    isNoted = true;
                }

                await Task.Delay(pause, services.Time, cancellationToken).ConfigureAwait(false);
                var generations = await services.Views.ReadGenerationsAsync(cancellationToken).ConfigureAwait(false);
                return generations.SingleOrDefault(one => one.View == held.View && one.Number == held.Number && one.Epoch == held.Epoch);
            }
            catch (ViewStoreUnavailableException e)
            {
                // The fault is in the log already; the store that should hold it is the one that is not there.
                LogNotReported(e);
                await Task.Delay(pause, services.Time, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    [LoggerMessage(2001, LogLevel.Information, "Following the log from position {Position} into generation {Generation}, with epoch {Epoch}.")]
    private partial void LogStarted(int generation, long position, long epoch);

    [LoggerMessage(2002, LogLevel.Information, "Generation {Generation} was replaced, or another worker has its lease.")]
    private partial void LogReplaced(int generation);

    [LoggerMessage(2003, LogLevel.Error, "Can't go on; trying again in {Pause}.")]
    private partial void LogFault(Exception e, TimeSpan pause);

    [LoggerMessage(2004, LogLevel.Warning, "The fault could not be noted in the view store.")]
    private partial void LogNotReported(Exception e);
}
