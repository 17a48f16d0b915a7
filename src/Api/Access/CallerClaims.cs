using System.Text.Json;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using Orderly.Access;
using Orderly.Hosting;

namespace Orderly.Api.Access;

/// <summary>What a token that was verified says about its caller.</summary>
internal sealed class CallerClaims(AuthenticationOptions options)
{
    public Caller CallerOf(JsonWebToken token)
    {
        using var payload = JsonDocument.Parse(Base64UrlEncoder.DecodeBytes(token.EncodedPayload));
        var claims = payload.RootElement;
        var subject = Text(claims, "sub");
        var client = Text(claims, "client_id") ?? Text(claims, "azp") ?? Text(claims, "appid");
        var isProgram = IsProgram(claims, subject, client);
        var scopes = new HashSet<string>(StringComparer.Ordinal);
        foreach (var role in RolesOf(claims))
        {
            var name = options.Roles.Count == 0 ? role : options.Roles.GetValueOrDefault(role, "");
            scopes.UnionWith(Scopes.Roles.GetValueOrDefault(name) ?? []);
        }

        scopes.UnionWith(Words(claims, "scope").Concat(Words(claims, "scp")).Where(Scopes.All.Contains));
        if (!isProgram)
        {
            scopes.ExceptWith(Scopes.OfProgramsOnly);
        }

        return new Caller(isProgram ? $"client:{client ?? subject}" : $"user:{subject}")
        {
            Scopes = scopes,
            AccountId = Text(claims, options.AccountClaim),
            Details = new ActorDetails(token.Issuer, subject, client),
        };
    }

    /// <summary>
    /// Whether nobody has signed in: the client is its own subject, or the issuer says so in its way (Entra ID: <c>idtyp</c>, Auth0:
    /// <c>gty</c>, Keycloak: the name of the client's own account).
    /// </summary>
    private static bool IsProgram(JsonElement claims, string? subject, string? client)
        => subject is null || subject == client || Text(claims, "idtyp") == "app" || Text(claims, "gty") == "client-credentials"
            || (client is not null && Text(claims, "preferred_username") == $"service-account-{client.ToLowerInvariant()}");

    private string[] RolesOf(JsonElement claims)
    {
        // A name with dots may be one claim, as those of Auth0 are: a URL.
        if (claims.TryGetProperty(options.RoleClaim, out _))
        {
            return Words(claims, options.RoleClaim);
        }

        var path = options.RoleClaim.Split('.');
        foreach (var step in path.SkipLast(1))
        {
            if (claims.ValueKind != JsonValueKind.Object || !claims.TryGetProperty(step, out claims))
            {
                return [];
            }
        }

        return Words(claims, path[^1]);
    }

    /// <summary>The texts of a claim that is a list, or the words of one that is a text.</summary>
    private static string[] Words(JsonElement claims, string claim)
        => claims.ValueKind != JsonValueKind.Object || !claims.TryGetProperty(claim, out var value) ? []
            : value.ValueKind switch
            {
                JsonValueKind.String => value.GetString()!.Split(' ', StringSplitOptions.RemoveEmptyEntries),
                JsonValueKind.Array
                    => [.. value.EnumerateArray().Where(one => one.ValueKind == JsonValueKind.String).Select(one => one.GetString()!)],
                _ => [],
            };

    private static string? Text(JsonElement claims, string claim)
        => claims.TryGetProperty(claim, out var value) && value.ValueKind == JsonValueKind.String
            && value.GetString() is { Length: > 0 } text ? text : null;
}
