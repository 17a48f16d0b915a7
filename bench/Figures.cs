using System.Text.Json;
using System.Text.Json.Serialization;

namespace Orderly.Bench;

/// <summary>One measured number.</summary>
/// <param name="Name">What was measured.</param>
/// <param name="Unit">Such as <c>commands/s</c>, <c>ms</c> or <c>MB</c>.</param>
public sealed record Figure(string Name, string Unit, double Value);

/// <summary>The figures of one run of one workload.</summary>
public sealed record WorkloadRun(string Workload, IReadOnlyList<Figure> Figures);

/// <summary>What the program writes as JSON.</summary>
public sealed record BenchReport(DateTimeOffset At, string Machine, int Processors, string Runtime, IReadOnlyList<WorkloadRun> Runs);

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, WriteIndented = false)]
[JsonSerializable(typeof(WorkloadRun))]
[JsonSerializable(typeof(BenchReport))]
internal sealed partial class BenchJson : JsonSerializerContext;
