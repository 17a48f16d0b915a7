using System.Text.Json;
using System.Text.Json.Serialization;
using Orderly.Domain.EventStore;
using Orderly.ReadModels.ViewStore;

namespace Orderly.Worker.Commands;

/// <summary>One projection, as <c>status</c> shows it.</summary>
/// <param name="State">not-started, catching-up, live or faulted.</param>
/// <param name="Owner">The worker that keeps it; null when none does.</param>
/// <param name="Lag">Log positions between it and the end of the log.</param>
internal sealed record ProjectionStatus(
    string Name, int Version, int? Generation, string State, string? Owner, long Position, long Lag, string? Fault, DateTimeOffset? UpdatedAt)
{
    public static async Task<IReadOnlyList<ProjectionStatus>> ReadAsync(
        IEnumerable<View> views, IEventStore log, IViewStore store, CancellationToken cancellationToken)
    {
        var generations = await store.ReadGenerationsAsync(cancellationToken);
        var head = (await log.ReadHeadAsync(cancellationToken)).Value;
        return [.. views.Select(view => Of(view, generations.SingleOrDefault(one => one.IsLive && one.View == view.Name), head))];
    }

    private static ProjectionStatus Of(View view, ViewGeneration? live, long head)
    {
        if (live is null)
        {
            return new ProjectionStatus(view.Name, view.Version, null, "not-started", null, 0, head, null, null);
        }

        var state = live.Fault is not null ? "faulted" : live.Position >= head ? "live" : "catching-up";
        return new ProjectionStatus(
            view.Name, live.Version, live.Number, state, live.Owner, live.Position, Math.Max(0, head - live.Position), live.Fault, live.UpdatedAt);
    }
}

/// <summary>What <c>replay</c> did.</summary>
internal sealed record ReplayReport(string Name, int Generation, long Position, long Events, double Seconds, double EventsPerSecond);

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, WriteIndented = true)]
[JsonSerializable(typeof(IReadOnlyList<ProjectionStatus>))]
[JsonSerializable(typeof(IReadOnlyList<ReplayReport>))]
internal sealed partial class WorkerJson : JsonSerializerContext;
