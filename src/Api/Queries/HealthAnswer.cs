namespace Orderly.Api.Queries;

/// <param name="Status">live or ready.</param>
/// <param name="Warnings">What an operator should look at, though requests are served: left out when there is nothing.</param>
internal sealed record HealthAnswer(string Status, IReadOnlyList<string>? Warnings = null);
