using Orderly.Domain.EventStore;
using Orderly.Hosting;
using Orderly.ReadModels.ViewStore;
using Orderly.ReadModels.Waiting;
using Orderly.Subscriptions;
using Orderly.Subscriptions.Operating;

namespace Orderly.Api.Resources;

/// <summary>
/// Whether this process can serve requests, from what really happened last. What has failed, or is not asked since it failed, is tried once
/// more: a process that is not ready gets no requests that could show that it is.
/// </summary>
internal sealed partial class Readiness(
    IEventStore events, IViewStore views, IViewReader reader, ViewProgress progress, IViewOrigins origins, AppendOutcome appends,
    StoreCircuits circuits, StoreFaults faults, IEnumerable<IProjectionWorker> workers, OrderlyOptions options, TimeProvider time,
    ILogger<Readiness> logger)
{
    /// <summary>How long the stores have to answer.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private readonly HashSet<string> _processes = [.. workers.Where(worker => worker.IsProcess).Select(worker => worker.View.Name)];

    /// <summary>What is missing, by what it is missing of, and what an operator should look at.</summary>
    public async Task<(IReadOnlyDictionary<string, string[]> Errors, List<string> Warnings)> CheckAsync(CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(Patience);
        var errors = new Dictionary<string, string[]>(StringComparer.Ordinal);
        List<string> warnings = [];
        await CheckAsync("eventStore", CanWriteAsync);
        await CheckAsync("viewStore", token => FollowsAsync(warnings, token));
        if (errors.Count == 0)
        {
            await CheckAsync("views", AreCurrentAsync);
        }

        return (errors, warnings);

        async Task CheckAsync(string name, Func<CancellationToken, Task<string?>> check)
        {
            try
            {
                if (await check(patience.Token) is { } error)
                {
                    errors[name] = [error];
                }
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                errors[name] = ["did not answer in time."];
            }
            catch (Exception e) when (e is EventStoreUnavailableException or ViewStoreUnavailableException)
            {
                LogUnavailable(name, e.Message);
                errors[name] = ["can't be reached or written."];
            }
        }
    }

    private async Task<string?> CanWriteAsync(CancellationToken cancellationToken)
    {
        await events.ReadHeadAsync(cancellationToken);
        if (appends.HasFailed || circuits.EventStore.IsOpen)
        {
            await events.ProbeAsync(cancellationToken);
        }

        return null;
    }

    /// <summary>
    /// What a view store shows now has to reach this process's own knowledge of it soon, and its workers have to reach the store.
    /// </summary>
    private async Task<string?> FollowsAsync(List<string> warnings, CancellationToken cancellationToken)
    {
        foreach (var generation in (await reader.ReadGenerationsAsync(cancellationToken)).Where(generation => generation.IsLive))
        {
            if (generation.Partitions.Any(partition => partition.Parked > 0))
            {
                warnings.Add($"'{generation.View}' has parked events.");
            }

            if (generation.Partitions.Any(partition => partition.Fault is not null))
            {
                warnings.Add($"'{generation.View}' can't go on.");
            }

            if (!await progress.WaitAsync(generation.View, generation.Position, Patience / 2, cancellationToken))
            {
                return $"the progress of '{generation.View}' is not followed.";
            }
        }

        return faults.Names is { Count: > 0 } names ? $"a store could not be reached or written for: {string.Join(", ", names)}." : null;
    }

    /// <summary>A view of another log can't say what became of a command, and one that is far behind says what was.</summary>
    private async Task<string?> AreCurrentAsync(CancellationToken cancellationToken)
    {
        List<string> others = [], late = [];
        foreach (var one in (await ProjectionStatus.ReadAsync(events, views, time, cancellationToken)).Where(one => one.IsLive))
        {
            if (await origins.FindFaultAsync(one.Name, isAsked: true, cancellationToken) is not null)
            {
                others.Add(one.Name);
            }
            else if (!_processes.Contains(one.Name) && one.LagSeconds > options.MaxViewLag.TotalSeconds)
            {
                late.Add(one.Name);
            }
        }

        return others.Count > 0 ? $"of another log than the one that is there: {string.Join(", ", others)}."
            : late.Count > 0 ? $"too far behind: {string.Join(", ", late)}."
            : null;
    }

    [LoggerMessage(4010, LogLevel.Warning, "Not ready: {Check} can't be reached or written. {Reason}")]
    private partial void LogUnavailable(string check, string reason);
}
