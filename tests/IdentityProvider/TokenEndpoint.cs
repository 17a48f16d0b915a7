using System.Security.Claims;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using OpenIddict.Abstractions;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;
using static OpenIddict.Server.OpenIddictServerHandlers.Protection;

namespace Orderly.Tests;

/// <summary>
/// What the provider decides at its token endpoint. Every client is known that has the secret, and gets what it asks for: a whole
/// <see cref="TokenRequest"/> in a parameter of its own, or the scopes of the standard's.
/// </summary>
internal static class TokenEndpoint
{
    /// <summary>Relative to the issuer, as OpenIddict wants it.</summary>
    public const string Path = "connect/token";

    /// <summary>The parameter that has a <see cref="TokenRequest"/> as JSON.</summary>
    public const string Asked = "asked";

    /// <summary>Adds the decisions to the server.</summary>
    public static void AddTo(OpenIddictServerBuilder server)
    {
        server.AddEventHandler<ValidateTokenRequestContext>(handler => handler.UseInlineHandler(Check));
        server.AddEventHandler<HandleTokenRequestContext>(handler => handler.UseInlineHandler(Grant));
        server.AddEventHandler<GenerateTokenContext>(handler => handler
            .UseInlineHandler(Shape).SetOrder(AttachSecurityCredentials.Descriptor.Order + 1));
    }

    private static ValueTask Check(ValidateTokenRequestContext context)
    {
        if (context.ClientSecret != IdentityProvider.ClientSecret)
        {
            context.Reject(Errors.InvalidClient, "The secret is another.");
        }

        return default;
    }

    private static ValueTask Grant(HandleTokenRequestContext context)
    {
        var asked = Read(context.Request);
        var identity = new ClaimsIdentity(TokenTypes.Bearer)
            .SetClaim(Claims.Subject, asked.Subject ?? asked.Client)
            .SetClaim(asked.CustomerClaim, asked.CustomerId)
            .SetScopes(asked.Scopes)
            .SetAudiences(asked.Audience is { } audience ? [audience] : [])
            .SetAccessTokenLifetime(asked.Lifetime);
        if (asked.Roles.Count > 0)
        {
            // OpenIddict's own methods write an array of one as a text.
            identity.AddClaim(new Claim(asked.RolesClaim, JsonSerializer.Serialize(asked.Roles), JsonClaimValueTypes.JsonArray));
        }

        // Else they would not be in the token.
        identity.SetDestinations(_ => [Destinations.AccessToken]);
        context.SignIn(new ClaimsPrincipal(identity));
        return default;
    }

    /// <summary>What OpenIddict has no setting for.</summary>
    private static ValueTask Shape(GenerateTokenContext context)
    {
        var asked = Read(context.Transaction.Request!);
        context.SecurityTokenHandler = new TypedTokens(asked.Type);
        if (asked.Lifetime <= TimeSpan.Zero)
        {
            // It has expired since it was issued, not before.
            context.Principal.SetCreationDate(context.Principal.GetExpirationDate() - TimeSpan.FromMinutes(5));
        }

        return default;
    }

    private static TokenRequest Read(OpenIddictRequest request)
        => (string?)request[Asked] is { } asked
            ? JsonSerializer.Deserialize<TokenRequest>(asked)!
            : new TokenRequest { Client = request.ClientId!, Scopes = request.GetScopes() };

    /// <summary>OpenIddict's access tokens are all <c>at+jwt</c>.</summary>
    private sealed class TypedTokens : JsonWebTokenHandler
    {
        private readonly string _type;

        public TypedTokens(string type) => (_type, SetDefaultTimesOnTokenCreation) = (type, false);

        public override string CreateToken(SecurityTokenDescriptor tokenDescriptor)
        {
            tokenDescriptor.TokenType = _type;
            return base.CreateToken(tokenDescriptor);
        }
    }
}
