using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Orderly.Domain.Deciding;

namespace Orderly.Domain.ApiKeys;

/// <summary>An event about an API key.</summary>
public interface IApiKeyEvent : IEvent
{
    string KeyId { get; }
}

/// <param name="Scopes">What the key may do: some of <see cref="Orderly.Access.Scopes.OfKeys"/>.</param>
/// <param name="SecretHash">See <see cref="ApiKeySecrets.HashOf"/>.</param>
/// <param name="ExpiresAt">From then on the key is not accepted; null: it does not expire.</param>
public sealed record ApiKeyIssued(
    string KeyId, string Name, IReadOnlyList<string> Scopes, string SecretHash, DateTimeOffset? ExpiresAt, DateTimeOffset IssuedAt)
    : IApiKeyEvent;

/// <summary>The key has a new secret. Of the earlier ones, only the last is accepted for a while.</summary>
/// <param name="SecretHash">The new one's.</param>
/// <param name="OldValidUntil">From then on the last one is not accepted.</param>
public sealed record ApiKeyRotated(string KeyId, string SecretHash, DateTimeOffset OldValidUntil, DateTimeOffset RotatedAt) : IApiKeyEvent;

public sealed record ApiKeyRevoked(string KeyId, DateTimeOffset RevokedAt) : IApiKeyEvent;

/// <summary>The key was used, for the first time on a day.</summary>
public sealed record ApiKeyUsed(string KeyId, DateTimeOffset UsedAt) : IApiKeyEvent;

/// <summary>What a program says who it is with: <c>unknown → active → revoked</c>. An active one expires by time alone.</summary>
/// <param name="Scopes">What it may do.</param>
/// <param name="ExpiresAt">From then on it is not accepted; null: it does not expire.</param>
/// <param name="SecretHash">Of the secret that it has now.</param>
/// <param name="Old">The secret before that, while it is accepted; null when there was none.</param>
/// <param name="LastUsedAt">The first use on the last day on which it was used; null: it was never used.</param>
public sealed record ApiKey(
    ApiKeyStatus Status, string Name, IReadOnlyList<string> Scopes, DateTimeOffset? ExpiresAt, string SecretHash, OldSecret? Old,
    DateTimeOffset? LastUsedAt) : IAggregate<ApiKey>
{
    public static string Category => "apikey";

    public static ApiKey Initial { get; } = new(ApiKeyStatus.Unknown, "", [], null, "", null, null);

    public static ApiKey Evolve(ApiKey key, object @event) => @event switch
    {
        ApiKeyIssued e => new ApiKey(ApiKeyStatus.Active, e.Name, e.Scopes, e.ExpiresAt, e.SecretHash, null, null),
        ApiKeyRotated e => key with { SecretHash = e.SecretHash, Old = new OldSecret(key.SecretHash, e.OldValidUntil) },
        ApiKeyRevoked => key with { Status = ApiKeyStatus.Revoked },
        ApiKeyUsed e => key with { LastUsedAt = e.UsedAt },
        _ => key,
    };

    /// <summary>Whether it is neither revoked nor expired.</summary>
    public bool IsActive(DateTimeOffset now) => Status == ApiKeyStatus.Active && !(ExpiresAt <= now);

    /// <summary>Whether whoever has this secret may use the key. How long that takes does not tell how much of the hash is right.</summary>
    /// <param name="secretHash">See <see cref="ApiKeySecrets.HashOf"/>.</param>
    public bool Accepts(string secretHash, DateTimeOffset now)
    {
        var isCurrent = IsSame(SecretHash, secretHash);
        var isOld = Old is { } old && IsSame(old.Hash, secretHash) && now < old.ValidUntil;
        return (isCurrent || isOld) && IsActive(now);
    }

    private static bool IsSame(string hash, string given)
        => CryptographicOperations.FixedTimeEquals(MemoryMarshal.AsBytes(hash.AsSpan()), MemoryMarshal.AsBytes(given.AsSpan()));
}

/// <summary>A secret that was replaced.</summary>
/// <param name="ValidUntil">From then on it is not accepted.</param>
public sealed record OldSecret(string Hash, DateTimeOffset ValidUntil);

public enum ApiKeyStatus
{
    Unknown,
    Active,
    Revoked,
}
