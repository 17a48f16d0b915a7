using System.Globalization;
using Microsoft.OpenApi;

namespace Orderly.Api.Tests;

/// <summary>
/// Holds every answer against the service's own OpenAPI document: its status, its media type and those of its headers
/// that the contract speaks of have to be listed for that path and method. So every test is a test of the document.
/// </summary>
internal sealed class DocumentedResponses(HttpMessageHandler inner) : DelegatingHandler(inner)
{
    private static readonly string[] s_headers =
    [
        "ETag", "Log-Position", "Location", "Content-Location", "Link", "Retry-After", "Preference-Applied", "Idempotent-Replayed",
    ];

    private readonly SemaphoreSlim _once = new(1, 1);
    private OpenApiDocument? _document;

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var response = await base.SendAsync(request, cancellationToken);
        if (Find(await LoadAsync(request.RequestUri!, cancellationToken), request.RequestUri!.AbsolutePath) is not { } path)
        {
            return response;
        }

        var method = request.Method == HttpMethod.Head ? HttpMethod.Get : request.Method;
        if (path.Operations!.TryGetValue(method, out var operation))
        {
            Check(operation, response, $"{method} {request.RequestUri.AbsolutePath}");
        }
        else if (method != HttpMethod.Options)
        {
            Assert.Equal(405, (int)response.StatusCode);
        }

        return response;
    }

    private static void Check(OpenApiOperation operation, HttpResponseMessage response, string call)
    {
        var status = ((int)response.StatusCode).ToString(CultureInfo.InvariantCulture);
        Assert.True(
            operation.Responses!.TryGetValue(status, out var documented),
            $"{call} answered {status}, which the OpenAPI document does not list.");
        if (response.Content.Headers.ContentType?.MediaType is { } mediaType)
        {
            Assert.True(
                documented.Content?.ContainsKey(mediaType) == true,
                $"{call} answered {status} as {mediaType}, which the OpenAPI document does not list.");
        }

        var answered = response.Headers.Concat(response.Content.Headers).Select(header => header.Key);
        foreach (var header in s_headers.Intersect(answered, StringComparer.OrdinalIgnoreCase))
        {
            Assert.True(
                documented.Headers?.ContainsKey(header) == true,
                $"{call} answered {status} with {header}, which the OpenAPI document does not list.");
        }
    }

    private static IOpenApiPathItem? Find(OpenApiDocument document, string path)
    {
        var segments = path.Split('/');
        bool Fits(string template)
        {
            var parts = template.Split('/');
            return parts.Length == segments.Length
                && parts.Zip(segments).All(pair => pair.First.StartsWith('{') || pair.First == pair.Second);
        }

        // A literal segment goes before a parameter: /v1/history/orders/{id} is not a stream.
        return document.Paths.Where(entry => Fits(entry.Key))
            .OrderBy(entry => entry.Key.Count(c => c == '{'))
            .Select(entry => entry.Value)
            .FirstOrDefault();
    }

    private async Task<OpenApiDocument> LoadAsync(Uri address, CancellationToken cancellationToken)
    {
        if (_document is not null)
        {
            return _document;
        }

        await _once.WaitAsync(cancellationToken);
        try
        {
            if (_document is null)
            {
                using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(address, "/swagger/v1/swagger.json"));
                using var response = await base.SendAsync(request, cancellationToken);
                var read = OpenApiDocument.Parse(await response.Content.ReadAsStringAsync(cancellationToken), "json");
                _document = read.Document!;
            }

            return _document;
        }
        finally
        {
            _once.Release();
        }
    }
}
