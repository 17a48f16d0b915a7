using System.Text.Json.Serialization;
using Orderly.Domain.EventStore;
using Orderly.ReadModels.ViewStore;

namespace Orderly.Subscriptions.Operating;

/// <summary>How far one generation of a view is.</summary>
/// <param name="Name">The view's name.</param>
/// <param name="Version">The version of the view that builds it.</param>
/// <param name="Generation">Counts the builds of the view.</param>
/// <param name="State">
/// Of what queries read: <c>live</c> when it holds all events, <c>catching-up</c> when it does not, <c>faulted</c> when it can't
/// go on. Of others: <c>building</c>, <c>faulted</c>, <c>retired</c>, and <c>apart</c> when it is of a view that has nothing live,
/// built for a look at it.
/// </param>
/// <param name="Position">The log position up to which its documents hold all events.</param>
/// <param name="Lag">How far that is from the log's end, in the store's own measure; 0 when it is there.</param>
/// <param name="LagSeconds">How long the first event that it does not hold has been in the log; 0 when there is none.</param>
/// <param name="Parked">How many events are set aside in it, without those that wait behind them.</param>
/// <param name="Fault">Why it can't go on; null when it can.</param>
/// <param name="Partitions">How many partitions it has.</param>
/// <param name="Owners">The workers that keep its partitions, by partition; null where none does.</param>
/// <param name="UpdatedAt">When it last moved or reported a fault.</param>
public sealed record ProjectionStatus(
    string Name,
    int Version,
    int Generation,
    string State,
    string Position,
    long Lag,
    double LagSeconds,
    int Parked,
    string? Fault,
    int Partitions,
    IReadOnlyList<string?> Owners,
    DateTimeOffset UpdatedAt)
{
    /// <summary>Whether queries read it.</summary>
    [JsonIgnore]
    public bool IsLive { get; private init; }

    /// <summary>Of all generations, by name and number.</summary>
    public static async Task<IReadOnlyList<ProjectionStatus>> ReadAsync(
        IEventStore log, IViewStore views, TimeProvider time, CancellationToken cancellationToken)
    {
        // The log's end first: a view that is seen afterwards at that position or a later one is live.
        var head = await log.ReadHeadAsync(cancellationToken).ConfigureAwait(false);
        var generations = await views.ReadGenerationsAsync(cancellationToken).ConfigureAwait(false);
        Dictionary<long, double> lags = [];
        foreach (var position in generations.Where(one => IsFollowing(one, generations) && one.Position < head.Value)
            .Select(one => one.Position)
            .Distinct())
        {
            await foreach (var next in log.ReadAllAsync(new LogPosition(position), EventFilter.Everything, 1, cancellationToken)
                .ConfigureAwait(false))
            {
                lags[position] = Math.Max(0, Math.Round((time.GetUtcNow() - next.RecordedAt).TotalSeconds, 3));
            }
        }

        var check = new LogCheck(log);
        List<ProjectionStatus> status = [];
        foreach (var generation in generations)
        {
            // An event that can't be read is parked in every partition, and is one event all the same.
            var parked = IsFollowing(generation, generations) && generation.Partitions.Any(partition => partition.Parked > 0)
                ? await ParkedItem.ReadAsync(views, generation, cancellationToken).ConfigureAwait(false)
                : [];
            // Of the stores themselves: there may be no worker to note it.
            var fault = IsFollowing(generation, generations)
                ? await check.FindFaultAsync(generation.Partitions, cancellationToken).ConfigureAwait(false)
                : null;
            status.Add(Of(
                generation, IsFollowing(generation, generations), head.Value, lags.GetValueOrDefault(generation.Position), parked.Count,
                fault));
        }

        return status;
    }

    /// <summary>Whether it is to be brought to the end of the log, and what is parked in it is somebody's business.</summary>
    private static bool IsFollowing(ViewGeneration generation, IReadOnlyList<ViewGeneration> all)
        => generation.State != GenerationState.Retired && all.Any(one => one.View == generation.View && one.IsLive);

    private static ProjectionStatus Of(ViewGeneration generation, bool isFollowing, long head, double lagSeconds, int parked, string? fault)
    {
        fault ??= generation.Partitions.Select(partition => partition.Fault).FirstOrDefault(one => one is not null);
        var state = generation.State switch
        {
            GenerationState.Retired => "retired",
            _ when !isFollowing => "apart",
            _ when fault is not null => "faulted",
            GenerationState.Building => "building",
            _ => generation.Position >= head ? "live" : "catching-up",
        };
        return new ProjectionStatus(
            generation.View, generation.Version, generation.Number, state, new LogPosition(generation.Position).ToString(),
            isFollowing ? Math.Max(0, head - generation.Position) : 0, isFollowing ? lagSeconds : 0, parked, fault,
            generation.Partitions.Count, [.. generation.Partitions.Select(partition => partition.Owner)],
            generation.Partitions.Max(partition => partition.UpdatedAt))
        {
            IsLive = generation.IsLive,
        };
    }
}
