using System.Globalization;
using Orderly.ReadModels.ViewStore;

namespace Orderly.Subscriptions;

/// <summary>How far the build of one view is.</summary>
/// <param name="Generation">As it is stored.</param>
/// <param name="Head">The end of the log when that was read last.</param>
public sealed record RebuildProgress(ViewGeneration Generation, long Head);

/// <summary>
/// Builds views anew from the start of the log, beside the live generations, which are read and kept as before. This
/// process takes part in the work, as one worker of the group, so it goes on when others run and when none does. What was
/// begun and not finished, by whomever, is carried on.
/// </summary>
public sealed class Rebuild(IReadOnlyCollection<IProjectionWorker> workers, SubscriptionServices services)
{
    /// <summary>The workers of views that are of another log than the one that is there.</summary>
    public async Task<IReadOnlyList<IProjectionWorker>> FindAheadAsync(CancellationToken cancellationToken)
    {
        var check = new LogCheck(services.Log);
        List<IProjectionWorker> found = [];
        var all = await services.Views.ReadGenerationsAsync(cancellationToken).ConfigureAwait(false);
        foreach (var worker in workers)
        {
            if (all.FirstOrDefault(one => one.View == worker.View.Name && one.IsLive) is { } live
                && await check.FindFaultAsync(live.Partitions, cancellationToken).ConfigureAwait(false) is not null)
            {
                found.Add(worker);
            }
        }

        return found;
    }

    /// <summary>
    /// Starts what is not being built yet, and works until all of it is live. Cancelled, it leaves the builds for the next one to carry on.
    /// </summary>
    /// <param name="fromScratch">Whether builds that were begun are dropped first. Those of a view of another log always are.</param>
    /// <param name="progress">Called for a build whenever it has moved.</param>
    /// <returns>The generations, which are live now.</returns>
    /// <exception cref="InvalidOperationException">A view is live in a newer version, or a build was dropped by somebody else.</exception>
    public async Task<IReadOnlyList<ViewGeneration>> RunAsync(
        bool fromScratch, IProgress<RebuildProgress> progress, CancellationToken cancellationToken)
    {
        List<ViewGeneration> builds = [];
        foreach (var view in workers.Select(worker => worker.View))
        {
            var live = await services.Views.OpenAsync(view, services.Options.Partitions, cancellationToken).ConfigureAwait(false);
            if (live.Version > view.Version && !live.IsDeclined)
            {
                throw new InvalidOperationException(string.Create(
                    CultureInfo.InvariantCulture,
                    $"The view '{view.Name}' is live in version {live.Version}, which is newer than this program's version {view.Version}. "
                    + $"'rollback' goes back, while the old generation is kept."));
            }

            var isOfOther = await services.FindOtherLogsAsync(view.Name, cancellationToken).ConfigureAwait(false) is not null;
            if (fromScratch || isOfOther)
            {
                await DropBegunAsync(view, cancellationToken).ConfigureAwait(false);
            }

            if (isOfOther)
            {
                await services.Views.ForgetSkippedAsync(view.Name, cancellationToken).ConfigureAwait(false);
            }

            builds.Add(await services.Views.StartGenerationAsync(view, cancellationToken).ConfigureAwait(false));
        }

        return await FinishAsync(builds, progress, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Works, with whatever other workers there are, until generations that are being built are live.</summary>
    /// <param name="builds">Any generations; this process can help with those of its own views and versions.</param>
    /// <param name="progress">Called for a build whenever it has moved.</param>
    /// <returns>The generations, which are live now.</returns>
    /// <exception cref="InvalidOperationException">
    /// A build was dropped by somebody else, or is of another log (<see cref="OtherLogException"/>).
    /// </exception>
    public async Task<IReadOnlyList<ViewGeneration>> FinishAsync(
        IReadOnlyList<ViewGeneration> builds, IProgress<RebuildProgress> progress, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var working = new WorkerGroup(workers, services).RunAsync(stop.Token);
        try
        {
            return await UntilLiveAsync(builds, progress, stop.Token).ConfigureAwait(false);
        }
        finally
        {
            await stop.CancelAsync().ConfigureAwait(false);
            await working.ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default)
                .ConfigureAwait(false);
        }
    }

    private async Task<IReadOnlyList<ViewGeneration>> UntilLiveAsync(
        IReadOnlyList<ViewGeneration> builds, IProgress<RebuildProgress> progress, CancellationToken cancellationToken)
    {
        var known = builds.ToDictionary(build => (build.View, build.Number));
        await foreach (var all in services.Views.WatchAsync(cancellationToken).ConfigureAwait(false))
        {
            var stored = all.ToDictionary(one => (one.View, one.Number));
            var head = await services.Log.ReadHeadAsync(cancellationToken).ConfigureAwait(false);
            foreach (var (key, before) in known.ToList())
            {
                var now = stored.GetValueOrDefault(key)
                    ?? throw new InvalidOperationException(
                        FormattableString.Invariant($"Generation {key.Number} of '{key.View}' was dropped by somebody else."));
                if (now != before && now.Partitions.Any(partition => partition.Fault is not null))
                {
                    await LogCheck.EnsureAsync(services.Log, now.Partitions, cancellationToken).ConfigureAwait(false);
                }

                if (now != before)
                {
                    progress.Report(new RebuildProgress(now, head.Value));
                }

                known[key] = now;
            }

            if (known.Values.All(one => one.State != GenerationState.Building))
            {
                return [.. builds.Select(build => known[(build.View, build.Number)])];
            }
        }

        throw new ViewStoreUnavailableException("The view store does not tell any more how far the views are.");
    }

    private async Task DropBegunAsync(View view, CancellationToken cancellationToken)
    {
        foreach (var begun in await services.Views.ReadGenerationsAsync(cancellationToken).ConfigureAwait(false))
        {
            if (begun.View == view.Name && begun.State == GenerationState.Building && begun.Version == view.Version)
            {
                await services.Views.DropGenerationAsync(begun, cancellationToken).ConfigureAwait(false);
            }
        }
    }
}
