using System.ComponentModel.DataAnnotations;
using Orderly.Access;

namespace Orderly.Hosting;

/// <summary>Whether callers have to say who they are.</summary>
public enum AuthenticationMode
{
    /// <summary>Nobody is asked: everybody may do everything.</summary>
    Open,

    /// <summary>A request needs a token of one of the issuers, or an API key.</summary>
    Required,
}

/// <summary>Who may call the HTTP interface, and who vouches for them.</summary>
public sealed record AuthenticationOptions
{
    /// <summary>
    /// <c>Open</c> or <c>Required</c>. When it is left out: <c>Required</c> with an issuer; without one the service is open, and listens on
    /// this machine's own addresses only.
    /// </summary>
    public AuthenticationMode? Mode { get; init; }

    /// <summary>The OpenID Connect issuers whose access tokens are taken.</summary>
    public IReadOnlyList<IssuerOptions> Issuers { get; init; } = [];

    /// <summary>What the <c>aud</c> of a token has to name.</summary>
    public string Audience { get; init; } = "orderly";

    /// <summary>The claim with the caller's roles; of a claim in a claim, the path, such as <c>realm_access.roles</c>.</summary>
    public string RoleClaim { get; init; } = "roles";

    /// <summary>The claim with the id of the caller's account.</summary>
    public string AccountClaim { get; init; } = "account_id";

    /// <summary>Which role of the service each role of the issuer is; without any, they have the same names.</summary>
    public IReadOnlyDictionary<string, string> Roles { get; init; } = new Dictionary<string, string>();

    /// <summary>How much the clocks of issuer and service may differ.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:05:00")]
    public TimeSpan ClockSkew { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Whether a request has to say who sends it.</summary>
    public bool IsRequired => Mode == AuthenticationMode.Required || (Mode is null && Issuers.Count > 0);

    internal IEnumerable<(bool Holds, string Rule)> Rules =>
    [
        (Mode is not { } mode || Enum.IsDefined(mode), "Authentication:Mode must be 'Open' or 'Required'."),
        (Mode != AuthenticationMode.Open || Issuers.Count == 0, "Authentication:Mode is 'Open', so that no issuer is asked: name none."),
        (Issuers.All(issuer => issuer.IsSafe),
            "Authentication:Issuers must have an Authority each: an https address, or an http one of this machine."),
        (Issuers.Select(issuer => issuer.Name).Distinct(StringComparer.Ordinal).Count() == Issuers.Count,
            "Authentication:Issuers must be different ones."),
        (!string.IsNullOrWhiteSpace(Audience), "Authentication:Audience must not be empty."),
        (!string.IsNullOrWhiteSpace(RoleClaim), "Authentication:RoleClaim must not be empty."),
        (!string.IsNullOrWhiteSpace(AccountClaim), "Authentication:AccountClaim must not be empty."),
        (Roles.Values.All(Scopes.Roles.ContainsKey), $"Authentication:Roles must name roles of the service: {s_roles}."),
    ];

    private static readonly string s_roles = string.Join(", ", Scopes.Roles.Keys);
}

/// <summary>An OpenID Connect issuer.</summary>
public sealed record IssuerOptions
{
    /// <summary>Its address, under which <c>.well-known/openid-configuration</c> is.</summary>
    public string Authority { get; init; } = "";

    /// <summary>The <c>iss</c> of its tokens, where that is not its address.</summary>
    public string? Issuer { get; init; }

    /// <summary>The <c>iss</c> of its tokens, without a slash at the end.</summary>
    public string Name => (Issuer ?? Authority).TrimEnd('/');

    internal bool IsSafe
        => Uri.TryCreate(Authority, UriKind.Absolute, out var uri)
            && (uri.Scheme == Uri.UriSchemeHttps || (uri.Scheme == Uri.UriSchemeHttp && uri.IsLoopback));
}
