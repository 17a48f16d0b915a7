using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;
using Orderly.Api.OpenApi;
using Orderly.Api.Problems;

namespace Orderly.Api;

/// <summary>What addresses have in common: how they are read, which parameters they know, and where the next page is.</summary>
internal static class Addresses
{
    private static readonly string[] s_reading = [HttpMethods.Get, HttpMethods.Head];

    /// <summary>Answers <c>GET</c>, and <c>HEAD</c> in the same way: the server leaves the body out.</summary>
    public static RouteHandlerBuilder MapRead(this IEndpointRouteBuilder routes, string pattern, Delegate handler)
        => routes.MapMethods(pattern, s_reading, handler);

    /// <summary>
    /// A middleware that refuses query parameters that the operation does not know: a filter that is misspelt would find everything.
    /// </summary>
    public static Task RefuseUnknownParametersAsync(HttpContext http, RequestDelegate next)
    {
        // A health check answers, whatever is asked of it.
        if (!http.Request.QueryString.HasValue || http.GetEndpoint()?.Metadata.GetMetadata<OperationDoc>() is not { } operation
            || !operation.Problems.Contains(ProblemType.MalformedParameter))
        {
            return next(http);
        }

        Dictionary<string, string[]> errors = new(StringComparer.Ordinal);
        foreach (var name in http.Request.Query.Keys.Where(name => !operation.Takes(name)))
        {
            errors[name] = ["is not known here."];
        }

        return errors.Count == 0
            ? next(http)
            : new Problem(ProblemType.MalformedParameter, "The query can't be answered.") { Errors = errors }.ExecuteAsync(http);
    }

    /// <summary>Says in <c>Link</c> (RFC 8288) where the next page is: at this address with another place to start from.</summary>
    /// <param name="parameter">The query parameter that names the place.</param>
    public static void LinkNext(this HttpContext http, string parameter, string place)
    {
        var request = http.Request;
        var others = request.Query.Where(one => !one.Key.Equals(parameter, StringComparison.OrdinalIgnoreCase));
        var path = request.PathBase.Add(request.Path).ToUriComponent();
        var next = QueryHelpers.AddQueryString(QueryHelpers.AddQueryString(path, others), parameter, place);
        http.Response.Headers[HeaderNames.Link] = $"<{next}>; rel=\"next\"";
    }
}
