using System.ComponentModel.DataAnnotations;

namespace Orderly.Api;

/// <summary>How much the HTTP interface takes on: <c>Orderly:Limits</c>.</summary>
internal sealed record Limits
{
    public const string Section = "Orderly:Limits";

    /// <summary>Requests that one client address may send in a second; those past it get 429.</summary>
    [Range(1, 10_000_000)]
    public int RequestsPerSecond { get; init; } = 20_000;

    /// <summary>Connections that are open at the same time, fewer when <see cref="OpenFiles"/> says so; those past it are closed.</summary>
    [Range(1, 1_000_000)]
    public int Connections { get; init; } = 20_000;

    /// <summary>Seconds that a request may take; past it the answer is 503. Longer than the longest wait for a view.</summary>
    [Range(31, 3600)]
    public int RequestSeconds { get; init; } = 60;
}
