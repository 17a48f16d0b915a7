using Microsoft.AspNetCore.Http.Features;

namespace Orderly.Api.Access;

/// <summary>Finds out who sends each request, before it is counted.</summary>
internal sealed class CallerMiddleware(RequestDelegate next, Callers callers)
{
    public Task InvokeAsync(HttpContext http)
    {
        var found = callers.FindAsync(http);
        if (!found.IsCompletedSuccessfully)
        {
            return GoOnAsync(http, found);
        }

        http.Features.Set(found.Result);
        return next(http);
    }

    private async Task GoOnAsync(HttpContext http, ValueTask<CallerFeature> found)
    {
        http.Features.Set(await found);
        await next(http);
    }
}

/// <summary>Refuses an operation to who is unknown, or may not do it, before anything of the request is read.</summary>
internal sealed class AccessMiddleware(RequestDelegate next)
{
    public Task InvokeAsync(HttpContext http)
    {
        if (http.GetEndpoint()?.Metadata is not { } metadata || metadata.GetMetadata<Needs>() is not { } needs)
        {
            return next(http);
        }

        var feature = http.Features.GetRequiredFeature<CallerFeature>();
        return feature.Refusal is { } refusal ? refusal.ExecuteAsync(http)
            : needs.AreMetBy(feature.Caller) ? next(http)
            : http.Forbid().ExecuteAsync(http);
    }
}
