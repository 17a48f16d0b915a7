using Orderly.Tests;

namespace Orderly.Api.Tests.Access;

/// <summary>A service that asks who calls, with a real identity provider that it trusts.</summary>
public sealed class GuardedApi : IAsyncLifetime
{
    public IdentityProvider Issuer { get; private set; } = null!;

    public RunningApi Api { get; private set; } = null!;

    /// <summary>The settings that name an issuer.</summary>
    public static string[] Trusting(IdentityProvider issuer) => ["--Orderly:Authentication:Issuers:0:Authority", issuer.Issuer];

    public async Task InitializeAsync()
    {
        Issuer = await IdentityProvider.StartAsync();
        Api = await RunningApi.StartAsync(settings: Trusting(Issuer));
    }

    public async Task DisposeAsync()
    {
        await Api.DisposeAsync();
        await Issuer.DisposeAsync();
    }

    /// <summary>The header with a token of a role: a program's for payments, else a person's.</summary>
    /// <param name="customer">The customer that the caller is; null: none.</param>
    public async Task<(string Name, string Value)> AsAsync(string role, string? customer = null)
        => Bearer(await Issuer.TokenAsync(new TokenRequest
        {
            Subject = role == "payments" ? null : $"{role}-{customer ?? "1"}",
            Roles = [role],
            CustomerId = customer,
        }));

    public static (string Name, string Value) Bearer(string token) => ("Authorization", $"Bearer {token}");
}
