using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Orderly.Bench;

/// <summary>An OpenID Connect issuer on loopback: its discovery document, its key, and a token.</summary>
internal sealed class Issuer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly RSA _rsa = RSA.Create(2048);
    private readonly string _name;

    private Issuer(WebApplication app, string name) => (_app, _name) = (app, name);

    public string Name => _name;

    public static async Task<Issuer> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder(["--urls", "http://127.0.0.1:0"]);
        builder.Logging.ClearProviders();
        var app = builder.Build();
        Issuer? issuer = null;
        app.MapGet("/.well-known/openid-configuration", () => Results.Text(
            $$"""{"issuer":"{{issuer!._name}}","jwks_uri":"{{issuer._name}}/keys"}""", "application/json"));
        app.MapGet("/keys", () => Results.Text(issuer!.Keys, "application/json"));
        await app.StartAsync();
        var addresses = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses;
        return issuer = new Issuer(app, addresses.Single());
    }

    /// <summary>A token for a clerk, good for an hour.</summary>
    public string Token() => new JsonWebTokenHandler().CreateToken(new SecurityTokenDescriptor
    {
        Issuer = _name,
        Audience = "orderly",
        TokenType = "at+jwt",
        Expires = DateTime.UtcNow.AddHours(1),
        Claims = new Dictionary<string, object> { ["sub"] = "clerk-1", ["client_id"] = "bench", ["roles"] = "clerk" },
        SigningCredentials = new SigningCredentials(new RsaSecurityKey(_rsa) { KeyId = "bench" }, SecurityAlgorithms.RsaSha256),
    });

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _rsa.Dispose();
    }

    private string Keys
    {
        get
        {
            var key = _rsa.ExportParameters(includePrivateParameters: false);
            return $$"""
                {"keys":[{"kty":"RSA","use":"sig","kid":"bench","alg":"RS256","n":"{{Base64UrlEncoder.Encode(key.Modulus)}}",
                "e":"{{Base64UrlEncoder.Encode(key.Exponent)}}"}]}
                """;
        }
    }
}
