using Microsoft.Extensions.Logging;
using Orderly.ReadModels.ViewStore;

namespace Orderly.Subscriptions;

/// <summary>
/// Which workers are at work. Each beats in the view store. A worker is alive when its beat has changed within
/// <see cref="SubscriptionOptions.LeaseDuration"/> of this process's own monotonic clock, so clocks that differ between machines do no
/// harm. Not safe for concurrent use.
/// </summary>
/// <param name="me">This worker; the beat in it does not matter.</param>
internal sealed partial class Roster(ViewWorker me, SubscriptionServices services, ILogger logger)
{
    private readonly Dictionary<string, (long Beat, long Since)> _beats = new(StringComparer.Ordinal);
    private long _lastLook;

    /// <summary>Beats, and answers who is alive, this worker included. A worker that is dead is forgotten.</summary>
    public async Task<IReadOnlyCollection<ViewWorker>> BeatAsync(CancellationToken cancellationToken)
    {
        var all = await services.Views.BeatAsync(me, cancellationToken).ConfigureAwait(false);
        if (services.Time.GetElapsedTime(_lastLook) >= services.Options.LeaseDuration)
        {
            // After so long without a look, for instance because the store was away, nobody can tell who has beaten meanwhile.
            _beats.Clear();
        }

        _lastLook = services.Time.GetTimestamp();
        List<ViewWorker> alive = [];
        foreach (var worker in all)
        {
            if (!_beats.TryGetValue(worker.Id, out var seen) || seen.Beat != worker.Beat)
            {
                _beats[worker.Id] = seen = (worker.Beat, services.Time.GetTimestamp());
            }

            if (worker.Id == me.Id || services.Time.GetElapsedTime(seen.Since) < services.Options.LeaseDuration)
            {
                alive.Add(worker);
            }
            else
            {
                LogDied(logger, worker.Id, services.Options.LeaseDuration);
                await services.Views.ForgetAsync(worker, cancellationToken).ConfigureAwait(false);
            }
        }

        foreach (var gone in _beats.Keys.Except(all.Select(worker => worker.Id)).ToList())
        {
            _beats.Remove(gone);
        }

        return alive;
    }

    /// <summary>Takes this worker off the roster.</summary>
    public async Task LeaveAsync(CancellationToken cancellationToken)
    {
        var stored = await services.Views.BeatAsync(me with { Views = [] }, cancellationToken).ConfigureAwait(false);
        await services.Views.ForgetAsync(stored.Single(worker => worker.Id == me.Id), cancellationToken).ConfigureAwait(false);
    }

    [LoggerMessage(2005, LogLevel.Warning, "Worker {Worker} has shown no sign of life for {Duration}; its views are taken over.")]
    private static partial void LogDied(ILogger logger, string worker, TimeSpan duration);
}
