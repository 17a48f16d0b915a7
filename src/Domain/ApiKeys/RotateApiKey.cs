using FluentValidation;
using Orderly.Access;
using Orderly.Domain.Deciding;
using Orderly.Domain.Validation;

namespace Orderly.Domain.ApiKeys;

/// <summary>The API key gets a new secret. The last one is accepted for a while still; the one before that is not any more.</summary>
/// <param name="SecretHash">See <see cref="ApiKeySecrets.HashOf"/>: the secret itself never comes here.</param>
/// <param name="Overlap">How long the last secret is accepted still: 30 days at most.</param>
public sealed record RotateApiKey(string KeyId, string SecretHash, TimeSpan Overlap) : Command<ApiKey>
{
    /// <summary>The longest overlap.</summary>
    public const int MaxOverlapHours = 30 * 24;

    public override string AggregateId => KeyId;

    public override string? Chance => SecretHash;

    public override bool IsAllowedTo(Caller caller) => caller.Has(Scopes.KeysWrite);

    public override Decision Decide(ApiKey state) => state.Status switch
    {
        ApiKeyStatus.Unknown => Refusal.NotFound("API key", KeyId),
        ApiKeyStatus.Revoked => Refusal.InvalidTransition("API key", "revoked", "rotate"),
        _ when !state.IsActive(Context.At) => Refusal.InvalidTransition("API key", "expired", "rotate"),
        _ => Decision.Accept(new ApiKeyRotated(KeyId, SecretHash, Context.At + Overlap, Context.At)),
    };
}

public sealed class RotateApiKeyValidator : AbstractValidator<RotateApiKey>
{
    private static readonly string s_overlapMessage = FormattableString.Invariant($"must be from 0 to {RotateApiKey.MaxOverlapHours}.");

    public RotateApiKeyValidator()
    {
        RuleFor(command => command.KeyId).ValidId();
        RuleFor(command => command.SecretHash).ValidSecretHash();

        // Clients give it in hours, and look for the error there.
        RuleFor(command => command.Overlap).Must(overlap => overlap >= TimeSpan.Zero && overlap.TotalHours <= RotateApiKey.MaxOverlapHours)
            .WithMessage(s_overlapMessage).OverridePropertyName("OverlapHours");
    }
}
