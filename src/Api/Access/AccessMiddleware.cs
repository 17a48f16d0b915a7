using Microsoft.AspNetCore.Http.Features;

namespace Orderly.Api.Access;

/// <summary>Finds out who sends each request, before it is counted.</summary>
internal sealed class CallerMiddleware(RequestDelegate next, Callers callers)
{
    public async Task InvokeAsync(HttpContext http)
    {
        http.Features.Set(await callers.FindAsync(http));
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
