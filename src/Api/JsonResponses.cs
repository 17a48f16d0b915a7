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

/// <summary>200 with JSON that is ready.</summary>
internal sealed class JsonAnswer(byte[] json) : IResult
{
    public Task ExecuteAsync(HttpContext httpContext)
        => httpContext.Response.WriteJsonAsync(json, JsonResponses.ContentType, httpContext.RequestAborted);
}
