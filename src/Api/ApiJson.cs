using System.Text.Json;
using System.Text.Json.Serialization;
using Orderly.Api.Commands;
using Orderly.Api.Problems;
using Orderly.Api.Queries;
using Orderly.Api.Resources;

namespace Orderly.Api;

/// <summary>The JSON of the answers that are not documents of a view.</summary>
[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web, NumberHandling = JsonNumberHandling.Strict, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ProblemBody))]
[JsonSerializable(typeof(CommandAnswer))]
[JsonSerializable(typeof(ApiKeyAnswer))]
[JsonSerializable(typeof(HealthAnswer))]
internal sealed partial class ApiJson : JsonSerializerContext;

/// <summary>The JSON of answers whose members are always there, null or not.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, NumberHandling = JsonNumberHandling.Strict)]
[JsonSerializable(typeof(ProjectionList))]
[JsonSerializable(typeof(ParkedList))]
[JsonSerializable(typeof(ParkedAsk))]
[JsonSerializable(typeof(HistoryPage))]
[JsonSerializable(typeof(MeAnswer))]
[JsonSerializable(typeof(ApiKeyPage))]
internal sealed partial class PageJson : JsonSerializerContext;
