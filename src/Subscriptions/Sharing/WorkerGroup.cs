using System.Globalization;
using Microsoft.Extensions.Logging;
using Orderly.Domain.EventStore;
using Orderly.ReadModels.ViewStore;

namespace Orderly.Subscriptions;

/// <summary>
/// This process as one of the group of those that keep the views. Each partition of a view is kept by one of them at a
/// time, and they share the partitions evenly. Nobody leads: every process beats, sees who else does, and takes and gives
/// back leases by the same rule. A view whose live generation is of an older version than this program's is built anew,
/// beside the live one, by those who have that version.
/// </summary>
/// <remarks>
/// <para>Whether another process is alive is told by whether it beats within <see cref="SubscriptionOptions.LeaseDuration"/>
/// of this process's own monotonic clock, so clocks that differ between machines do no harm.</para>
/// <para>A process that was paused and goes on does not know at once that its leases were taken. It can't do harm: a
/// commit names the epoch that it was made under, and taking a lease has raised that.</para>
/// </remarks>
public sealed partial class WorkerGroup(IReadOnlyCollection<IProjectionWorker> workers, SubscriptionServices services)
{
    private const int BeatsPerLease = 5;
    private const int WatchesPerBeat = 20;

    /// <summary>How often it is told at most that the view store is away.</summary>
    private static readonly TimeSpan s_silence = TimeSpan.FromMinutes(1);

    private readonly Dictionary<string, IProjectionWorker> _workers = workers.ToDictionary(worker => worker.View.Name, StringComparer.Ordinal);
    private readonly SharedLog _log = services.ShareLog([.. workers.Select(worker => worker.Filter)]);
    private readonly Dictionary<(string View, int Number), Keeping> _kept = [];
    private readonly Dictionary<string, (long Beat, long Since)> _beats = new(StringComparer.Ordinal);
    private readonly ILogger _logger = services.Loggers.CreateLogger<WorkerGroup>();
    private readonly string _id = string.Create(CultureInfo.InvariantCulture, $"{Environment.MachineName}/{Environment.ProcessId}/{Guid.NewGuid():N}");

    private long _lastLook;
    private long? _toldAway;
    private HashSet<(string View, int Index)> _told = [];
    private volatile TaskCompletionSource _woken = new();

    /// <summary>How many events this process has read from the log, each for all consumers that share a subscription.</summary>
    public long EventsRead => _log.Events;

    /// <summary>Takes part until cancelled, and then gives everything back. A view store that can't be reached is waited for.</summary>
    /// <exception cref="ViewStoreFormatException">The store is of another program: waiting would not help.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var interval = services.Options.LeaseDuration / BeatsPerLease;
        var watching = WatchAsync(interval, cancellationToken);
        try
        {
            while (true)
            {
                // What happens during the beat counts for the next one.
                var woken = _woken = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                await BeatAsync(cancellationToken).ConfigureAwait(false);
                await Task.WhenAny(woken.Task, Task.Delay(interval, services.Time, cancellationToken)).ConfigureAwait(false);
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
    private async Task WatchAsync(TimeSpan pause, CancellationToken cancellationToken)
    {
        HashSet<object> last = [];
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                await foreach (var generations in services.Views.WatchAsync(cancellationToken).ConfigureAwait(false))
                {
                    var now = generations.SelectMany(OfInterest).ToHashSet();
                    if (!now.SetEquals(last))
                    {
                        _woken.TrySetResult();
                    }

                    last = now;

                    // The views' progress, which is most of what comes, is of no interest here.
                    await Task.Delay(pause / WatchesPerBeat, services.Time, cancellationToken).ConfigureAwait(false);
                }
            }
            catch (Exception) when (cancellationToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception)
            {
                // The next beat meets it too, and logs it.
                await Task.Delay(pause, services.Time, CancellationToken.None).ConfigureAwait(false);
            }
        }
    }

    private static IEnumerable<object> OfInterest(ViewGeneration generation)
        => generation.Partitions.Select(partition => (object)(generation.View, generation.Number, generation.State, generation.IsDeclined, partition.Index, partition.Owner, partition.IsAsked));

    private async Task BeatAsync(CancellationToken cancellationToken)
    {
        try
        {
            var alive = await FindAliveAsync(cancellationToken).ConfigureAwait(false);
            var generations = await TendAsync(cancellationToken).ConfigureAwait(false);
            var mine = Assignment.Of(_id, alive, generations);
            foreach (var generation in generations.Where(generation => _workers.ContainsKey(generation.View)))
            {
                await SettleAsync(generation, mine, alive, cancellationToken).ConfigureAwait(false);
                if (generation.IsLive && !generations.Any(one => one.View == generation.View && one.State != GenerationState.Retired && alive.Any(worker => worker.Keeps(one))))
                {
                    await ReportOtherVersionAsync(generation, cancellationToken).ConfigureAwait(false);
                }
            }

            foreach (var gone in _kept.Keys.Except(generations.Select(generation => (generation.View, generation.Number))).ToList())
            {
                await StopAsync(gone).ConfigureAwait(false);
            }

            await TellLagAsync(generations, cancellationToken).ConfigureAwait(false);
        }
        catch (ViewStoreUnavailableException e) when (!cancellationToken.IsCancellationRequested)
        {
            if (_toldAway is null || services.Time.GetElapsedTime(_toldAway.Value) >= s_silence)
            {
                LogAway(e.Message);
                _toldAway = services.Time.GetTimestamp();
            }
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested && e is not ViewStoreFormatException)
        {
            LogNoBeat(e);
        }
    }

    /// <summary>Who beats. Who has not for the duration of a lease is forgotten.</summary>
    private async Task<IReadOnlyCollection<ViewWorker>> FindAliveAsync(CancellationToken cancellationToken)
    {
        var me = new ViewWorker(_id, 0, [.. _workers.Values.Select(worker => new ViewVersion(worker.View.Name, worker.View.Version))]);
        var all = await services.Views.BeatAsync(me, cancellationToken).ConfigureAwait(false);
        if (services.Time.GetElapsedTime(_lastLook) >= services.Options.LeaseDuration)
        {
            // Who has not looked for so long, for instance because the store was away, can't tell who has beaten meanwhile.
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

            if (worker.Id == _id || services.Time.GetElapsedTime(seen.Since) < services.Options.LeaseDuration)
            {
                alive.Add(worker);
            }
            else
            {
                LogDied(worker.Id, services.Options.LeaseDuration);
                await services.Views.ForgetAsync(worker, cancellationToken).ConfigureAwait(false);
            }
        }

        foreach (var gone in _beats.Keys.Except(all.Select(worker => worker.Id)).ToList())
        {
            _beats.Remove(gone);
        }

        return alive;
    }

    /// <summary>All generations, after those of this process's views are as they should be: one live, one of a newer version being built, none that is of no use any more.</summary>
    private async Task<IReadOnlyList<ViewGeneration>> TendAsync(CancellationToken cancellationToken)
    {
        var all = await services.Views.ReadGenerationsAsync(cancellationToken).ConfigureAwait(false);
        var isChanged = false;
        foreach (var view in _workers.Values.Select(worker => worker.View))
        {
            List<ViewGeneration> generations = [.. all.Where(generation => generation.View == view.Name)];
            var live = generations.Find(generation => generation.IsLive);
            if (live is null)
            {
                await services.Views.OpenAsync(view, services.Options.Partitions, cancellationToken).ConfigureAwait(false);
                isChanged = true;
                continue;
            }

            // The store decides, in one instant with what is live then; this only spares asking it at every beat.
            if (live.Version < view.Version
                && !generations.Exists(one => one.Version == view.Version && (one.State == GenerationState.Building || one.IsDeclined))
                && await services.Views.StartVersionAsync(view, cancellationToken).ConfigureAwait(false) is { } started)
            {
                LogNewVersion(view.Name, live.Version, view.Version, started.Number);
                isChanged = true;
            }

            foreach (var useless in generations.Where(one => IsUseless(one, live)))
            {
                await services.Views.DropGenerationAsync(useless, cancellationToken).ConfigureAwait(false);
                LogDropped(view.Name, useless.Number, useless.State);
                isChanged = true;
            }
        }

        return isChanged ? await services.Views.ReadGenerationsAsync(cancellationToken).ConfigureAwait(false) : all;
    }

    /// <summary>
    /// What nobody goes back to any more, and what was being built of an older version than the live one, unless an operator
    /// wants to go back to it. A generation that was declined stays: it is how everybody knows that it was.
    /// </summary>
    private bool IsUseless(ViewGeneration generation, ViewGeneration live) => generation.State switch
    {
        GenerationState.Retired => !generation.IsDeclined && services.Time.GetUtcNow() - generation.RetiredAt > services.Options.KeepRetired,
        GenerationState.Building => generation.Version < live.Version && !live.IsDeclined,
        _ => false,
    };

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
            if (await services.Views.TakeAsync(partition, _id, cancellationToken).ConfigureAwait(false) is { } lease)
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
                || (keeping.IsPrepared && stay.Exists(partition => partition.IsAsked)) || (stored.State == GenerationState.Building && !keeping.IsBuilding)))
        {
            await StopAsync(key).ConfigureAwait(false);
            foreach (var partition in held.Except(stay))
            {
                await services.Views.ReleaseAsync(partition, cancellationToken).ConfigureAwait(false);
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
    private async Task StartAsync((string View, int Number) key, IReadOnlyCollection<ViewPartition> leases, CancellationToken cancellationToken)
    {
        var generation = (await services.Views.ReadGenerationsAsync(cancellationToken).ConfigureAwait(false)).SingleOrDefault(one => (one.View, one.Number) == key);
        List<ViewPartition> held = [.. generation?.Partitions.Where(now => leases.Any(lease => (lease.Index, lease.Epoch) == (now.Index, now.Epoch))) ?? []];
        if (held.Count == 0)
        {
            return;
        }

        var keeping = new Keeping(_workers[key.View], _log, generation!, held, cancellationToken);
        _kept.Add(key, keeping);
        _ = keeping.Task.ContinueWith(_ => _woken.TrySetResult(), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    private async Task StopAsync((string View, int Number) key)
    {
        if (_kept.Remove(key, out var keeping))
        {
            await keeping.StopAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Tells how far behind the live partitions are that are kept here.</summary>
    private async Task TellLagAsync(IReadOnlyList<ViewGeneration> generations, CancellationToken cancellationToken)
    {
        // After the positions were read, so that nothing looks further than it is; and nobody waits for a log that is not there:
        // a store may take longer to find that out than the others wait for the next beat.
        long head;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var timer = services.Time.CreateTimer(static limit => ((CancellationTokenSource)limit!).Cancel(), limit, services.Options.LeaseDuration / BeatsPerLease, Timeout.InfiniteTimeSpan);
        try
        {
            head = (await services.Log.ReadHeadAsync(limit.Token).ConfigureAwait(false)).Value;
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested && (e is EventStoreUnavailableException or OperationCanceledException))
        {
            // Those who follow it find out and tell; what was told last stands.
            return;
        }

        var kept = generations.Where(generation => generation.IsLive && _kept.ContainsKey((generation.View, generation.Number)))
            .SelectMany(generation => generation.Partitions.Where(partition => _kept[(generation.View, generation.Number)].Holds(partition))).ToList();
        foreach (var partition in kept)
        {
            ProjectionTelemetry.Lag(partition.View, partition.Position, head, partition.Index);
        }

        foreach (var (view, index) in _told.Except(kept.Select(partition => (partition.View, partition.Index))))
        {
            ProjectionTelemetry.Left(view, index);
        }

        _told = [.. kept.Select(partition => (partition.View, partition.Index))];
    }

    private async Task ReportOtherVersionAsync(ViewGeneration stored, CancellationToken cancellationToken)
    {
        var view = _workers[stored.View].View;
        var way = stored.Version > view.Version ? "go back with 'worker rollback" : "build this one's with 'worker replay";
        var fault = string.Create(
            CultureInfo.InvariantCulture,
            $"The live view '{stored.View}' is of version {stored.Version}, and no worker that runs has that version: this one has {view.Version}. Run one that has it, or {way} {stored.View}'.");
        foreach (var partition in stored.Partitions.Where(partition => partition.Fault != fault))
        {
            LogOtherVersion(fault);
            await services.Views.ReportFaultAsync(partition, fault, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Stops, so that every commit is done or was never begun, and lets the others go on at once.</summary>
    private async Task LeaveAsync()
    {
        using var limit = new CancellationTokenSource(services.Options.LeaseDuration);
        try
        {
            // One that hangs is left to its own: whoever takes its lease fences it off.
            await Task.WhenAny(Task.WhenAll(_kept.Values.Select(keeping => keeping.StopAsync())), Task.Delay(services.Options.LeaseDuration / 2, services.Time, CancellationToken.None))
                .ConfigureAwait(false);
            foreach (var (view, index) in _told)
            {
                ProjectionTelemetry.Left(view, index);
            }

            // First the worker, then its leases: who sees a free lease must not think that it is for this one.
            var me = (await services.Views.BeatAsync(new ViewWorker(_id, 0, []), limit.Token).ConfigureAwait(false)).Single(worker => worker.Id == _id);
            await services.Views.ForgetAsync(me, limit.Token).ConfigureAwait(false);
            foreach (var keeping in _kept.Values)
            {
                foreach (var partition in keeping.Held)
                {
                    await services.Views.ReleaseAsync(partition, limit.Token).ConfigureAwait(false);
                }
            }
        }
        catch (Exception e)
        {
            // The others find out by themselves when the lease is over.
            LogNotLeft(e);
        }
    }

    /// <summary>The partitions of one generation that this process keeps.</summary>
    private sealed class Keeping
    {
        private readonly CancellationTokenSource _stop;
        private volatile bool _isPrepared;

        public Keeping(IProjectionWorker worker, SharedLog log, ViewGeneration generation, IReadOnlyList<ViewPartition> held, CancellationToken cancellationToken)
        {
            (Held, IsBuilding) = (held, generation.State == GenerationState.Building);
            _stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            Task = worker.KeepAsync(generation, held, log, () => _isPrepared = true, _stop.Token);
        }

        public IReadOnlyList<ViewPartition> Held { get; }

        /// <summary>Whether it makes the generation live as soon as it can.</summary>
        public bool IsBuilding { get; set; }

        /// <summary>Whether what operators had asked for before the start is done.</summary>
        public bool IsPrepared => _isPrepared;

        public Task Task { get; }

        /// <summary>Whether the lease is still this one.</summary>
        public bool Holds(ViewPartition stored) => Held.Any(held => (held.Index, held.Epoch) == (stored.Index, stored.Epoch));

        public async Task StopAsync()
        {
            await _stop.CancelAsync().ConfigureAwait(false);
            await Task.ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default).ConfigureAwait(false);
            _stop.Dispose();
        }
    }

    [LoggerMessage(2005, LogLevel.Warning, "Worker {Worker} has shown no sign of life for {Duration}; its views are taken over.")]
    private partial void LogDied(string worker, TimeSpan duration);

    [LoggerMessage(2006, LogLevel.Error, "No lease can be taken or given back now; trying again.")]
    private partial void LogNoBeat(Exception e);

    [LoggerMessage(2015, LogLevel.Error, "No view can be kept now; it is tried again until it can. {Reason}")]
    private partial void LogAway(string reason);

    [LoggerMessage(2007, LogLevel.Warning, "The leases could not be given back; the others take them when they are over.")]
    private partial void LogNotLeft(Exception e);

    [LoggerMessage(2010, LogLevel.Information, "View {View} of version {Old} is built anew in version {New}, as generation {Generation}.")]
    private partial void LogNewVersion(string view, int old, int @new, int generation);

    [LoggerMessage(2011, LogLevel.Information, "View {View}: generation {Generation}, {State}, was dropped.")]
    private partial void LogDropped(string view, int generation, GenerationState state);

    [LoggerMessage(2008, LogLevel.Error, "{Fault}")]
    private partial void LogOtherVersion(string fault);
}
