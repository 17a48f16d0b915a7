using Microsoft.Extensions.Logging;
using Orderly.Domain.EventStore;
using Orderly.Domain.Serialization;
using Orderly.ReadModels.ViewStore;

namespace Orderly.Subscriptions;

/// <summary>What a worker needs besides its projection.</summary>
public sealed record SubscriptionServices(
    IEventStore Log, IViewStore Views, EventTypes Types, SubscriptionOptions Options, TimeProvider Time, ILoggerFactory Loggers)
{
    /// <summary>The log for consumers that want to see what any of the filters lets through.</summary>
    internal SharedLog ShareLog(params IReadOnlyCollection<EventFilter> filters) => new(Log, Types, EventFilter.Union(filters), Options, Time);
}

/// <summary>Keeps one view, whatever the shape of its documents.</summary>
public interface IProjectionWorker
{
    /// <summary>The view that it keeps.</summary>
    View View { get; }

    /// <summary>The streams that its projection hears.</summary>
    EventFilter Filter { get; }

    /// <summary>
    /// Follows the log and keeps partitions of a generation under the leases that were taken, until cancelled, or until
    /// somebody else has one of them or the generation is gone. A generation that is being built goes live as soon as it
    /// is as far as the live one. A fault of a store is noted with the partitions and tried again after a pause that
    /// grows; an event that can't be applied is parked after a bounded number of tries.
    /// </summary>
    /// <param name="held">As they are stored.</param>
    /// <param name="log">Shared with the other consumers of this process.</param>
    /// <param name="onPrepared">Called, once or more often, when what operators had asked for before the start is done.</param>
    Task KeepAsync(ViewGeneration generation, IReadOnlyList<ViewPartition> held, SharedLog log, Action onPrepared, CancellationToken cancellationToken);

    /// <summary>
    /// Folds the log afresh, beside the live generation, and compares every document of the two, page by page, each page at one
    /// position; both go on meanwhile.
    /// </summary>
    /// <param name="onDifference">Called for each document that differs, in the order of the ids.</param>
    /// <exception cref="InvalidOperationException">The view has no live generation, or it was replaced or repartitioned meanwhile.</exception>
    Task<VerifyResult> VerifyAsync(Action<ViewDifference> onDifference, IProgress<FoldProgress> progress, CancellationToken cancellationToken);

    /// <summary>
    /// Builds the view as it was at a position, as a generation of a view of another name that nobody keeps and no query reads.
    /// Where that is there already, it goes on from where it is.
    /// </summary>
    /// <param name="name">The name of the view to build.</param>
    Task<ViewGeneration> BuildAsOfAsync(LogPosition position, string name, IProgress<FoldProgress> progress, CancellationToken cancellationToken);
}

/// <summary>How far a fold of the log is.</summary>
/// <param name="Position">The log position up to which it is folded.</param>
/// <param name="End">Where it ends.</param>
/// <param name="Events">How many events it has read.</param>
public sealed record FoldProgress(long Position, long End, long Events);

/// <inheritdoc cref="IProjectionWorker"/>
public sealed partial class ProjectionWorker<TDocument>(IProjection<TDocument> projection, SubscriptionServices services) : IProjectionWorker
    where TDocument : class
{
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(20);

    private readonly ILogger _logger = services.Loggers.CreateLogger($"Orderly.Projections.{projection.View.Name}");
    private readonly IProcess<TDocument>? _process = projection as IProcess<TDocument>;

    public View View => projection.View;

    public EventFilter Filter => projection.Filter;

    public async Task KeepAsync(
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
                    if (await BuildBesideAsync(generation, partitions, log, onPrepared, cancellationToken).ConfigureAwait(false) is not { } built)
                    {
                        LogReplaced(generation.Number, Describe(partitions));
                        return;
                    }

                    (partitions, isBuilding) = (built, false);
                }

                await FoldAsync(follower, partitions, null, ProgressedAsync, cancellationToken).ConfigureAwait(false);
                LogReplaced(generation.Number, Describe(partitions));
                return;
            }
            catch (Exception e) when (!cancellationToken.IsCancellationRequested)
            {
                var pause = RetryDelay(faults++);
                LogFault(StackOf(e), pause, e.Message);
                ProjectionTelemetry.Faulted(View.Name);
                partitions = await RetryAsync(partitions, e, pause, cancellationToken).ConfigureAwait(false);
            }

            async ValueTask ProgressedAsync(FollowerProgress progress)
            {
                onPrepared();
                faults = progress.Partitions.Position > partitions.Position ? 0 : faults;
                partitions = progress.Partitions;
                if (isBuilding && progress.IsCaughtUp)
                {
                    // When it is refused, the live one is further: then there is more to come here too, and another try after it.
                    isBuilding = !await services.Views.SwapAsync(generation, cancellationToken).ConfigureAwait(false);
                }
            }
        }
    }

    public Task<VerifyResult> VerifyAsync(Action<ViewDifference> onDifference, IProgress<FoldProgress> progress, CancellationToken cancellationToken)
        => new Verification<TDocument>(projection, services, FoldApartAsync).RunAsync(onDifference, progress, cancellationToken);

    public async Task<ViewGeneration> BuildAsOfAsync(LogPosition position, string name, IProgress<FoldProgress> progress, CancellationToken cancellationToken)
    {
        var view = projection.View.Named(name);
        var built = await services.Views.StartGenerationAsync(view, cancellationToken).ConfigureAwait(false);
        if (built.Position > position.Value)
        {
            throw new InvalidOperationException(FormattableString.Invariant($"There is a view '{name}' already, at position {built.Position}."));
        }

        var held = await services.Views.TakeAsync(built.Partitions[0], name, cancellationToken).ConfigureAwait(false);
        await FoldApartAsync(view, new HeldPartitions(1, [held ?? throw ReplacedException(name)]), position.Value, progress, cancellationToken).ConfigureAwait(false);
        return await services.Views.StartGenerationAsync(view, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Builds the state of a process, which does nothing meanwhile, and makes it live. The live generation has acted on every event up to its position, so this
    /// one takes its place when it is exactly there, and never before something that is parked there was settled: then nothing is done twice or left undone.
    /// </summary>
    /// <returns>What is held then; null when somebody else has taken one of the partitions or the generation is gone.</returns>
    private async Task<HeldPartitions?> BuildBesideAsync(
        ViewGeneration generation, HeldPartitions held, SharedLog log, Action onPrepared, CancellationToken cancellationToken)
    {
        var follower = new ProjectionFollower<TDocument>(projection, projection.View, log, services);
        for (var isWaiting = false; ; await Task.Delay(isWaiting ? services.Options.FirstRetryDelay : s_pause, services.Time, cancellationToken).ConfigureAwait(false))
        {
            var live = (await services.Views.ReadGenerationsAsync(cancellationToken).ConfigureAwait(false)).SingleOrDefault(one => one.View == View.Name && one.IsLive);
            if (live is not null && live.Number != generation.Number)
            {
                long EndOf(ViewPartition partition)
                    => live.Partitions.Count == generation.Partitions.Count ? live.Partitions[partition.Index].Position : live.Position;

                // All together as far as that goes, which is most of the way; then those that have to go further.
                foreach (var end in held.All.Select(EndOf).Distinct().Order())
                {
                    var behind = held.All.Where(one => EndOf(one) >= end && one.Position < end).ToList();
                    if (behind.Count == 0)
                    {
                        continue;
                    }

                    if (await FoldAsync(follower, new HeldPartitions(generation.Partitions.Count, behind), end, _ => ValueTask.CompletedTask, cancellationToken)
                        .ConfigureAwait(false) is not { } folded)
                    {
                        return null;
                    }

                    held = held.After([.. held.All.Select(one => folded.All.FirstOrDefault(now => now.Index == one.Index) ?? one)]);
                }
            }

            onPrepared();
            if (live is not null && live.Partitions.Any(partition => partition.Parked > 0) && live.Number != generation.Number)
            {
                if (!isWaiting)
                {
                    LogWaiting(live.Number, generation.Number);
                }

                isWaiting = true;
            }
            else if (await services.Views.SwapAsync(generation, cancellationToken).ConfigureAwait(false))
            {
                return held;
            }
        }
    }

    internal static InvalidOperationException ReplacedException(string view)
        => new($"The view '{view}' was written to, replaced or repartitioned by somebody else meanwhile. Try again.");

    /// <summary>Folds up to a position, into a view that nobody else keeps.</summary>
    private async Task<HeldPartitions> FoldApartAsync(
        View<TDocument> view, HeldPartitions held, long end, IProgress<FoldProgress> progress, CancellationToken cancellationToken)
    {
        var follower = new ProjectionFollower<TDocument>(projection, view, services.ShareLog(projection.Filter), services);
        return await FoldAsync(follower, held, end, Progressed, cancellationToken).ConfigureAwait(false) ?? throw ReplacedException(view.Name);

        ValueTask Progressed(FollowerProgress reached)
        {
            progress.Report(new FoldProgress(reached.Partitions.Position, end, reached.Events));
            return ValueTask.CompletedTask;
        }
    }

    /// <summary>
    /// Follows, and tries an event for which the projection throws again after a pause: what it threw for may pass. At the last
    /// try the event is parked.
    /// </summary>
    private async Task<HeldPartitions?> FoldAsync(
        ProjectionFollower<TDocument> follower, HeldPartitions held, long? until, Func<FollowerProgress, ValueTask> onProgress, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                return await follower.FollowAsync(held, until, Progressed, cancellationToken).ConfigureAwait(false);
            }
            catch (UnappliableEventException e) when (!cancellationToken.IsCancellationRequested)
            {
                var tries = follower.CountTry(e.Event);
                LogThrown(e, tries, services.Options.MaxAttempts);
                await Task.Delay(RetryDelay(tries - 1), services.Time, cancellationToken).ConfigureAwait(false);
            }
        }

        ValueTask Progressed(FollowerProgress progress)
        {
            held = progress.Partitions;
            return onProgress(progress);
        }
    }

    private TimeSpan RetryDelay(int faults)
    {
        var delay = services.Options.FirstRetryDelay * Math.Pow(2, Math.Min(faults, 20));
        return delay < services.Options.MaxRetryDelay ? delay : services.Options.MaxRetryDelay;
    }

    /// <summary>Notes the fault and waits. Answers the partitions as they are then; null when one is held by somebody else, or gone.</summary>
    private async Task<HeldPartitions?> RetryAsync(HeldPartitions held, Exception fault, TimeSpan pause, CancellationToken cancellationToken)
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
                var stored = (await services.Views.ReadGenerationsAsync(cancellationToken).ConfigureAwait(false)).SelectMany(one => one.Partitions)
                    .ToDictionary(one => (one.View, one.Number, one.Index));
                var now = held.All.Select(one => stored.GetValueOrDefault((one.View, one.Number, one.Index))).ToList();
                return now.Zip(held.All).All(pair => pair.First?.Epoch == pair.Second.Epoch) ? held.After(now!) : null;
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
    private static Exception? StackOf(Exception e) => e is EventStoreUnavailableException or ViewStoreUnavailableException ? null : e;

    private static string Describe(HeldPartitions held)
        => string.Join(", ", held.All.Select(one => FormattableString.Invariant($"{one.Index} (epoch {one.Epoch})")));

    [LoggerMessage(2001, LogLevel.Information, "Following the log from position {Position} into generation {Generation}, partitions {Partitions}.")]
    private partial void LogStarted(long position, int generation, string partitions);

    [LoggerMessage(2002, LogLevel.Information, "Generation {Generation} is gone, or another worker has a lease of one of the partitions {Partitions}.")]
    private partial void LogReplaced(int generation, string partitions);

    [LoggerMessage(2003, LogLevel.Error, "Can't go on; trying again in {Pause}. {Fault}")]
    private partial void LogFault(Exception? e, TimeSpan pause, string fault);

    [LoggerMessage(2004, LogLevel.Warning, "The fault could not be noted in the view store. {Reason}")]
    private partial void LogNotReported(Exception? e, string reason);

    [LoggerMessage(2014, LogLevel.Warning, "Events are parked in the live generation {Live}. They have to be tried again or left out before generation {Built} can take its place.")]
    private partial void LogWaiting(int live, int built);

    [LoggerMessage(2009, LogLevel.Warning, "The projection threw: try {Try} of {Tries}. After the last one the event is parked.")]
    private partial void LogThrown(Exception e, int @try, int tries);
}
