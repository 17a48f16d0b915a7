using Orderly.Domain.ApiKeys;
using Orderly.Domain.EventStore;
using Orderly.ReadModels.ApiKeys;
using Orderly.ReadModels.ViewStore;
using Orderly.Subscriptions;

namespace Orderly.Projections;

/// <summary>api-keys: one API key as it is now, from the key's stream.</summary>
public sealed class ApiKeysProjection : IProjection<ApiKeyDocument>
{
    public View<ApiKeyDocument> View => ApiKeyDocument.View;

    public EventFilter Filter { get; } = EventFilter.ByStreamPrefix("apikey-");

    public IReadOnlyList<string> DocumentIdsOf(EventEnvelope envelope) => envelope.Event is IApiKeyEvent e ? [e.KeyId] : [];

    public ApiKeyDocument? Project(string id, ApiKeyDocument? document, EventEnvelope envelope)
    {
        var key = envelope.Event is ApiKeyIssued e
            ? new ApiKeyDocument(id, e.Name, e.Scopes, "active", e.IssuedAt, e.ExpiresAt, null, null, null, null, 0)
            : document;
        return key is null ? null : Step(key, envelope.Event) with { Revision = envelope.Recorded.Revision };
    }

    private static ApiKeyDocument Step(ApiKeyDocument key, object @event) => @event switch
    {
        ApiKeyRotated e => key with { RotatedAt = e.RotatedAt, OldValidUntil = e.OldValidUntil },
        ApiKeyRevoked e => key with { Status = "revoked", RevokedAt = e.RevokedAt },
        ApiKeyUsed e => key with { LastUsedAt = e.UsedAt },
        _ => key,
    };
}
