using System.Net;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Orderly.Api.Tests.Access;

/// <summary>What the claims of well-known issuers come to, as these document them. The tokens are signed here.</summary>
public sealed class ClaimTests : IAsyncLifetime
{
    private readonly RSA _rsa = RSA.Create(2048);
    private WebApplication _issuer = null!;
    private string _name = "";

    public async Task InitializeAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        _issuer = builder.Build();
        _issuer.Run(http => http.Response.WriteAsync(http.Request.Path == "/keys" ? Keys : Discovery));
        await _issuer.StartAsync();
        _name = _issuer.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
    }

    public async Task DisposeAsync()
    {
        await _issuer.DisposeAsync();
        _rsa.Dispose();
    }

    [Theory]
    [InlineData("roles", """{"sub":"u","roles":["clerk"]}""", "user:u", "orders:write")]
    [InlineData("roles", """{"sub":"u","roles":"clerk auditor"}""", "user:u", "history:read")]
    [InlineData("realm_access.roles", """{"sub":"u","azp":"web","realm_access":{"roles":["clerk"]}}""", "user:u", "orders:write")]
    [InlineData("https://shop.example/roles", """{"sub":"u","https://shop.example/roles":["clerk"]}""", "user:u", "orders:write")]
    [InlineData("roles", """{"sub":"u","scp":"orders:read"}""", "user:u", "orders:read")]
    [InlineData("roles", """{"sub":"web","client_id":"web","scope":"payments:write"}""", "client:web", "payments:write")]
    [InlineData("roles", """{"sub":"9","appid":"web","idtyp":"app","roles":["payments"]}""", "client:web", "payments:write")]
    [InlineData("roles", """{"sub":"web@clients","azp":"web","gty":"client-credentials","scope":"payments:write"}""",
        "client:web", "payments:write")]
    [InlineData("roles", """{"sub":"7f","azp":"Web","preferred_username":"service-account-web","scope":"payments:write"}""",
        "client:Web", "payments:write")]
    public async Task Claims_of_an_issuer_name_the_caller_and_the_scopes(string roleClaim, string claims, string actor, string scope)
    {
        var me = await AskAsync(claims, "--Orderly:Authentication:RoleClaim", roleClaim);
        Assert.Equal(actor, me["actor"]!.GetValue<string>());
        Assert.Contains(scope, ScopesOf(me));
    }

    [Theory]
    [InlineData("""{"sub":"u","client_id":"web","scope":"payments:write"}""")]
    [InlineData("""{"sub":"u","azp":"web","roles":["payments"]}""")]
    [InlineData("""{"sub":"u","azp":"web","preferred_username":"service-account-other","scope":"payments:write"}""")]
    [InlineData("""{"sub":"u","realm_access":"payments","roles":[{"name":"payments"}]}""")]
    public async Task A_person_never_has_what_is_for_programs(string claims)
        => Assert.DoesNotContain("payments:write", ScopesOf(await AskAsync(claims)));

    [Fact]
    public async Task Roles_of_the_issuer_are_those_that_the_settings_say_and_no_others()
    {
        string[] settings = ["--Orderly:Authentication:Roles:shop-staff", "clerk"];
        Assert.Contains("orders:write", ScopesOf(await AskAsync("""{"sub":"u","roles":["shop-staff"]}""", settings)));
        Assert.Empty(ScopesOf(await AskAsync("""{"sub":"u","roles":["clerk","admin"]}""", settings)));
    }

    [Fact]
    public async Task An_account_is_the_callers_own_only_with_the_scope_for_it()
    {
        string[] settings = ["--Orderly:Authentication:AccountClaim", "customer"];
        Assert.Equal("ann", (await AskAsync("""{"sub":"u","customer":"ann","scope":"own"}""", settings))["accountId"]!.GetValue<string>());
        Assert.Null((await AskAsync("""{"sub":"u","customer":"ann","scope":"orders:read"}""", settings))["accountId"]);
        Assert.Null((await AskAsync("""{"sub":"u","account_id":"ann","scope":"own"}""", settings))["accountId"]);
    }

    private string Discovery => $$"""{"issuer":"{{_name}}","jwks_uri":"{{_name}}/keys"}""";

    private string Keys
    {
        get
        {
            var key = _rsa.ExportParameters(includePrivateParameters: false);
            var (n, e) = (Base64UrlEncoder.Encode(key.Modulus), Base64UrlEncoder.Encode(key.Exponent));
            return $$"""{"keys":[{"kty":"RSA","use":"sig","kid":"k","n":"{{n}}","e":"{{e}}"}]}""";
        }
    }

    private async Task<JsonNode> AskAsync(string claims, params string[] settings)
    {
        var payload = JsonNode.Parse(claims)!.AsObject();
        payload["iss"] = _name;
        payload["aud"] = "orderly";
        payload["exp"] = DateTimeOffset.UtcNow.AddMinutes(5).ToUnixTimeSeconds();
        var token = new JsonWebTokenHandler().CreateToken(
            payload.ToJsonString(), new SigningCredentials(new RsaSecurityKey(_rsa) { KeyId = "k" }, SecurityAlgorithms.RsaSha256));
        await using var api = await RunningApi.StartAsync(settings: ["--Orderly:Authentication:Issuers:0:Authority", _name, .. settings]);
        var answer = await api.GetAsync("/v1/me", GuardedApi.Bearer(token));
        return answer.IsStatus(HttpStatusCode.OK).Json;
    }

    private static IEnumerable<string> ScopesOf(JsonNode me) => me["scopes"]!.AsArray().Select(scope => scope!.GetValue<string>());
}
