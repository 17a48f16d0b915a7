using System.Globalization;
using Microsoft.Extensions.Logging;
using Orderly.ReadModels.ViewStore;

namespace Orderly.Subscriptions;

/// <summary>
/// This process as one of the group of those that keep the views. Each view is kept by one of them at a time, and they
/// share the views evenly. Nobody leads: every process beats, sees who else does, and takes and gives back leases by
/// the same rule.
/// </summary>
/// <remarks>
/// <para>Whether another process is alive is told by whether it beats within <see cref="SubscriptionOptions.LeaseDuration"/>
/// of this process's own monotonic clock, so clocks that differ between machines do no harm.</para>
/// <para>A process that was paused and goes on does not know at once that its leases were taken. It can't do harm: a
/// commit names the epoch that it was made under, and taking a lease has raised that.</para>
/// </remarks>
public sealed partial class WorkerGroup(IEnumerable<IProjectionWorker> workers, SubscriptionServices services)
{
    private const int BeatsPerLease = 5;
    private const int WatchesPerBeat = 20;

    private readonly Dictionary<string, IProjectionWorker> _workers = workers.ToDictionary(worker => worker.View.Name, StringComparer.Ordinal);
    private readonly Dictionary<string, Keeping> _kept = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (long Beat, long Since)> _beats = new(StringComparer.Ordinal);
    private readonly ILogger _logger = services.Loggers.CreateLogger<WorkerGroup>();
    private readonly string _id = string.Create(CultureInfo.InvariantCulture, $"{Environment.MachineName}/{Environment.ProcessId}/{Guid.NewGuid():N}");

    private volatile TaskCompletionSource _woken = new();

    /// <summary>Takes part until cancelled, and then gives everything back. A view store that can't be reached is waited for.</summary>
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
        Dictionary<string, (int, string?)> last = [];
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                await foreach (var live in services.Views.WatchAsync(cancellationToken).ConfigureAwait(false))
                {
                    var now = live.ToDictionary(generation => generation.View, generation => (generation.Number, generation.Owner), StringComparer.Ordinal);
                    if (now.Count != last.Count || now.Except(last).Any())
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

    private async Task BeatAsync(CancellationToken cancellationToken)
    {
        try
        {
            var alive = await FindAliveAsync(cancellationToken).ConfigureAwait(false);
            var generations = await OpenAsync(cancellationToken).ConfigureAwait(false);
            var mine = Assignment.Of(_id, alive, generations);
            foreach (var generation in generations.Where(generation => _workers.ContainsKey(generation.View)))
            {
                await SettleAsync(generation, mine.Contains(generation.View), alive, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            LogNoBeat(e);
        }
    }

    /// <summary>Who beats. Who has not for the duration of a lease is forgotten.</summary>
    private async Task<IReadOnlyCollection<ViewWorker>> FindAliveAsync(CancellationToken cancellationToken)
    {
        var me = new ViewWorker(_id, 0, [.. _workers.Values.Select(worker => new ViewVersion(worker.View.Name, worker.View.Version))]);
        var all = await services.Views.BeatAsync(me, cancellationToken).ConfigureAwait(false);
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

    /// <summary>All live generations; those of this process's views are made when they are not there.</summary>
    private async Task<IReadOnlyList<ViewGeneration>> OpenAsync(CancellationToken cancellationToken)
    {
        List<ViewGeneration> live = [.. (await services.Views.ReadGenerationsAsync(cancellationToken).ConfigureAwait(false)).Where(generation => generation.IsLive)];
        foreach (var worker in _workers.Values.Where(worker => !live.Exists(generation => generation.View == worker.View.Name)))
        {
            live.Add(await services.Views.OpenAsync(worker.View, cancellationToken).ConfigureAwait(false));
        }

        return live;
    }

    /// <summary>Brings what this process does with a view in line with whose it is.</summary>
    private async Task SettleAsync(ViewGeneration stored, bool isMine, IReadOnlyCollection<ViewWorker> alive, CancellationToken cancellationToken)
    {
        if (_kept.TryGetValue(stored.View, out var keeping) && !(isMine && keeping.IsOf(stored) && !keeping.Task.IsCompleted))
        {
            _kept.Remove(stored.View);
            await keeping.StopAsync().ConfigureAwait(false);
            if (keeping.IsOf(stored))
            {
                await services.Views.ReleaseAsync(stored, cancellationToken).ConfigureAwait(false);
                stored = stored with { Owner = null };
            }
        }

        if (!alive.Any(worker => worker.Keeps(stored)))
        {
            await ReportOtherVersionAsync(stored, cancellationToken).ConfigureAwait(false);
        }

        var isFree = stored.Owner is null || stored.Owner == _id || alive.All(worker => worker.Id != stored.Owner);
        if (isMine && isFree && !_kept.ContainsKey(stored.View)
            && await services.Views.TakeAsync(stored, _id, cancellationToken).ConfigureAwait(false) is { } taken)
        {
            var kept = new Keeping(_workers[stored.View], taken, cancellationToken);
            _kept.Add(stored.View, kept);
            _ = kept.Task.ContinueWith(_ => _woken.TrySetResult(), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }
    }

    private async Task ReportOtherVersionAsync(ViewGeneration stored, CancellationToken cancellationToken)
    {
        var fault = string.Create(
            CultureInfo.InvariantCulture,
            $"The stored view '{stored.View}' is of version {stored.Version}, this program's is {_workers[stored.View].View.Version}: rebuild it with 'worker replay {stored.View}'.");
        if (stored.Fault != fault)
        {
            LogOtherVersion(fault);
            await services.Views.ReportFaultAsync(stored, fault, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Stops, so that every commit is done or was never begun, and lets the others go on at once.</summary>
    private async Task LeaveAsync()
    {
        using var limit = new CancellationTokenSource(services.Options.LeaseDuration);
        try
        {
            foreach (var keeping in _kept.Values)
            {
                await keeping.StopAsync().ConfigureAwait(false);
            }

            // First the worker, then its leases: who sees a free lease must not think that it is for this one.
            var me = (await services.Views.BeatAsync(new ViewWorker(_id, 0, []), limit.Token).ConfigureAwait(false)).Single(worker => worker.Id == _id);
            await services.Views.ForgetAsync(me, limit.Token).ConfigureAwait(false);
            foreach (var keeping in _kept.Values)
            {
                await services.Views.ReleaseAsync(keeping.Held, limit.Token).ConfigureAwait(false);
            }
        }
        catch (Exception e)
        {
            // The others find out by themselves when the lease is over.
            LogNotLeft(e);
        }
    }

    /// <summary>A view that this process keeps.</summary>
    private sealed class Keeping
    {
        private readonly CancellationTokenSource _stop;

        public Keeping(IProjectionWorker worker, ViewGeneration held, CancellationToken cancellationToken)
        {
            Held = held;
            _stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            Task = worker.KeepAsync(held, _stop.Token);
        }

        public ViewGeneration Held { get; }

        public Task Task { get; }

        /// <summary>Whether the lease is still this one.</summary>
        public bool IsOf(ViewGeneration stored) => stored.Number == Held.Number && stored.Epoch == Held.Epoch;

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

    [LoggerMessage(2007, LogLevel.Warning, "The leases could not be given back; the others take them when they are over.")]
    private partial void LogNotLeft(Exception e);

    [LoggerMessage(2008, LogLevel.Error, "{Fault}")]
    private partial void LogOtherVersion(string fault);
}
