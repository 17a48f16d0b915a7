using Orderly.Domain.EventStore;
using Orderly.ReadModels.ViewStore;

namespace Orderly.Api.Queries;

/// <param name="NextCursor">Always null: all projections fit on one page.</param>
internal sealed record ProjectionList(IReadOnlyList<ProjectionStatus> Items, string? NextCursor);

/// <summary>How far a projection is.</summary>
/// <param name="Name">The view's name.</param>
/// <param name="Version">The version of the view that built what queries read.</param>
/// <param name="State">live, catching-up or faulted.</param>
/// <param name="Position">The log position up to which its documents hold all events.</param>
/// <param name="Lag">How far that is from the log's end, in the store's own measure; 0 when it is there.</param>
/// <param name="Parked">How many events were set aside. No event is: a projection that can't apply one stops, faulted, before it.</param>
/// <param name="Fault">Why it can't go on; null when it can.</param>
/// <param name="Generation">Counts the builds of the view.</param>
/// <param name="UpdatedAt">When it last moved or reported a fault.</param>
internal sealed record ProjectionStatus(
    string Name, int Version, string State, string Position, long Lag, long Parked, string? Fault, int Generation, DateTimeOffset UpdatedAt)
{
    public static ProjectionStatus Of(ViewGeneration generation, LogPosition head)
    {
        var position = new LogPosition(generation.Position);
        var state = generation.Fault is not null ? "faulted" : position >= head ? "live" : "catching-up";
        return new ProjectionStatus(
            generation.View,
            generation.Version,
            state,
            position.ToString(),
            Math.Max(0, head.Value - position.Value),
            0,
            generation.Fault,
            generation.Number,
            generation.UpdatedAt);
    }
}
