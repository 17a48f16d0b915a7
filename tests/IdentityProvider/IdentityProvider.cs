using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.Tokens;
using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Orderly.Tests;

/// <summary>
/// An OpenID Connect provider of somebody else's making (OpenIddict) on a port of this machine's loopback: discovery, keys, and tokens by
/// client credentials. It has no store; its clients are all that know <see cref="ClientSecret"/>.
/// </summary>
/// <remarks>
/// Calls of the provider over HTTP may come at any time. Of its own members <see cref="StopAsync"/>, <see cref="StartAgainAsync"/>,
/// <see cref="RotateKeys"/> and <see cref="DisposeAsync"/> are called one after the other.
/// </remarks>
public sealed class IdentityProvider : IAsyncDisposable
{
    /// <summary>The secret of every client.</summary>
    public const string ClientSecret = "known to every test";

    private readonly HttpClient _client = new(new SocketsHttpHandler
    {
        // No connection outlives the provider's absence.
        PooledConnectionLifetime = TimeSpan.Zero,

        // What the service traces of this process's calls is no part of what it does.
        ActivityHeadersPropagator = null,
    });

    private readonly Socket _held;
    private readonly int _port;
    private RsaSecurityKey[] _keys = [NewKey()];
    private WebApplication? _app;
    private int _discoveryRequests;
    private int _jwksRequests;

    private IdentityProvider(int port)
    {
        // Bound and never listening, it keeps the port for the provider while that is away, and the system refuses connections.
        _held = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        _held.Bind(new IPEndPoint(IPAddress.Loopback, port));
        _port = ((IPEndPoint)_held.LocalEndPoint!).Port;
        if (!OperatingSystem.IsLinux())
        {
            // Other systems do not let another socket listen there meanwhile.
            _held.Dispose();
        }
    }

    /// <summary>What tokens have as <c>iss</c>, and the address that discovery starts from: <c>http://127.0.0.1:port/</c>.</summary>
    public string Issuer => $"http://127.0.0.1:{_port}/";

    /// <summary>How often the discovery document was asked for, over all starts.</summary>
    public int DiscoveryRequests => Volatile.Read(ref _discoveryRequests);

    /// <summary>How often the keys were asked for, over all starts.</summary>
    public int JwksRequests => Volatile.Read(ref _jwksRequests);

    /// <summary>Starts a provider with a key of its own.</summary>
    /// <param name="port">Where it listens; 0: where there is a free port.</param>
    public static async Task<IdentityProvider> StartAsync(int port = 0)
    {
        var provider = new IdentityProvider(port);
        await provider.StartAgainAsync();
        return provider;
    }

    /// <summary>Asks the token endpoint, as a client does, for an access token.</summary>
    /// <exception cref="HttpRequestException">The provider is away, or refuses.</exception>
    public async Task<string> TokenAsync(TokenRequest asked)
    {
        using var form = new FormUrlEncodedContent(new Dictionary<string, string>
        {
            ["grant_type"] = "client_credentials",
            ["client_id"] = asked.Client,
            ["client_secret"] = ClientSecret,
            [TokenEndpoint.Asked] = JsonSerializer.Serialize(asked),
        });
        using var response = await _client.PostAsync(new Uri(Issuer + TokenEndpoint.Path), form);
        var body = await response.Content.ReadAsStringAsync();
        if (!response.IsSuccessStatusCode)
        {
            throw new HttpRequestException($"{(int)response.StatusCode} {body}", inner: null, response.StatusCode);
        }

        using var answer = JsonDocument.Parse(body);
        return answer.RootElement.GetProperty("access_token").GetString()!;
    }

    /// <summary>Signs tokens with a new key from now on, also after another start.</summary>
    /// <param name="keepsOld">Whether the older keys are still among those that the provider shows.</param>
    public void RotateKeys(bool keepsOld = true)
    {
        _keys = [NewKey(), .. keepsOld ? _keys : []];

        // The options are made anew for the next request, with these keys.
        _app?.Services.GetRequiredService<IOptionsMonitorCache<OpenIddictServerOptions>>().Clear();
    }

    /// <summary>Goes away: connections are refused from now on. Does nothing if it is away.</summary>
    public async Task StopAsync()
    {
        if (_app is { } app)
        {
            _app = null;
            await app.StopAsync();
            await app.DisposeAsync();
        }
    }

    /// <summary>Comes back on the same port with the same keys. Not while it is there.</summary>
    public async Task StartAgainAsync()
    {
        _app = Build();
        await _app.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _client.Dispose();
        _held.Dispose();
    }

    private static RsaSecurityKey NewKey()
    {
        using var rsa = RSA.Create(2048);
        return new RsaSecurityKey(rsa.ExportParameters(includePrivateParameters: true));
    }

    private WebApplication Build()
    {
        // Empty: settings of the service's environment are not the provider's.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, _port));
        builder.Logging.SetMinimumLevel(LogLevel.Warning).AddSimpleConsole();

        // Who listens to what the service traces hears nothing of the provider.
        builder.Services.AddSingleton(new ActivitySource(nameof(IdentityProvider)));
        builder.Services.AddSingleton(new DiagnosticListener(nameof(IdentityProvider)));
        builder.Services.AddOpenIddict().AddServer(Configure);
        var app = builder.Build();
        app.UseAuthentication();
        return app;
    }

    private void Configure(OpenIddictServerBuilder server)
    {
        // Degraded: without stores, what they would answer is decided by the handlers of the token endpoint.
        server.EnableDegradedMode().DisableScopeValidation().AllowClientCredentialsFlow().DisableAccessTokenEncryption();
        server.SetIssuer(new Uri(Issuer)).SetTokenEndpointUris(TokenEndpoint.Path);

        // Nothing is encrypted; OpenIddict wants a key all the same.
        server.AddEncryptionKey(new SymmetricSecurityKey(RandomNumberGenerator.GetBytes(32)));
        server.Configure(options => options.SigningCredentials.AddRange(
            _keys.Select(key => new SigningCredentials(key, SecurityAlgorithms.RsaSha256))));
        TokenEndpoint.AddTo(server);
        server.AddEventHandler<HandleConfigurationRequestContext>(handler => handler.UseInlineHandler(_ =>
        {
            Interlocked.Increment(ref _discoveryRequests);
            return default;
        }));
        server.AddEventHandler<HandleJsonWebKeySetRequestContext>(handler => handler.UseInlineHandler(_ =>
        {
            Interlocked.Increment(ref _jwksRequests);
            return default;
        }));
        server.UseAspNetCore().DisableTransportSecurityRequirement();
    }
}
