using System.Text.Json;
using System.Text.Json.Serialization;

namespace Orderly.Demo;

/// <summary>In milliseconds, to 5 %; <paramref name="Max"/> is exact.</summary>
internal sealed record DemoLatency(double P50, double P95, double P99, double Max);

/// <summary>The requests of one kind.</summary>
/// <param name="Accepted">With those that were answered from the log, since they had been sent before.</param>
/// <param name="Refused">Answered with 409: too late, or not yet.</param>
internal sealed record DemoRequests(string Kind, long Accepted, long Refused, DemoLatency Milliseconds);

/// <summary>What became of the orders with one flaw, or none.</summary>
internal sealed record DemoOutcomes(DemoFlaw Flaw, IReadOnlyDictionary<string, long> Orders);

/// <summary>What a demo has done.</summary>
/// <param name="Prefix">What the ids of its customers and orders begin with.</param>
/// <param name="Validation">From an order's acceptance to the answer that it is confirmed or rejected.</param>
/// <param name="Retries">How often a request was sent again, by reason.</param>
/// <param name="Problems">Answers that a shop does not expect, by what they say.</param>
internal sealed record DemoReport(
    string Prefix,
    double Seconds,
    double OrdersPerSecond,
    IReadOnlyList<DemoOutcomes> Outcomes,
    IReadOnlyList<DemoRequests> Requests,
    DemoLatency Validation,
    IReadOnlyDictionary<string, long> Retries,
    IReadOnlyDictionary<string, long> Problems);

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, WriteIndented = true, UseStringEnumConverter = true)]
[JsonSerializable(typeof(DemoReport))]
internal sealed partial class DemoJson : JsonSerializerContext;
