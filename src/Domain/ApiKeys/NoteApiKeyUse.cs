using FluentValidation;
using Orderly.Domain.Deciding;
using Orderly.Domain.Validation;

namespace Orderly.Domain.ApiKeys;

/// <summary>The API key is used. Only the first use on a day (UTC) is an event: the log does not grow with the requests.</summary>
public sealed record NoteApiKeyUse(string KeyId) : Command<ApiKey>
{
    public override string AggregateId => KeyId;

    public override Decision Decide(ApiKey state)
        => !state.IsActive(Context.At) || (state.LastUsedAt is { } last && DayOf(Context.At) <= DayOf(last))
            ? Decision.Nothing
            : Decision.Accept(new ApiKeyUsed(KeyId, Context.At));

    private static DateOnly DayOf(DateTimeOffset time) => DateOnly.FromDateTime(time.UtcDateTime);
}

public sealed class NoteApiKeyUseValidator : AbstractValidator<NoteApiKeyUse>
{
    public NoteApiKeyUseValidator() => RuleFor(command => command.KeyId).ValidId();
}
