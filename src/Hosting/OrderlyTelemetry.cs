using System.Reflection;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using Orderly.Domain.Deciding;

namespace Orderly.Hosting;

/// <summary>Sends metrics and traces to a collector, when one is configured; else nothing listens to them.</summary>
public static class OrderlyTelemetry
{
    /// <summary>Adds what sends them. Call it before other services that run are added: then it starts first and stops last.</summary>
    /// <param name="serviceName">What the program is called where <c>OTEL_SERVICE_NAME</c> says nothing else.</param>
    public static IServiceCollection AddOrderlyTelemetry(this IServiceCollection services, IConfiguration configuration, string serviceName)
    {
        var settings = new OtlpSettings(configuration);
        return settings.HasMetrics || settings.HasTraces
            ? services.AddHostedService(provider => new TelemetryService(
                settings, serviceName, provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<TelemetryService>>()))
            : services;
    }
}

/// <summary>
/// Owns what OpenTelemetry makes. That is built here because the package that does it for a host is missing in some registries
/// (docs/decisions/0002-held-back-packages.md).
/// </summary>
internal sealed class TelemetryService(OtlpSettings settings, string serviceName, TimeProvider time, ILogger<TelemetryService> logger)
    : IHostedService, IDisposable
{
    /// <summary>How long the end of the program waits for a collector that does not answer, for metrics and for traces each.</summary>
    private const int ShutdownMilliseconds = 3000;

    private ExportFaults? _faults;
    private OpenTelemetrySdk? _sdk;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _faults = new ExportFaults(logger, time);
        _sdk = OpenTelemetrySdk.Create(builder =>
        {
            builder.Services.AddSingleton(settings.Configuration);
            if (settings.HasMetrics)
            {
                builder.WithMetrics(metrics => metrics.SetResourceBuilder(Resource()).AddMeter(CommandTelemetry.Name, "Microsoft.AspNetCore.*", "System.Runtime"));
            }

            if (settings.HasTraces)
            {
                builder.WithTracing(traces => traces.SetResourceBuilder(Resource()).AddSource(CommandTelemetry.Name, "Microsoft.AspNetCore"));
            }

            builder.UseOtlpExporter();
        });
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        // Sends what is still there. Everything else has stopped, so nothing waits for this thread.
        _sdk?.TracerProvider.Shutdown(ShutdownMilliseconds);
        _sdk?.MeterProvider.Shutdown(ShutdownMilliseconds);
        return Task.CompletedTask;
    }

    public void Dispose()
    {
        _sdk?.Dispose();
        _faults?.Dispose();
    }

    /// <summary>Who sends. The environment's words come last: they win.</summary>
    private ResourceBuilder Resource()
        => ResourceBuilder.CreateEmpty()
            .AddService(serviceName, serviceVersion: typeof(TelemetryService).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion)
            .AddTelemetrySdk()
            .AddEnvironmentVariableDetector();
}
