using System.Text.Json;
using System.Text.Json.Serialization;

namespace Orderly.Processes;

/// <summary>The JSON of what processes remember.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, NumberHandling = JsonNumberHandling.Strict)]
[JsonSerializable(typeof(AnsweredTicket))]
public sealed partial class ProcessesJson : JsonSerializerContext;
