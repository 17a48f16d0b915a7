using System.ComponentModel.DataAnnotations;

namespace Orderly.Hosting;

/// <summary>How much the HTTP interface takes on.</summary>
public sealed record LimitOptions
{
    /// <summary>Requests that one client address may send in a second; those past it get 429.</summary>
    [Range(1, 10_000_000)]
    public int RequestsPerSecond { get; init; } = 20_000;

    /// <summary>Connections that are open at the same time; fewer when the limit of open files says so.</summary>
    [Range(1, 1_000_000)]
    public int Connections { get; init; } = 20_000;

    /// <summary>Seconds that a request may take, more than the longest wait for a view. Past it the answer is 503.</summary>
    [Range(31, 3_600)]
    public int RequestSeconds { get; init; } = 60;
}

/// <summary>What the HTTP interface does only when it is asked to.</summary>
public sealed record HttpOptions
{
    /// <summary>
    /// Origins, such as <c>https://shop.example</c>, whose scripts may call the service from a browser (CORS).
    /// </summary>
    public IReadOnlyList<string> AllowedOrigins { get; init; } = [];

    /// <summary>
    /// Whether answers are compressed for clients that accept it. A proxy usually does that, and better: over TLS, the length of an answer
    /// that holds both a secret and something of an attacker's choice can betray the secret.
    /// </summary>
    public bool Compress { get; init; }

    internal IEnumerable<(bool Holds, string Rule)> Rules =>
    [
        (AllowedOrigins.All(IsOrigin), "Http:AllowedOrigins must be origins: a scheme and a host, such as https://shop.example."),
    ];

    private static bool IsOrigin(string text)
        => Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https"
            && uri.GetLeftPart(UriPartial.Authority).Equals(text, StringComparison.OrdinalIgnoreCase);
}
