using Microsoft.Extensions.Configuration;

namespace Orderly.Hosting;

/// <summary>The section <c>Orderly:Telemetry</c>.</summary>
public sealed record TelemetryOptions
{
    /// <summary>The collector's address; null: nothing is sent, unless the standard variables of OpenTelemetry name one.</summary>
    public string? OtlpEndpoint { get; init; }
}

/// <summary>
/// Where telemetry goes: the standard variables of OpenTelemetry, and Orderly's own setting where they name no address.
/// Everything else about the exporter (protocol, headers, certificates, intervals, sampling) is read by OpenTelemetry itself.
/// </summary>
internal sealed class OtlpSettings
{
    public const string OwnEndpoint = $"{OrderlyOptions.Section}:Telemetry:OtlpEndpoint";

    private const string Endpoint = "OTEL_EXPORTER_OTLP_ENDPOINT";
    private const string MetricsEndpoint = "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT";
    private const string TracesEndpoint = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT";

    private static readonly string[] s_protocols = ["OTEL_EXPORTER_OTLP_PROTOCOL", "OTEL_EXPORTER_OTLP_METRICS_PROTOCOL", "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL"];

    public OtlpSettings(IConfiguration configuration)
    {
        // As if the standard variable had been set: so what the exporter makes of an address is the same for both. An empty
        // variable is none, as OpenTelemetry has it.
        var endpoint = string.IsNullOrWhiteSpace(configuration[Endpoint]) ? configuration[OwnEndpoint] : configuration[Endpoint];
        Configuration = new ConfigurationBuilder().AddConfiguration(configuration).AddInMemoryCollection([KeyValuePair.Create(Endpoint, endpoint)]).Build();
        var isOn = !string.Equals(configuration["OTEL_SDK_DISABLED"], "true", StringComparison.OrdinalIgnoreCase);
        HasMetrics = isOn && (IsSet(Endpoint) || IsSet(MetricsEndpoint));
        HasTraces = isOn && (IsSet(Endpoint) || IsSet(TracesEndpoint));
    }

    /// <summary>What OpenTelemetry reads its settings from.</summary>
    public IConfiguration Configuration { get; }

    /// <summary>Whether metrics are sent.</summary>
    public bool HasMetrics { get; }

    /// <summary>Whether traces are sent.</summary>
    public bool HasTraces { get; }

    /// <summary>What can't work, one sentence each. OpenTelemetry would pass over it without a word. No value is repeated: it may hold a secret.</summary>
    public static IEnumerable<string> FaultsOf(IConfiguration configuration)
    {
        foreach (var name in new[] { OwnEndpoint, Endpoint, MetricsEndpoint, TracesEndpoint })
        {
            if (configuration[name] is not { Length: > 0 } address)
            {
                continue;
            }

            if (!Uri.TryCreate(address, UriKind.Absolute, out var uri) || (uri.Scheme != Uri.UriSchemeHttp && uri.Scheme != Uri.UriSchemeHttps))
            {
                yield return $"{name} must be the address of a collector, such as 'http://localhost:4317'.";
            }
            else if (uri.UserInfo.Length > 0)
            {
                yield return $"{name} must not hold a user or a password; a collector's credentials belong into OTEL_EXPORTER_OTLP_HEADERS.";
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

    private bool IsSet(string name) => !string.IsNullOrWhiteSpace(Configuration[name]);
}
