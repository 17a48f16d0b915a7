using FluentValidation;
using Orderly.Access;
using Orderly.Domain.Deciding;
using Orderly.Domain.Validation;

namespace Orderly.Domain.ApiKeys;

/// <summary>A new API key. A revoked key's id is not given out again.</summary>
/// <param name="Name">What the key is for, for people.</param>
/// <param name="Scopes">What it may do: some of <see cref="Orderly.Access.Scopes.OfKeys"/>, each once.</param>
/// <param name="ExpiresAt">From then on it is not accepted; kept to the millisecond. Null: it does not expire.</param>
/// <param name="SecretHash">See <see cref="ApiKeySecrets.HashOf"/>: the secret itself never comes here.</param>
public sealed record IssueApiKey(string KeyId, string Name, IReadOnlyList<string> Scopes, DateTimeOffset? ExpiresAt, string SecretHash)
    : Command<ApiKey>
{
    public override string AggregateId => KeyId;

    public override string? Chance => SecretHash;

    internal DateTimeOffset? Expiry => ExpiresAt is { } at ? CommandContext.WholeMilliseconds(at.ToUniversalTime()) : null;

    public override bool IsAllowedTo(Caller caller) => caller.Has(Orderly.Access.Scopes.KeysWrite);

    public override Decision Decide(ApiKey state)
        => state.Status != ApiKeyStatus.Unknown
            ? Refusal.AlreadyExists("API key", KeyId)
            : Decision.Accept(new ApiKeyIssued(KeyId, Name, Scopes, SecretHash, Expiry, Context.At));
}

public sealed class IssueApiKeyValidator : AbstractValidator<IssueApiKey>
{
    private static readonly string s_scopesMessage = $"must be one or more of {string.Join(", ", Scopes.OfKeys)}, each once.";

    public IssueApiKeyValidator()
    {
        RuleFor(command => command.KeyId).ValidId();
        RuleFor(command => command.Name).RequiredText(200);
        RuleFor(command => command.Scopes).Must(AreScopes).WithMessage(s_scopesMessage);
        RuleFor(command => command.ExpiresAt).Must((command, _) => command.Expiry is null || command.Expiry > command.Context.At)
            .WithMessage("must be a time in ISO 8601 that is still to come, such as 2030-01-31T12:00:00Z.");
        RuleFor(command => command.SecretHash).ValidSecretHash();
    }

    private static bool AreScopes(IReadOnlyList<string>? scopes)
        => scopes is { Count: > 0 } && scopes.Count <= Scopes.OfKeys.Count && scopes.All(Scopes.OfKeys.Contains)
            && scopes.Distinct(StringComparer.Ordinal).Count() == scopes.Count;
}
