using System.Text.Json.Serialization;
using Orderly.Api.Resources;

namespace Orderly.Api.Commands;

/// <summary>The JSON of requests: exact names, no unknown and no repeated fields, numbers as numbers.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    NumberHandling = JsonNumberHandling.Strict, AllowDuplicateProperties = false,
    Converters = [typeof(WholeNumberConverter), typeof(AmountConverter)])]
[JsonSerializable(typeof(OpenTicketRequest))]
[JsonSerializable(typeof(AnswerTicketRequest))]
[JsonSerializable(typeof(CloseTicketRequest))]
internal sealed partial class RequestJson : JsonSerializerContext, IRequestJson;
