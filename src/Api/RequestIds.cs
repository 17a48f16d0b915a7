using System.Buffers;
using System.Diagnostics;

namespace Orderly.Api;

/// <summary>
/// Gives each request an id, the client's own when that is well-formed. The answer repeats it, log and trace have it.
/// </summary>
internal static class RequestIds
{
    public const int MaxLength = 128;

    private static readonly SearchValues<char> s_characters
        = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~:/+=");

    /// <summary>A middleware.</summary>
    public static Task NameAsync(HttpContext http, RequestDelegate next)
    {
        http.TraceIdentifier = http.Request.Headers[HeaderNamesOfOrderly.RequestId] is [{ } given] && IsWellFormed(given)
            ? given
            : Guid.CreateVersion7().ToString();
        http.Response.Headers[HeaderNamesOfOrderly.RequestId] = http.TraceIdentifier;
        Activity.Current?.SetTag("http.response.header.request-id", (string[])[http.TraceIdentifier]);
        return next(http);
    }

    private static bool IsWellFormed(string id) => id.Length is > 0 and <= MaxLength && !id.AsSpan().ContainsAnyExcept(s_characters);
}
