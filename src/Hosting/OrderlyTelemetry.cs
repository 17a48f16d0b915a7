using System.Diagnostics;
using System.Reflection;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using Orderly.Domain.Deciding;

namespace Orderly.Hosting;

/// <summary>
/// Sends metrics and traces to a collector, and serves metrics to Prometheus, when that is configured; else nothing listens to them.
/// </summary>
public static class OrderlyTelemetry
{
    /// <summary>More than there are partitions of all live views: what goes beyond a limit is summed up without its tags.</summary>
    private const int MaxPartitions = 10_000;

    /// <param name="serviceName">What the program is called where <c>OTEL_SERVICE_NAME</c> says nothing else.</param>
    public static void AddOrderlyTelemetry(this IHostApplicationBuilder builder, string serviceName)
    {
        // The environment's words come last: they win.
        var version = typeof(OrderlyTelemetry).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion;
        void Describe(ResourceBuilder resource)
            => resource.AddService(serviceName, serviceVersion: version).AddEnvironmentVariableDetector();

        if (!string.IsNullOrWhiteSpace(builder.Configuration[$"{OrderlyOptions.Section}:Telemetry:PrometheusAddress"]))
        {
            builder.Services.AddHostedService(provider => new MetricsServer(
                provider.GetRequiredService<OrderlyOptions>().Telemetry.PrometheusAddress!,
                Listen(Sdk.CreateMeterProviderBuilder().ConfigureResource(Describe)),
                provider.GetRequiredService<ILoggerFactory>()));
        }

        OtlpSettings.TakeOwnEndpoint(builder.Configuration);
        var (hasMetrics, hasTraces) = (OtlpSettings.HasMetrics(builder.Configuration), OtlpSettings.HasTraces(builder.Configuration));
        if (!hasMetrics && !hasTraces)
        {
            return;
        }

        // The exporter would take logs along, which are no part of this.
        builder.Logging.AddFilter<OpenTelemetryLoggerProvider>(_ => false);
        builder.Services.AddSingleton<ExportFaults>();
        var telemetry = builder.Services.AddOpenTelemetry().ConfigureResource(Describe).UseOtlpExporter();
        if (hasMetrics)
        {
            telemetry.WithMetrics(metrics => Listen(metrics).AddInstrumentation(provider => provider.GetRequiredService<ExportFaults>()));
        }

        if (hasTraces)
        {
            telemetry.WithTracing(Listen);
        }
    }

    private static MeterProviderBuilder Listen(MeterProviderBuilder metrics)
        => metrics
            .AddMeter(CommandTelemetry.Name)
            .AddView("orderly.projection.lag", new MetricStreamConfiguration { CardinalityLimit = MaxPartitions })
            .AddAspNetCoreInstrumentation()
            .AddHttpClientInstrumentation()
            .AddRuntimeInstrumentation();

    private static void Listen(TracerProviderBuilder traces)
        => traces
            .AddInstrumentation(provider => provider.GetRequiredService<ExportFaults>())
            .AddSource(CommandTelemetry.Name)
            .AddAspNetCoreInstrumentation(requests => requests.EnrichWithHttpRequest = (activity, _) => activity.SetTag("url.query", null))

            // A call that nothing traced asked for, such as a worker's to look for news, would be a trace by itself.
            .AddHttpClientInstrumentation(calls => calls.FilterHttpRequestMessage = _ => Activity.Current?.Parent is not null);
}
