namespace Orderly.Domain.Tests;

/// <summary>Listeners hear the whole process: tests that listen run alone.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class TelemetryCollection
{
    public const string Name = "telemetry";
}
