using Microsoft.Net.Http.Headers;
using Orderly.Access;
using Orderly.Domain.ApiKeys;
using Orderly.Hosting;

namespace Orderly.Api.Access;

/// <summary>Finds out who sends a request: from its access token, or its API key.</summary>
internal sealed class Callers(OrderlyOptions options, AccessTokens tokens, ApiKeyCallers keys)
{
    private const string Scheme = "Bearer ";

    private static readonly CallerFeature s_anonymous = new(Caller.Anonymous, null);
    private static readonly CallerFeature s_unknown = new(Caller.Unknown, HttpCallers.AskWho());

    private readonly bool _isRequired = options.Authentication.IsRequired;

    public ValueTask<CallerFeature> FindAsync(HttpContext http)
    {
        if (!_isRequired)
        {
            return ValueTask.FromResult(s_anonymous);
        }

        return http.Request.Headers[HeaderNames.Authorization] switch
        {
            [] => ValueTask.FromResult(s_unknown),
            [{ } value] when value.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) && value[Scheme.Length..].Trim() is var token
                => token.StartsWith(ApiKeySecrets.Prefix, StringComparison.Ordinal)
                    ? keys.FindAsync(token, http.RequestAborted)
                    : tokens.FindAsync(token, http.RequestAborted),
            _ => ValueTask.FromResult(new CallerFeature(
                Caller.Unknown, HttpCallers.Distrust("The header Authorization must be one of Bearer and a token or key."))),
        };
    }
}
