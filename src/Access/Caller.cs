namespace Orderly.Access;

/// <summary>Who sends a request, and what they may do.</summary>
/// <param name="Actor">
/// Who it is, as the metadata of events says it: <c>anonymous</c>, <c>user:SUBJECT</c>, <c>client:ID</c>, <c>key:ID</c>, or a process's
/// name.
/// </param>
public sealed record Caller(string Actor)
{
    private static readonly HashSet<string> s_all = new(Access.Scopes.All, StringComparer.Ordinal);

    /// <summary>Nobody who is known, who may do nothing.</summary>
    public static Caller Unknown { get; } = new("unknown");

    /// <summary>Whoever calls a service that asks nobody who they are.</summary>
    public static Caller Anonymous { get; } = new("anonymous") { Scopes = s_all };

    /// <summary>What the caller may do: some of <see cref="Access.Scopes"/>.</summary>
    public IReadOnlySet<string> Scopes { get; init; } = new HashSet<string>();

    /// <summary>The account that <see cref="Access.Scopes.Own"/> is about; null: none.</summary>
    public string? AccountId { get; init; }

    /// <summary>What else is known, for the metadata of events; null: nothing.</summary>
    public ActorDetails? Details { get; init; }

    /// <summary>Whether it is a part of the program itself, such as a process. It may do everything.</summary>
    public bool IsProgram { get; private init; }

    /// <summary>A part of the program itself.</summary>
    public static Caller Of(string part) => new(part) { Scopes = s_all, IsProgram = true };

    /// <summary>Whether the caller may do what needs this scope, for whomever.</summary>
    public bool Has(string scope) => Scopes.Contains(scope);

    /// <summary>Whether the caller may do it for this account: for any, or because it is the caller's own.</summary>
    public bool May(string scope, string? accountId) => Has(scope) || (accountId is not null && accountId == OwnAccountId);

    /// <summary>The account that the caller has and may look after; null: none.</summary>
    public string? OwnAccountId => Has(Access.Scopes.Own) ? AccountId : null;
}

/// <summary>What is known of an actor besides the name.</summary>
/// <param name="Issuer">Who vouches for it: the <c>iss</c> of the token.</param>
/// <param name="Subject">The <c>sub</c> of the token.</param>
/// <param name="Client">The program that was used: the <c>client_id</c> or <c>azp</c> of the token.</param>
/// <param name="OnBehalfOf">Of a process: the actor whose request began it all.</param>
public sealed record ActorDetails(string? Issuer = null, string? Subject = null, string? Client = null, string? OnBehalfOf = null);
