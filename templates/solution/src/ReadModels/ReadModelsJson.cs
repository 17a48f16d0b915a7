using System.Text.Json;
using System.Text.Json.Serialization;
using Orderly.ReadModels.Commands;

namespace Orderly.ReadModels;

/// <summary>The JSON of the documents that the engine keeps for itself. Each view has a context of its own.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, NumberHandling = JsonNumberHandling.Strict)]
[JsonSerializable(typeof(CommandTrace))]
public sealed partial class ReadModelsJson : JsonSerializerContext;
