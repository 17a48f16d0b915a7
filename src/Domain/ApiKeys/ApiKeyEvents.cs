using System.Text.Json;
using System.Text.Json.Serialization;
using Orderly.Domain.Serialization;

namespace Orderly.Domain.ApiKeys;

/// <summary>An API key's events by their names in the log.</summary>
internal sealed class ApiKeyEvents : IEventNames
{
    public void AddTo(EventTypes.Builder types) => types
        .Add("api-key-issued.v1", ApiKeyEventsJson.Default.ApiKeyIssued)
        .Add("api-key-rotated.v1", ApiKeyEventsJson.Default.ApiKeyRotated)
        .Add("api-key-revoked.v1", ApiKeyEventsJson.Default.ApiKeyRevoked)
        .Add("api-key-used.v1", ApiKeyEventsJson.Default.ApiKeyUsed);
}

[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web, NumberHandling = JsonNumberHandling.Strict, RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(ApiKeyIssued))]
[JsonSerializable(typeof(ApiKeyRotated))]
[JsonSerializable(typeof(ApiKeyRevoked))]
[JsonSerializable(typeof(ApiKeyUsed))]
public sealed partial class ApiKeyEventsJson : JsonSerializerContext;
