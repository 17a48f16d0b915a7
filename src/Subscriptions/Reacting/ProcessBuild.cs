using Microsoft.Extensions.Logging;
using Orderly.ReadModels.ViewStore;

namespace Orderly.Subscriptions;

/// <summary>
/// Builds a new generation of a process beside the live one, and makes it live. The live generation has acted on every event up to its
/// position. So the new one takes its place when it is exactly there, and not while something is parked in the live one: then nothing
/// is done twice or left undone.
/// </summary>
internal sealed partial class ProcessBuild(SubscriptionServices services, ILogger logger)
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
            if (live is not null)
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
            if (live?.Partitions.Any(partition => partition.Parked > 0) == true)
            {
                if (!isWaiting)
                {
                    LogWaiting(logger, live.Number, generation.Number);
                }

                isWaiting = true;
            }
            else if (await services.Views.SwapAsync(generation, cancellationToken).ConfigureAwait(false))
            {
                return held;
            }

            await Task.Delay(isWaiting ? services.Options.FirstRetryDelay : s_pause, services.Time, cancellationToken)
                .ConfigureAwait(false);
        }
    }

    [LoggerMessage(
        2014,
        LogLevel.Warning,
        "Events are parked in the live generation {Live}. They have to be tried again or left out before generation {Built} "
        + "can take its place.")]
    private static partial void LogWaiting(ILogger logger, int live, int built);
}
