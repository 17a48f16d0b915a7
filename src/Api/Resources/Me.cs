using Orderly.Api.Access;
using Orderly.Api.OpenApi;

namespace Orderly.Api.Resources;

/// <summary>Who the caller is to the service.</summary>
internal sealed class Me : IResource
{
    public ResourceDoc Doc => new("Me", "Who the caller is.") { Place = 86 };

    public void Map(IEndpointRouteBuilder routes)
        => routes.MapRead("/me", (HttpContext http) => JsonAnswer.Of(MeAnswer.Of(http.Caller()), PageJson.Default.MeAnswer))
            .WithName("getMe")
            .Needs()
            .Reads<MeAnswer>("Who the caller is, and what they may do.", Examples.Me);
}

/// <summary>Who the caller is.</summary>
/// <param name="Actor">As the metadata of events says it: anonymous, user:SUBJECT, client:ID or key:ID.</param>
/// <param name="Issuer">Who vouches for it; null for an API key.</param>
/// <param name="AccountId">The account that is the caller's own; null: none.</param>
/// <param name="Scopes">What the caller may do, in the order of their names.</param>
internal sealed record MeAnswer(string Actor, string? Issuer, string? AccountId, IReadOnlyList<string> Scopes)
{
    public static MeAnswer Of(Orderly.Access.Caller caller)
        => new(
            caller.Actor, caller.Details?.Issuer, caller.OwnAccountId, [.. caller.Scopes.Order(StringComparer.Ordinal)]);
}
