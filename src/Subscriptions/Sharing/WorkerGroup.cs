using System.Globalization;
using Microsoft.Extensions.Logging;
using Orderly.ReadModels.ViewStore;

namespace Orderly.Subscriptions;

/// <summary>
/// This process as a member of the group that keeps the views. Each partition of a view is kept by one process at a time, and the
/// processes share the partitions evenly. Nobody leads: every process beats, sees which others do, and takes and gives back leases by
/// the same rule. A view whose live generation is of an older version than this program's is built anew, beside the live one, by the
/// processes that have the newer version.
/// </summary>
/// <remarks>
/// A process that was paused and goes on does not know at once that its leases were taken. It can't do harm: a commit names the epoch
/// that it was made under, and taking a lease has raised that.
/// </remarks>
public sealed partial class WorkerGroup
{
    private const int BeatsPerLease = 5;
    private const int WatchesPerBeat = 20;
    private const string Leases = "leases";

    /// <summary>How often it is told at most that the view store is away.</summary>
    private static readonly TimeSpan s_silence = TimeSpan.FromMinutes(1);

    private readonly SubscriptionServices _services;
    private readonly Dictionary<string, IProjectionWorker> _workers;
    private readonly Dictionary<(string View, int Number), Keeping> _kept = [];
    private readonly SharedLog _log;
    private readonly Roster _roster;
    private readonly GenerationCare _care;
    private readonly LagReport _lag;
    private readonly ILogger _logger;
    private readonly TimeSpan _interval;
    private readonly string _id = string.Create(
        CultureInfo.InvariantCulture, $"{Environment.MachineName}/{Environment.ProcessId}/{Guid.NewGuid():N}");
    private long? _toldAway;
    private volatile TaskCompletionSource _woken = new();

    /// <param name="workers">One for each view that this process keeps.</param>
    public WorkerGroup(IReadOnlyCollection<IProjectionWorker> workers, SubscriptionServices services)
    {
        List<View> views = [.. workers.Select(worker => worker.View)];
        _services = services;
        _workers = workers.ToDictionary(worker => worker.View.Name, StringComparer.Ordinal);
        _log = services.ShareLog([.. workers.Select(worker => worker.Filter)]);
        _logger = services.Loggers.CreateLogger<WorkerGroup>();
        _roster = new Roster(
            new ViewWorker(_id, 0, [.. views.Select(view => new ViewVersion(view.Name, view.Version))]), services, _logger);
        _care = new GenerationCare(views, services, _logger);
        _lag = new LagReport(services);
        _interval = services.Options.LeaseDuration / BeatsPerLease;
    }

    /// <summary>How many events this process has read from the log, each for all consumers that share a subscription.</summary>
    public long EventsRead => _log.Events;

    /// <summary>Takes part until cancelled, and then gives everything back. A view store that can't be reached is waited for.</summary>
    /// <exception cref="ViewStoreUnusableException">To wait would not help.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var watching = WatchAsync(cancellationToken);
        try
        {
            while (true)
            {
                // What happens during the beat counts for the next one.
                var woken = _woken = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                await BeatAsync(cancellationToken).ConfigureAwait(false);
                await Task.WhenAny(woken.Task, Task.Delay(_interval, _services.Time, cancellationToken)).ConfigureAwait(false);
                cancellationToken.ThrowIfCancellationRequested();
            }
        }
        finally
        {
            await LeaveAsync().ConfigureAwait(false);
            await watching.ConfigureAwait(false);
        }
    }

    /// <summary>Tells when another worker has come, gone, taken or given back: it need not wait for the next beat.</summary>
    private async Task WatchAsync(CancellationToken cancellationToken)
    {
        HashSet<object> last = [];
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                await foreach (var generations in _services.Views.WatchAsync(cancellationToken).ConfigureAwait(false))
                {
                    var now = generations.SelectMany(OfInterest).ToHashSet();
                    if (!now.SetEquals(last))
                    {
                        _woken.TrySetResult();
                    }

                    last = now;

                    // The views' progress, which is most of what comes, is of no interest here.
                    await Task.Delay(_interval / WatchesPerBeat, _services.Time, cancellationToken).ConfigureAwait(false);
                }
            }
            catch (Exception) when (cancellationToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception)
            {
                // The next beat meets it too, and logs it.
                await Task.Delay(_interval, _services.Time, CancellationToken.None).ConfigureAwait(false);
            }
        }
    }

    private static IEnumerable<object> OfInterest(ViewGeneration generation)
        => generation.Partitions.Select(partition => (object)(
            generation.View, generation.Number, generation.State, generation.IsDeclined, partition.Index, partition.Owner,
            partition.IsAsked));

    private async Task BeatAsync(CancellationToken cancellationToken)
    {
        try
        {
            var alive = await _roster.BeatAsync(cancellationToken).ConfigureAwait(false);
            var generations = await _care.TendAsync(cancellationToken).ConfigureAwait(false);
            var mine = Assignment.Of(_id, alive, generations);
            foreach (var generation in generations.Where(generation => _workers.ContainsKey(generation.View)))
            {
                await SettleAsync(generation, mine, alive, cancellationToken).ConfigureAwait(false);
            }

            await _care.ReportOtherVersionsAsync(generations, alive, cancellationToken).ConfigureAwait(false);
            foreach (var gone in _kept.Keys.Except(generations.Select(generation => (generation.View, generation.Number))).ToList())
            {
                await StopAsync(gone).ConfigureAwait(false);
            }

            _services.Faults.Remove(Leases);
            await _lag.TellAsync(LiveAndKept(generations), _interval, cancellationToken).ConfigureAwait(false);
        }
        catch (ViewStoreUnavailableException e) when (!cancellationToken.IsCancellationRequested)
        {
            _services.Faults.Add(Leases);
            if (_toldAway is null || _services.Time.GetElapsedTime(_toldAway.Value) >= s_silence)
            {
                LogAway(e.Message);
                _toldAway = _services.Time.GetTimestamp();
            }
        }
        catch (Exception e) when (e is not ViewStoreUnusableException)
        {
            // A store that fails while it is told to stop is no reason to end in another way than it was told to.
            cancellationToken.ThrowIfCancellationRequested();
            LogNoBeat(e);
        }
    }

    private List<ViewPartition> LiveAndKept(IEnumerable<ViewGeneration> generations)
        => [.. generations.Where(one => one.IsLive)
            .SelectMany(one => one.Partitions.Where(
                partition => _kept.TryGetValue((one.View, one.Number), out var keeping) && keeping.Holds(partition)))];

    /// <summary>Brings what this process does with a generation in line with whose its partitions are.</summary>
    private async Task SettleAsync(
        ViewGeneration stored, HashSet<ViewPartition> mine, IReadOnlyCollection<ViewWorker> alive, CancellationToken cancellationToken)
    {
        var key = (stored.View, stored.Number);
        var keeping = _kept.GetValueOrDefault(key);
        List<ViewPartition> held = [.. stored.Partitions.Where(partition => keeping?.Holds(partition) == true)];
        List<ViewPartition> stay = [.. held.Where(mine.Contains)];
        List<ViewPartition> taken = [];
        foreach (var partition in stored.Partitions.Where(mine.Contains).Except(held).Where(partition => IsFree(partition, alive)))
        {
            if (await _services.Views.TakeAsync(partition, _id, cancellationToken).ConfigureAwait(false) is { } lease)
            {
                taken.Add(lease);
            }
        }

        // One that has gone live needs a new start when it is to go live once more.
        if (keeping is not null && stored.IsLive)
        {
            keeping.IsBuilding = false;
        }

        // A start is also when it is seen what operators have asked for: about parked events, or that it be live again. It can
        // take longer than a beat to do it; to start again meanwhile would be to start for ever.
        if (keeping is not null
            && (keeping.Task.IsCompleted || taken.Count > 0 || stay.Count < keeping.Held.Count
                || (keeping.IsPrepared && stay.Exists(partition => partition.IsAsked))
                    || (stored.State == GenerationState.Building && !keeping.IsBuilding)))
        {
            await StopAsync(key).ConfigureAwait(false);
            foreach (var partition in held.Except(stay))
            {
                await _services.Views.ReleaseAsync(partition, cancellationToken).ConfigureAwait(false);
            }
        }

        if (!_kept.ContainsKey(key) && stay.Count + taken.Count > 0)
        {
            await StartAsync(key, [.. stay, .. taken], cancellationToken).ConfigureAwait(false);
        }
    }

    private bool IsFree(ViewPartition partition, IReadOnlyCollection<ViewWorker> alive)
        => partition.Owner is null || partition.Owner == _id || alive.All(worker => worker.Id != partition.Owner);

    /// <summary>Starts on partitions whose leases this process has, from where they are by now.</summary>
    private async Task StartAsync(
        (string View, int Number) key, IReadOnlyCollection<ViewPartition> leases, CancellationToken cancellationToken)
    {
        var generation = (await _services.Views.ReadGenerationsAsync(cancellationToken).ConfigureAwait(false)).SingleOrDefault(
            one => (one.View, one.Number) == key);
        List<ViewPartition> held =
            [.. generation?.Partitions.Where(now => leases.Any(lease => (lease.Index, lease.Epoch) == (now.Index, now.Epoch))) ?? []];
        if (held.Count == 0)
        {
            return;
        }

        var keeping = new Keeping(_workers[key.View], _log, generation!, held, cancellationToken);
        _kept.Add(key, keeping);
        _ = keeping.Task.ContinueWith(
            _ => _woken.TrySetResult(), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    private async Task StopAsync((string View, int Number) key)
    {
        if (_kept.Remove(key, out var keeping))
        {
            await keeping.StopAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Stops, so that every commit is done or was never begun, and lets the others go on at once.</summary>
    private async Task LeaveAsync()
    {
        using var limit = new CancellationTokenSource(_services.Options.LeaseDuration);
        try
        {
            // One that hangs is left to its own: whoever takes its lease fences it off.
            await Task.WhenAny(
                Task.WhenAll(_kept.Values.Select(keeping => keeping.StopAsync())),
                Task.Delay(_services.Options.LeaseDuration / 2, _services.Time, CancellationToken.None))
                .ConfigureAwait(false);
            _lag.End();

            // First the worker, then its leases: a worker that sees a free lease must not think that it is for this one.
            await _roster.LeaveAsync(limit.Token).ConfigureAwait(false);

            // Those that the store says it has: what was taken last, or stopped to be started again, is not among those that are kept.
            var generations = await _services.Views.ReadGenerationsAsync(limit.Token).ConfigureAwait(false);
            foreach (var partition in generations.SelectMany(one => one.Partitions).Where(one => one.Owner == _id))
            {
                await _services.Views.ReleaseAsync(partition, limit.Token).ConfigureAwait(false);
            }
        }
        catch (Exception e)
        {
            // The others find out by themselves when the lease is over. A store that is away, or slow, is no mistake with a stack.
            LogNotLeft(e is OperationCanceledException or ViewStoreUnavailableException ? null : e, e.Message);
        }
    }

    [LoggerMessage(2006, LogLevel.Error, "No lease can be taken or given back now; trying again.")]
    private partial void LogNoBeat(Exception e);

    [LoggerMessage(2015, LogLevel.Error, "No view can be kept now; it is tried again until it can. {Reason}")]
    private partial void LogAway(string reason);

    [LoggerMessage(2007, LogLevel.Warning, "The leases could not be given back; the others take them when they are over. {Reason}")]
    private partial void LogNotLeft(Exception? e, string reason);
}
