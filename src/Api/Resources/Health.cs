using Orderly.Access;
using Orderly.Api.Access;
using Orderly.Api.OpenApi;
using Orderly.Api.Problems;
using Orderly.Api.Queries;

namespace Orderly.Api.Resources;

/// <summary>For load balancers and orchestrators: whether the process lives, and whether it can serve requests.</summary>
internal sealed class Health : IResource
{
    private const string Hidden = "What is missing, only those are told who may read about projections.";

    public ResourceDoc Doc => new("Health", "For load balancers and orchestrators.") { Place = 90 };

    public string Root => "";

    public void Map(IEndpointRouteBuilder routes)
    {
        var health = routes.MapGroup("/health").DisableRateLimiting();
        health.MapRead("/live", () => Healthy("live"))
            .WithName("checkLiveness")
            .NeedsNobody()
            .Probes("Whether the process answers.", """{"status":"live"}""");
        health.MapRead("/ready", CheckAsync)
            .WithName("checkReadiness")
            .NeedsNobody()
            .Probes(
            "Whether commands can be written, and the views are of the log, followed and not far behind.", """{"status":"ready"}""",
            ProblemType.NotReady);
    }

    private static async Task<IResult> CheckAsync(HttpContext http, Readiness readiness)
    {
        var (errors, warnings) = await readiness.CheckAsync(http.RequestAborted);
        if (!http.Caller().Has(Scopes.ProjectionsRead))
        {
            return errors.Count == 0 ? Healthy("ready") : new Problem(ProblemType.NotReady, Hidden) { RetryAfter = Readiness.Patience };
        }

        return errors.Count == 0
            ? Healthy("ready", warnings)
            : new Problem(ProblemType.NotReady, "See the errors for what is missing.") { Errors = errors, RetryAfter = Readiness.Patience };
    }

    private static JsonAnswer Healthy(string status, List<string>? warnings = null)
        => JsonAnswer.Of(new HealthAnswer(status, warnings is { Count: > 0 } ? warnings : null), ApiJson.Default.HealthAnswer);
}
