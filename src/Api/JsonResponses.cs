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
        => httpContext.Response.WriteJsonAsync(json, JsonResponses.ContentType, httpContext.RequestAborted);
}
