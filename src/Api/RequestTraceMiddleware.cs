using System.Diagnostics;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.Metadata;

namespace Orderly.Api;

/// <summary>
/// Names a traced request by its route and says how it ended, as OpenTelemetry's conventions for HTTP want it. ASP.NET Core makes
/// the activity with what is known when the request comes; the package that adds the rest is missing in some registries.
/// </summary>
internal sealed class RequestTraceMiddleware(RequestDelegate next)
{
    public Task InvokeAsync(HttpContext http)
        => http.Features.Get<IHttpActivityFeature>()?.Activity is { IsAllDataRequested: true } activity ? TraceAsync(http, activity) : next(http);

    private async Task TraceAsync(HttpContext http, Activity activity)
    {
        await next(http);
        var method = activity.GetTagItem("http.request.method") ?? http.Request.Method;
        var route = http.GetEndpoint()?.Metadata.GetMetadata<IRouteDiagnosticsMetadata>()?.Route;
        activity.DisplayName = route is null ? $"{method}" : $"{method} {route}";
        activity.SetTag("http.route", route).SetTag("http.response.status_code", http.Response.StatusCode);
        if (http.Response.StatusCode >= StatusCodes.Status500InternalServerError)
        {
            activity.SetStatus(ActivityStatusCode.Error);
        }
    }
}
