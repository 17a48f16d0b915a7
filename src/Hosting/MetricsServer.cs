using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OpenTelemetry.Metrics;

namespace Orderly.Hosting;

/// <summary>
/// Serves the program's metrics to Prometheus, apart from the HTTP interface: whoever may send commands need not see them, and the
/// worker, which has no HTTP interface, serves them in the same way.
/// </summary>
/// <param name="metrics">What is measured. It is built when the server starts, and ends with it.</param>
internal sealed class MetricsServer(string address, MeterProviderBuilder metrics, ILoggerFactory logging) : IHostedService, IAsyncDisposable
{
    private const string Path = "/metrics";

    private MeterProvider? _meters;
    private WebApplication? _app;

    /// <summary>Whether it is a scheme, a host and perhaps a port. TLS would need a certificate, which there is no setting for.</summary>
    public static bool CanListenAt(string address)
        => Uri.TryCreate(address.Replace("//*", "//any", StringComparison.Ordinal), UriKind.Absolute, out var uri)
            && uri is { Scheme: "http", PathAndQuery: "/", UserInfo: "", Fragment: "" };

    /// <exception cref="StartFailedException">The address is taken, or not this machine's.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        _meters = metrics.AddPrometheusExporter().Build();
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls(address);
        builder.Services.AddSingleton(logging);
        _app = builder.Build();
        _app.UseOpenTelemetryPrometheusScrapingEndpoint(_meters, null, Path, null, null);
        try
        {
            await _app.StartAsync(cancellationToken);
        }
        catch (Exception e) when (e is IOException or SocketException or InvalidOperationException)
        {
            throw new StartFailedException(
                $"Metrics can't be served at '{address}': {e.Message} "
                + "Free the address, or name another: Orderly:Telemetry:PrometheusAddress.", e);
        }
    }

    public Task StopAsync(CancellationToken cancellationToken) => _app?.StopAsync(cancellationToken) ?? Task.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        if (_app is not null)
        {
            await _app.DisposeAsync();
        }

        _meters?.Dispose();
    }
}
