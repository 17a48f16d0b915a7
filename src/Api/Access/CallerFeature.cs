using Orderly.Access;
using Orderly.Api.Problems;

namespace Orderly.Api.Access;

/// <summary>Who sends a request, as far as that was found out.</summary>
/// <param name="Caller">Whoever it is; <see cref="Caller.Unknown"/> when it is not known.</param>
/// <param name="Refusal">What to answer where it has to be known; null when it is.</param>
internal sealed record CallerFeature(Caller Caller, Problem? Refusal);

internal static class HttpCallers
{
    private const string Realm = "Bearer realm=\"orderly\"";

    /// <summary>Who sends the request.</summary>
    public static Caller Caller(this HttpContext http) => http.Features.Get<CallerFeature>()?.Caller ?? Orderly.Access.Caller.Unknown;

    /// <summary>Refuses what the caller may not do.</summary>
    public static Problem Forbid(this HttpContext http)
    {
        var needs = http.GetEndpoint()?.Metadata.GetMetadata<Needs>();
        var scopes = string.Join(' ', needs?.All ?? []);
        return new Problem(ProblemType.Forbidden, "The caller's scopes do not allow it.")
        {
            Challenge = $"{Realm}, error=\"insufficient_scope\", scope=\"{scopes}\"",
        };
    }

    /// <summary>Refuses a request without a token or key.</summary>
    public static Problem AskWho() => new(ProblemType.Unauthenticated, "The request has no access token and no API key.")
    {
        Challenge = Realm,
    };

    /// <summary>Refuses a token or key.</summary>
    /// <param name="reason">What is wrong with it, in ASCII without quotes; null: that would help only who guesses.</param>
    public static Problem Distrust(string? reason) => new(ProblemType.Unauthenticated, reason ?? "The token or key is not valid.")
    {
        Challenge = reason is null
            ? $"{Realm}, error=\"invalid_token\""
            : $"{Realm}, error=\"invalid_token\", error_description=\"{reason}\"",
    };
}
