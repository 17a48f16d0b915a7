using Orderly.Access;

namespace Orderly.Api.Access;

/// <summary>What an operation asks of its caller, as metadata of the endpoint. Commands and queries check the same themselves.</summary>
/// <param name="Scopes">One of these; none: to be known is enough.</param>
internal sealed record Needs(params IReadOnlyList<string> Scopes)
{
    /// <summary>Whether who has an account may do it too, for what is their own.</summary>
    public bool OrOwn { get; init; }

    public bool AreMetBy(Caller caller) => Scopes.Count == 0 || Scopes.Any(caller.Has) || (OrOwn && caller.OwnAccountId is not null);

    /// <summary>In words, for the OpenAPI document.</summary>
    public string Sentence => Scopes.Count == 0
        ? "Needs a caller who is known, when the service asks for one."
        : $"Needs the scope {string.Join(" or ", All.Select(scope => $"`{scope}`"))}, when the service asks who calls.";

    /// <summary>The scopes, with <c>own</c> when that is enough.</summary>
    public IReadOnlyList<string> All => OrOwn ? [.. Scopes, Orderly.Access.Scopes.Own] : Scopes;
}

internal static class NeedsMetadata
{
    /// <summary>Says which scope an operation needs; one of several is enough.</summary>
    public static TBuilder Needs<TBuilder>(this TBuilder endpoint, params string[] scopes)
        where TBuilder : IEndpointConventionBuilder
        => endpoint.WithMetadata(new Needs(scopes));

    /// <summary>Says which scope an operation needs, and that who has an account may do it for what is their own.</summary>
    public static TBuilder NeedsOrOwn<TBuilder>(this TBuilder endpoint, params string[] scopes)
        where TBuilder : IEndpointConventionBuilder
        => endpoint.WithMetadata(new Needs(scopes) { OrOwn = true });

    /// <summary>Says that everybody may ask, known or not.</summary>
    public static TBuilder NeedsNobody<TBuilder>(this TBuilder endpoint)
        where TBuilder : IEndpointConventionBuilder
        => endpoint.WithMetadata(NobodyNeeded.Instance);
}

/// <summary>Marks an operation that everybody may ask.</summary>
internal sealed class NobodyNeeded
{
    public static readonly NobodyNeeded Instance = new();
}
