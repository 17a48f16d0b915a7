using FluentValidation;
using Orderly.Access;
using Orderly.Domain.Deciding;
using Orderly.Domain.Validation;

namespace Orderly.Domain.ApiKeys;

/// <summary>The API key is accepted no longer, with none of its secrets. Revoking twice is revoking once.</summary>
public sealed record RevokeApiKey(string KeyId) : Command<ApiKey>
{
    public override string AggregateId => KeyId;

    public override bool IsAllowedTo(Caller caller) => caller.Has(Scopes.KeysWrite);

    public override Decision Decide(ApiKey state) => state.Status switch
    {
        ApiKeyStatus.Unknown => Refusal.NotFound("API key", KeyId),
        ApiKeyStatus.Revoked => Decision.Nothing,
        _ => Decision.Accept(new ApiKeyRevoked(KeyId, Context.At)),
    };
}

public sealed class RevokeApiKeyValidator : AbstractValidator<RevokeApiKey>
{
    public RevokeApiKeyValidator() => RuleFor(command => command.KeyId).ValidId();
}
