using Microsoft.Extensions.Logging;
using Orderly.Domain.EventStore;
using Orderly.ReadModels.ViewStore;

namespace Orderly.Subscriptions;

/// <summary>
/// Builds a new generation of a process beside the live one, and makes it live. The live generation has acted on every event up to its
/// position. So the new one takes its place when it is exactly there, and not while something is parked in the live one: then nothing
/// is done twice or left undone.
/// </summary>
/// <remarks>
/// A live generation of another log has acted on events of which this log has only some, and what followed from those may be gone. So the
/// new one acts anew on the whole log: its commands come to nothing where they have taken effect. Where what was done can't be taken back
/// (<see cref="IProcess{TState}.MostInDoubt"/>), it acts only on what was recorded after the live one had acted last.
/// </remarks>
/// <param name="isSeenOutside">Whether what the process does can't be taken back.</param>
internal sealed partial class ProcessBuild(SubscriptionServices services, ILogger logger, bool isSeenOutside)
{
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(20);

    /// <summary>Folds up to where the live generation is, without acting, and tries to swap; again and again until that succeeds.</summary>
    /// <param name="generation">The one to build.</param>
    /// <param name="held">Its partitions that this process has, as they are stored.</param>
    /// <param name="advanceAsync">
    /// Brings partitions to ends by their index, as <see cref="ProjectionFollower{TDocument}.AdvanceAsync"/>.
    /// </param>
    /// <param name="onPrepared">Called whenever it has folded.</param>
    /// <returns>What is held then; null when somebody else has taken one of the partitions or the generation is gone.</returns>
    public async Task<HeldPartitions?> RunAsync(
        ViewGeneration generation, HeldPartitions held,
        Func<HeldPartitions, Func<int, long>, Func<FollowerProgress, ValueTask>, CancellationToken, Task<HeldPartitions?>> advanceAsync,
        Action onPrepared, CancellationToken cancellationToken)
    {
        for (var isWaiting = false; ;)
        {
            var live = (await services.Views.ReadGenerationsAsync(cancellationToken).ConfigureAwait(false))
                .SingleOrDefault(one => one.View == generation.View && one.IsLive && one.Number != generation.Number);
            var isOther = live is not null
                && await new LogCheck(services.Log).FindFaultAsync(live.Partitions, cancellationToken).ConfigureAwait(false) is not null;
            if (isOther)
            {
                var end = isSeenOutside ? await FindEndAsync(live!, cancellationToken).ConfigureAwait(false) : 0;
                if (held.All.Any(partition => partition.Position > end))
                {
                    throw new OtherLogException(
                        $"The process '{generation.View}' is of another log, and its next generation was begun before that: it would leave "
                        + "out what is to be done anew. 'worker replay --ahead' begins it again.");
                }

                if (await advanceAsync(held, _ => end, _ => ValueTask.CompletedTask, cancellationToken).ConfigureAwait(false)
                    is not { } moved)
                {
                    return null;
                }

                held = moved;
                LogOther(logger, live!.Number, generation.Number, held.Position);
            }
            else if (live is not null)
            {
                long EndOf(int index)
                    => live.Partitions.Count == generation.Partitions.Count ? live.Partitions[index].Position : live.Position;
                if (await advanceAsync(held, EndOf, _ => ValueTask.CompletedTask, cancellationToken).ConfigureAwait(false) is not { } moved)
                {
                    return null;
                }

                held = moved;
            }

            onPrepared();
            if (!isOther && live?.Partitions.Any(partition => partition.Parked > 0) == true)
            {
                if (!isWaiting)
                {
                    LogWaiting(logger, live.Number, generation.Number);
                }

                isWaiting = true;
            }
            else if (await services.Views.SwapAsync(generation, cancellationToken, isOther ? live!.Number : null).ConfigureAwait(false))
            {
                return held;
            }

            await Task.Delay(isWaiting ? services.Options.FirstRetryDelay : s_pause, services.Time, cancellationToken)
                .ConfigureAwait(false);
        }
    }

    /// <summary>The position up to which the log was recorded before a generation of another log had acted last.</summary>
    private async Task<long> FindEndAsync(ViewGeneration live, CancellationToken cancellationToken)
    {
        var acted = live.Partitions.Max(partition => partition.Mark?.At ?? partition.UpdatedAt);
        var end = 0L;
        await foreach (var recorded in services.Log.ReadAllAsync(
            LogPosition.Start, EventFilter.Everything, long.MaxValue, cancellationToken).ConfigureAwait(false))
        {
            if (recorded.RecordedAt > acted)
            {
                break;
            }

            end = recorded.Position.Value;
        }

        return end;
    }

    [LoggerMessage(
        2017,
        LogLevel.Warning,
        "The live generation {Live} is of another log. Generation {Built} takes its place, and acts after position {Position}.")]
    private static partial void LogOther(ILogger logger, int live, int built, long position);

    [LoggerMessage(
        2014,
        LogLevel.Warning,
        "Events are parked in the live generation {Live}. They have to be tried again or left out before generation {Built} "
        + "can take its place.")]
    private static partial void LogWaiting(ILogger logger, int live, int built);
}
