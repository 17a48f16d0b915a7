using Microsoft.Extensions.Configuration;

namespace Orderly.Hosting;

/// <summary>Where metrics and traces go.</summary>
public sealed record TelemetryOptions
{
    /// <summary>The collector's address, unless the standard variables of OpenTelemetry name one; with neither, nothing is sent.</summary>
    public string? OtlpEndpoint { get; init; }

    /// <summary>
    /// Where the program serves its metrics for Prometheus, at <c>/metrics</c>: an address of its own for each process, such as
    /// <c>http://localhost:9464</c>. When it is left out, nowhere.
    /// </summary>
    public string? PrometheusAddress { get; init; }
}

/// <summary>
/// Where telemetry goes: the standard variables of OpenTelemetry, and Orderly's own setting where they name no address.
/// Everything else about the exporter (protocol, headers, certificates, intervals, sampling) is read by OpenTelemetry itself.
/// </summary>
internal static class OtlpSettings
{
    private const string OwnEndpoint = $"{OrderlyOptions.Section}:Telemetry:OtlpEndpoint";
    private const string Endpoint = "OTEL_EXPORTER_OTLP_ENDPOINT";
    private const string MetricsEndpoint = "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT";
    private const string TracesEndpoint = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT";

    private static readonly string[] s_protocols =
        ["OTEL_EXPORTER_OTLP_PROTOCOL", "OTEL_EXPORTER_OTLP_METRICS_PROTOCOL", "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL"];

    /// <summary>
    /// Sets the standard variable to the own setting where it is empty: so what the exporter makes of an address is the same for
    /// both. An empty variable is none, as OpenTelemetry has it.
    /// </summary>
    public static void TakeOwnEndpoint(IConfiguration configuration)
    {
        if (!IsSet(configuration, Endpoint))
        {
            configuration[Endpoint] = configuration[OwnEndpoint];
        }
    }

    /// <summary>Whether metrics are sent.</summary>
    public static bool HasMetrics(IConfiguration configuration) => Has(MetricsEndpoint, configuration);

    /// <summary>Whether traces are sent.</summary>
    public static bool HasTraces(IConfiguration configuration) => Has(TracesEndpoint, configuration);

    /// <summary>What can't work, one sentence each. OpenTelemetry would pass over it without a word.</summary>
    /// <remarks>No value is repeated: it may hold a secret.</remarks>
    public static IEnumerable<string> FaultsOf(IConfiguration configuration)
    {
        foreach (var name in new[] { OwnEndpoint, Endpoint, MetricsEndpoint, TracesEndpoint })
        {
            // The standard variable that was set from the own setting is that one's fault.
            if (configuration[name] is not { Length: > 0 } address || (name == Endpoint && address == configuration[OwnEndpoint]))
            {
                continue;
            }

            if (!Uri.TryCreate(address, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https"))
            {
                yield return $"{name} must be the address of a collector, such as 'http://localhost:4317'.";
            }
            else if (uri.UserInfo.Length > 0)
            {
                yield return $"{name} must not hold a user or a password; "
                    + "a collector's credentials belong into OTEL_EXPORTER_OTLP_HEADERS.";
            }
        }

        foreach (var name in s_protocols)
        {
            if (configuration[name] is { Length: > 0 } protocol and not ("grpc" or "http/protobuf"))
            {
                yield return $"{name} is '{protocol}'; it must be 'grpc' or 'http/protobuf'.";
            }
        }
    }

    private static bool Has(string endpoint, IConfiguration configuration)
        => !string.Equals(configuration["OTEL_SDK_DISABLED"], "true", StringComparison.OrdinalIgnoreCase)
            && (IsSet(configuration, Endpoint) || IsSet(configuration, endpoint));

    private static bool IsSet(IConfiguration configuration, string name) => !string.IsNullOrWhiteSpace(configuration[name]);
}
