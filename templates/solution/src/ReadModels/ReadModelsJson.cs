using System.Text.Json;
using System.Text.Json.Serialization;
using Orderly.ReadModels.Commands;
using Orderly.ReadModels.Tickets;

namespace Orderly.ReadModels;

/// <summary>The JSON of the documents, in the view store and towards clients alike.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, NumberHandling = JsonNumberHandling.Strict)]
[JsonSerializable(typeof(TicketDetails))]
[JsonSerializable(typeof(CommandTrace))]
public sealed partial class ReadModelsJson : JsonSerializerContext;
