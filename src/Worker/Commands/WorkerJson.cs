using System.Text.Json;
using System.Text.Json.Serialization;
using Orderly.Subscriptions;
using Orderly.Subscriptions.Operating;

namespace Orderly.Worker.Commands;

/// <summary>What <c>replay</c> did.</summary>
/// <param name="Name">The view that was built.</param>
/// <param name="Position">Where it is.</param>
internal sealed record ReplayReport(string Name, int Generation, string Position, double Seconds);

/// <summary>What <c>verify</c> found in one view.</summary>
/// <param name="LostEvents">Events that the view holds and the log can't show any more.</param>
internal sealed record VerifyReport(
    string Name, string Position, long Documents, IReadOnlyList<ViewDifference> Differences, IReadOnlyList<LostEvent> LostEvents);

/// <summary>An event that can't be read any more.</summary>
internal sealed record LostEvent(string Position, string Stream, long Revision, string? Reason);

/// <summary>What <c>parked retry</c> and <c>parked skip</c> asked for.</summary>
/// <param name="Position">Null when it was for several events of the view.</param>
internal sealed record AskReport(string Name, string? Position, string Action, int Events);

/// <summary>What <c>repartition</c> and <c>rollback</c> left.</summary>
internal sealed record GenerationReport(string Name, int Generation, int Version, string State, int Partitions, string Position);

/// <summary>What <c>check log</c> found.</summary>
/// <param name="Position">The last position that was looked at.</param>
internal sealed record CheckReport(string Position, long Events, long Erased, double Seconds, IReadOnlyList<CheckFault> Faults);

/// <summary>Something that is not as it was written.</summary>
/// <param name="Position">Where it is in the log; null: in the file as a whole.</param>
internal sealed record CheckFault(string? Position, string? Stream, long? Revision, string Reason);

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, WriteIndented = true, UseStringEnumConverter = true)]
[JsonSerializable(typeof(IReadOnlyList<ProjectionStatus>))]
[JsonSerializable(typeof(IReadOnlyList<ReplayReport>))]
[JsonSerializable(typeof(IReadOnlyList<VerifyReport>))]
[JsonSerializable(typeof(IReadOnlyList<ParkedItem>))]
[JsonSerializable(typeof(IReadOnlyList<GenerationReport>))]
[JsonSerializable(typeof(AskReport))]
[JsonSerializable(typeof(IReadOnlyList<AskReport>))]
[JsonSerializable(typeof(CheckReport))]
[JsonSerializable(typeof(IssuedKey))]
internal sealed partial class WorkerJson : JsonSerializerContext;
