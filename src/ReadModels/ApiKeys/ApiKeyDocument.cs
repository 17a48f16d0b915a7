using System.Text.Json;
using System.Text.Json.Serialization;
using Orderly.ReadModels.ViewStore;

namespace Orderly.ReadModels.ApiKeys;

/// <summary>One API key, without anything of its secrets: the document of the view <c>api-keys</c>, by the key's id.</summary>
/// <param name="Name">What the key is for.</param>
/// <param name="Scopes">What it may do.</param>
/// <param name="Status">active or revoked. Whether an active key has expired, <paramref name="ExpiresAt"/> tells.</param>
/// <param name="ExpiresAt">From then on it is not accepted; null: it does not expire.</param>
/// <param name="RotatedAt">When it got the secret that it has now; null: it is the first one.</param>
/// <param name="OldValidUntil">From then on the secret before is not accepted; null: there was none.</param>
/// <param name="RevokedAt">Null unless it was revoked.</param>
/// <param name="LastUsedAt">The first use on the last day (UTC) on which it was used; null: it was never used.</param>
/// <param name="Revision">The revision of the key's stream, for <c>If-Match</c>.</param>
public sealed record ApiKeyDocument(
    string KeyId, string Name, IReadOnlyList<string> Scopes, string Status, DateTimeOffset IssuedAt, DateTimeOffset? ExpiresAt,
    DateTimeOffset? RotatedAt, DateTimeOffset? OldValidUntil, DateTimeOffset? RevokedAt, DateTimeOffset? LastUsedAt, long Revision)
{
    public static View<ApiKeyDocument> View { get; } = new("api-keys", 1, ApiKeysJson.Default.ApiKeyDocument);
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, NumberHandling = JsonNumberHandling.Strict)]
[JsonSerializable(typeof(ApiKeyDocument))]
public sealed partial class ApiKeysJson : JsonSerializerContext;
