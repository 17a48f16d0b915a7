using Microsoft.Net.Http.Headers;
using Orderly.Api.OpenApi;
using Orderly.Api.Problems;

namespace Orderly.Api;

/// <summary>
/// Refuses the conditions of a request (RFC 9110, 13.1) that its operation does not check. RFC 9110 lets a server ignore some of them, but
/// a client that sends one relies on it: a command would take effect against the client's word.
/// </summary>
internal static class Conditions
{
    private static readonly string[] s_headers
        = [HeaderNames.IfMatch, HeaderNames.IfNoneMatch, HeaderNames.IfModifiedSince, HeaderNames.IfUnmodifiedSince, HeaderNames.IfRange];

    /// <summary>A middleware. What an operation checks, its documentation says.</summary>
    public static Task RefuseUnknownAsync(HttpContext http, RequestDelegate next)
    {
        foreach (var header in s_headers)
        {
            if (http.Request.Headers.ContainsKey(header) && http.GetEndpoint()?.Metadata.GetMetadata<OperationDoc>() is { } operation
                && RefusalOf(header, operation) is { } refusal)
            {
                return refusal.ExecuteAsync(http);
            }
        }

        return next(http);
    }

    private static Problem? RefusalOf(string header, OperationDoc operation)
    {
        List<string> conditions = [.. operation.Parameters.Select(parameter => parameter.Name).Intersect(s_headers)];

        // A health check answers, whatever is asked of it.
        if (conditions.Contains(header) || !operation.Problems.Contains(ProblemType.MalformedHeader))
        {
            return null;
        }

        return Problem.Of(
            ProblemType.MalformedHeader, "The condition can't be checked.", header,
            conditions is [var other] ? $"is not possible here; use {other}." : "is not possible here: this has no version.");
    }
}
