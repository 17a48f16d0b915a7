namespace Orderly.Api.Queries;

/// <param name="Status">live or ready.</param>
internal sealed record HealthAnswer(string Status);
