using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Orderly.Api;

/// <summary>Writes JSON that is ready, with its length, so that the answer is not chunked.</summary>
internal static class JsonResponses
{
    public const string ContentType = "application/json; charset=utf-8";

    public static Task WriteJsonAsync(
        this HttpResponse response, ReadOnlyMemory<byte> json, string contentType, CancellationToken cancellationToken)
    {
        response.ContentType = contentType;
        response.ContentLength = json.Length;
        return response.Body.WriteAsync(json, cancellationToken).AsTask();
    }
}

/// <summary>JSON that is ready, with the status 200 unless another one was set.</summary>
internal sealed class JsonAnswer(byte[] json) : IResult
{
    public static JsonAnswer Of<T>(T answer, JsonTypeInfo<T> type) => new(JsonSerializer.SerializeToUtf8Bytes(answer, type));

    public Task ExecuteAsync(HttpContext httpContext)
    {
        Caching.Revalidate(httpContext.Response);
        return httpContext.Response.WriteJsonAsync(json, JsonResponses.ContentType, httpContext.RequestAborted);
    }
}

/// <summary>What caches may do with answers (RFC 9111).</summary>
internal static class Caching
{
    /// <summary>
    /// It is one client's, and has to be asked for again before it is used: views move. What it depends on beside the address is what
    /// a client accepts, and who asks.
    /// </summary>
    public static void Revalidate(HttpResponse response)
    {
        response.Headers.CacheControl = "private, no-cache";
        response.Headers.Vary = "Accept, Accept-Encoding, Authorization";
    }
}
