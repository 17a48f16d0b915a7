using Microsoft.Extensions.Logging;
using Orderly.Domain.EventStore;
using Orderly.ReadModels.ViewStore;

namespace Orderly.Subscriptions;

/// <inheritdoc cref="IProjectionWorker"/>
public sealed partial class ProjectionWorker<TDocument>(
    IProjection<TDocument> projection, SubscriptionServices services) : IProjectionWorker
    where TDocument : class
{
    private readonly ILogger _logger = services.Loggers.CreateLogger($"Orderly.Projections.{projection.View.Name}");
    private readonly RetryPolicy _retries = new(services.Options);
    private readonly IProcess<TDocument>? _process = projection as IProcess<TDocument>;

    public View View => projection.View;

    public bool IsProcess => _process is not null;

    public EventFilter Filter => projection.Filter;

    public async Task KeepAsync(
        ViewGeneration generation, IReadOnlyList<ViewPartition> held, SharedLog log, Action onPrepared, CancellationToken cancellationToken)
    {
        try
        {
            await GoOnAsync(generation, held, log, onPrepared, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            // What is not kept here any more is no fault of this process.
            services.Faults.Remove(View.Name);
        }
    }

    public Task<VerifyResult> VerifyAsync(
        Action<ViewDifference> onDifference, IProgress<FoldProgress> progress, CancellationToken cancellationToken)
        => new Verification<TDocument>(projection, services).RunAsync(onDifference, progress, cancellationToken);

    public async Task<ViewGeneration> BuildAsOfAsync(
        LogPosition position, string name, IProgress<FoldProgress> progress, CancellationToken cancellationToken)
    {
        var view = projection.View.Named(name);
        var built = await services.Views.StartGenerationAsync(view, cancellationToken).ConfigureAwait(false);
        if (await new LogCheck(services.Log).FindFaultAsync(built.Partitions, cancellationToken).ConfigureAwait(false) is not null)
        {
            throw new OtherLogException($"There is a view '{name}' already, of another log. 'worker drop {name}' drops it.");
        }

        if (built.Position > position.Value)
        {
            throw new InvalidOperationException(
                FormattableString.Invariant($"There is a view '{name}' already, at position {built.Position}."));
        }

        var held = await services.Views.TakeAsync(built.Partitions[0], name, cancellationToken).ConfigureAwait(false)
            ?? throw Verification<TDocument>.Replaced(name);
        var follower = new ProjectionFollower<TDocument>(projection, view, services.ShareLog(projection.Filter), services);
        _ = await follower.FollowAsync(new HeldPartitions(1, [held]), position.Value, Progressed, cancellationToken).ConfigureAwait(false)
            ?? throw Verification<TDocument>.Replaced(name);
        return await services.Views.StartGenerationAsync(view, cancellationToken).ConfigureAwait(false);

        ValueTask Progressed(FollowerProgress reached)
        {
            progress.Report(new FoldProgress(reached.Partitions.Position, position.Value, reached.Events));
            return ValueTask.CompletedTask;
        }
    }

    private async Task GoOnAsync(
        ViewGeneration generation, IReadOnlyList<ViewPartition> held, SharedLog log, Action onPrepared, CancellationToken cancellationToken)
    {
        var follower = new ProjectionFollower<TDocument>(projection, projection.View, log, services, _process);
        var isBuilding = generation.State == GenerationState.Building;
        HeldPartitions? partitions = new(generation.Partitions.Count, held);
        for (var faults = 0; partitions is not null;)
        {
            try
            {
                LogStarted(partitions.Position, generation.Number, Describe(partitions));
                if (isBuilding && _process is not null)
                {
                    // A process that is being built does not act, so another follower builds it.
                    var quiet = new ProjectionFollower<TDocument>(projection, projection.View, log, services);
                    if (await new ProcessBuild(services, _logger, _process.MostInDoubt is not null)
                        .RunAsync(generation, partitions, quiet.AdvanceAsync, onPrepared, cancellationToken)
                        .ConfigureAwait(false)
                        is not { } built)
                    {
                        LogReplaced(generation.Number, Describe(partitions));
                        return;
                    }

                    (partitions, isBuilding) = (built, false);
                }

                await follower.FollowAsync(partitions, null, ProgressedAsync, cancellationToken).ConfigureAwait(false);
                LogReplaced(generation.Number, Describe(partitions));
                return;
            }
            catch (OtherLogException e)
            {
                await StandStillAsync(partitions, e, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception e) when (!cancellationToken.IsCancellationRequested)
            {
                var pause = _retries.PauseAfter(++faults, e);
                LogFault(StackOf(e), pause, e.Message);
                ProjectionTelemetry.Faulted(View.Name);
                if (RetryPolicy.IsAway(e))
                {
                    services.Faults.Add(View.Name);
                }

                partitions = await RetryAsync(partitions, e, pause, cancellationToken).ConfigureAwait(false);
            }

            async ValueTask ProgressedAsync(FollowerProgress progress)
            {
                onPrepared();
                if (progress.IsCaughtUp || progress.Partitions.Position > partitions.Position)
                {
                    services.Faults.Remove(View.Name);
                }

                faults = progress.Partitions.Position > partitions.Position ? 0 : faults;
                partitions = progress.Partitions;
                if (isBuilding && progress.IsCaughtUp)
                {
                    // It is refused when the live one is further: then there is more to come here too, and another try after it.
                    isBuilding = !await SwapAsync(generation, cancellationToken).ConfigureAwait(false);
                }
            }
        }
    }

    /// <summary>Makes a generation live when it is as far as the live one, or that is of another log.</summary>
    private async Task<bool> SwapAsync(ViewGeneration generation, CancellationToken cancellationToken)
        => await services.Views.SwapAsync(generation, cancellationToken).ConfigureAwait(false)
            || (await services.FindOtherLogsAsync(View.Name, cancellationToken).ConfigureAwait(false) is { } live
                && await services.Views.SwapAsync(generation, cancellationToken, live.Number).ConfigureAwait(false));

    /// <summary>Notes, once, that the partitions are of another log, and leaves them alone: an operator has to decide.</summary>
    private async Task StandStillAsync(HeldPartitions held, OtherLogException fault, CancellationToken cancellationToken)
    {
        LogOtherLog(fault.Message);
        ProjectionTelemetry.Faulted(View.Name);
        for (var failures = 1; ; failures++)
        {
            try
            {
                foreach (var partition in held.All.Where(one => one.Fault != fault.Message))
                {
                    await services.Views.ReportFaultAsync(partition, fault.Message, cancellationToken).ConfigureAwait(false);
                }

                break;
            }
            catch (ViewStoreUnavailableException e)
            {
                // The group's beat says that the store is away.
                await Task.Delay(_retries.PauseAfter(failures, e), services.Time, cancellationToken).ConfigureAwait(false);
            }
        }

        await Task.Delay(Timeout.InfiniteTimeSpan, services.Time, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Notes the fault and waits. Answers the partitions as they are then; null when one is held by somebody else, or gone.
    /// </summary>
    private async Task<HeldPartitions?> RetryAsync(
        HeldPartitions held, Exception fault, TimeSpan pause, CancellationToken cancellationToken)
    {
        var isNoted = false;
        while (true)
        {
            try
            {
                foreach (var partition in isNoted ? [] : held.All)
                {
                    await services.Views.ReportFaultAsync(partition, fault.Message, cancellationToken).ConfigureAwait(false);
                }

                isNoted = true;
                await Task.Delay(pause, services.Time, cancellationToken).ConfigureAwait(false);
                var stored = (await services.Views.ReadGenerationsAsync(cancellationToken).ConfigureAwait(false))
                    .SelectMany(one => one.Partitions)
                    .ToDictionary(one => (one.View, one.Number, one.Index));
                var now = held.All.Select(one => stored.GetValueOrDefault((one.View, one.Number, one.Index))).ToList();
                return now.Zip(held.All).All(pair => pair.First?.Epoch == pair.Second.Epoch) ? held.Only(now!) : null;
            }
            catch (Exception e) when (!cancellationToken.IsCancellationRequested)
            {
                // The fault is in the log already; the store that should hold it is most likely the one that is not there.
                LogNotReported(StackOf(e), e.Message);
                await Task.Delay(pause, services.Time, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>The exception, for its stack; null when a store is away: the message says all about that.</summary>
    private static Exception? StackOf(Exception e) => RetryPolicy.IsAway(e) ? null : e;

    private static string Describe(HeldPartitions held)
        => string.Join(", ", held.All.Select(one => FormattableString.Invariant($"{one.Index} (epoch {one.Epoch})")));

    [LoggerMessage(
        2001, LogLevel.Information, "Following the log from position {Position} into generation {Generation}, partitions {Partitions}.")]
    private partial void LogStarted(long position, int generation, string partitions);

    [LoggerMessage(
        2002,
        LogLevel.Information,
        "Generation {Generation} is gone, or another worker has a lease of one of the partitions {Partitions}.")]
    private partial void LogReplaced(int generation, string partitions);

    [LoggerMessage(2003, LogLevel.Error, "Can't go on; trying again in {Pause}. {Fault}")]
    private partial void LogFault(Exception? e, TimeSpan pause, string fault);

    [LoggerMessage(2016, LogLevel.Critical, "{Fault}")]
    private partial void LogOtherLog(string fault);

    [LoggerMessage(2004, LogLevel.Warning, "The fault could not be noted in the view store. {Reason}")]
    private partial void LogNotReported(Exception? e, string reason);
}
