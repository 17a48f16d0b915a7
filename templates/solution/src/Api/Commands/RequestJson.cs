using System.Text.Json;
using System.Text.Json.Serialization;

namespace Orderly.Api.Commands;

/// <summary>
/// How the JSON of requests is read: exact names, no unknown and no repeated fields, numbers as numbers. Each resource has a context with
/// these options; this one has no requests of its own.
/// </summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    NumberHandling = JsonNumberHandling.Strict, AllowDuplicateProperties = false,
    Converters = [typeof(WholeNumberConverter), typeof(AmountConverter)])]
[JsonSerializable(typeof(JsonElement))]
internal sealed partial class RequestJson : JsonSerializerContext, IRequestJson;
