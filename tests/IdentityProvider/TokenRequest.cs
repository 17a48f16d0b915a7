namespace Orderly.Tests;

/// <summary>What an access token of the <see cref="IdentityProvider"/> should say. As it is: a program's, good for the service.</summary>
public sealed record TokenRequest
{
    /// <summary>The claim <c>sub</c>, a person's id. Null: the token is a program's, and <c>sub</c> is the <see cref="Client"/>.</summary>
    public string? Subject { get; init; }

    /// <summary>The claim <c>client_id</c>: the program that asks for the token.</summary>
    public string Client { get; init; } = "tests";

    /// <summary>The claim <c>aud</c>. Null: the token has none.</summary>
    public string? Audience { get; init; } = "orderly";

    /// <summary>The values of the claim <see cref="RolesClaim"/>, a JSON array also of one. Empty: the token has no such claim.</summary>
    public IReadOnlyList<string> Roles { get; init; } = [];

    /// <summary>The name of the claim that has the roles.</summary>
    public string RolesClaim { get; init; } = "roles";

    /// <summary>
    /// The claim <c>scope</c>, one text with spaces between (RFC 9068, section 2.2.3). Empty: the token has no such claim. Not
    /// <c>openid</c> and not <c>offline_access</c>, which ask for tokens of other kinds.
    /// </summary>
    public IReadOnlyList<string> Scopes { get; init; } = [];

    /// <summary>The value of the claim <see cref="CustomerClaim"/>. Null: the token has no such claim.</summary>
    public string? CustomerId { get; init; }

    /// <summary>The name of the claim that has the customer's id.</summary>
    public string CustomerClaim { get; init; } = "account_id";

    /// <summary>From now to the claim <c>exp</c>, in whole seconds. Less than zero: the token has expired that long ago.</summary>
    public TimeSpan Lifetime { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>The header <c>typ</c>.</summary>
    public string Type { get; init; } = "at+jwt";

    /// <summary>Whether the token is a person's: its <c>sub</c> is not its <c>client_id</c> (RFC 9068, section 5).</summary>
    public bool IsPerson => Subject is not null && Subject != Client;
}
