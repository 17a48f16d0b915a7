using System.Collections.Concurrent;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace Orderly.Api.Tests;

/// <summary>Takes what an OTLP exporter sends, over HTTP or gRPC, and keeps it as it came.</summary>
internal sealed class Collector : IAsyncDisposable
{
    private readonly ConcurrentQueue<(string Path, string? Header, string Body)> _received = [];
    private readonly WebApplication _app;

    private Collector(bool isGrpc)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(
            IPAddress.Loopback, 0, listen => listen.Protocols = isGrpc ? HttpProtocols.Http2 : HttpProtocols.Http1));
        _app = builder.Build();
        _app.Run(TakeAsync);
    }

    public string Address => _app.Urls.Single();

    public static async Task<Collector> StartAsync(bool isGrpc = false)
    {
        var collector = new Collector(isGrpc);
        await collector._app.StartAsync();
        return collector;
    }

    /// <summary>Everything about metrics, or about traces: protobuf, in which texts are as they are.</summary>
    public string Metrics => Of("metrics");

    /// <inheritdoc cref="Metrics"/>
    public string Traces => Of("trace");

    /// <summary>Where each request went.</summary>
    public IEnumerable<string> Paths => _received.Select(one => one.Path);

    /// <summary>The header <c>x-key</c> of each request.</summary>
    public IEnumerable<string?> Keys => _received.Select(one => one.Header);

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    private string Of(string signal)
        => string.Concat(_received.Where(one => one.Path.Contains(signal, StringComparison.OrdinalIgnoreCase)).Select(one => one.Body));

    private async Task TakeAsync(HttpContext http)
    {
        using var body = new MemoryStream();
        await http.Request.Body.CopyToAsync(body);
        _received.Enqueue((http.Request.Path, http.Request.Headers["x-key"], Encoding.Latin1.GetString(body.ToArray())));
        http.Response.ContentType = http.Request.ContentType;
        if (http.Request.Protocol == "HTTP/2")
        {
            // An empty message, and that all went well.
            http.Response.DeclareTrailer("grpc-status");
            await http.Response.Body.WriteAsync(new byte[5]);
            http.Response.AppendTrailer("grpc-status", "0");
        }
    }
}
