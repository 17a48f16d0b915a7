using System.Text.Json;
using System.Text.Json.Serialization;
using Orderly.Processes.Checks;
using Orderly.Processes.Email;
using Orderly.Processes.Payments;
using Orderly.Subscriptions;

namespace Orderly.Processes;

/// <summary>The JSON of what processes remember.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, NumberHandling = JsonNumberHandling.Strict)]
[JsonSerializable(typeof(Stateless))]
[JsonSerializable(typeof(FraudSessions))]
[JsonSerializable(typeof(OrderValidation))]
[JsonSerializable(typeof(OrderLedger))]
[JsonSerializable(typeof(AwaitedPayment))]
[JsonSerializable(typeof(OrderCorrespondence))]
public sealed partial class ProcessesJson : JsonSerializerContext;
