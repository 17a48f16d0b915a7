using Orderly.Api.OpenApi;
using Orderly.Api.Problems;
using Orderly.Api.Queries;
using Orderly.Domain.EventStore;
using Orderly.ReadModels.ViewStore;
using Orderly.ReadModels.Waiting;

namespace Orderly.Api.Resources;

/// <summary>For load balancers and orchestrators: whether the process lives, and whether it can serve requests.</summary>
internal static partial class Health
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(2);

    public static void MapHealth(this IEndpointRouteBuilder app)
    {
        var health = app.MapGroup("/health").WithTags("Health").DisableRateLimiting();
        health.MapGet("/live", () => Healthy("live")).Probes("Whether the process answers.", """{"status":"live"}""");
        health.MapGet("/ready", CheckAsync).Probes(
            "Whether both stores can be read, the views are of the log, and their progress is followed.", """{"status":"ready"}""", ProblemType.NotReady);
    }

    private static async Task<IResult> CheckAsync(
        HttpContext http, IEventStore events, IViewStore views, ViewProgress progress, IViewOrigins origins, ILogger<HealthAnswer> logger)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted);
        patience.CancelAfter(s_patience);
        var errors = new Dictionary<string, string[]>(StringComparer.Ordinal);

        async Task Check(string name, Func<CancellationToken, Task<string?>> check)
        {
            try
            {
                if (await check(patience.Token) is { } error)
                {
                    errors[name] = [error];
                }
            }
            catch (OperationCanceledException) when (!http.RequestAborted.IsCancellationRequested)
            {
                errors[name] = ["did not answer in time."];
            }
            catch (Exception e) when (e is EventStoreUnavailableException or ViewStoreUnavailableException)
            {
                LogUnavailable(logger, name, e.Message);
                errors[name] = ["can't be reached."];
            }
        }

        await Check("eventStore", async token =>
        {
            await events.ReadHeadAsync(token);
            return null;
        });
        List<string> warnings = [];
        await Check("viewStore", token => FollowsAsync(views, progress, warnings, token));
        await Check("views", token => FindOtherLogsAsync(views, origins, token));
        return errors.Count == 0
            ? Healthy("ready", warnings)
            : new Problem(ProblemType.NotReady, "See the errors for what is missing.") { Errors = errors, RetryAfter = s_patience };
    }

    /// <summary>What a view store shows now has to reach this process's own knowledge of it soon.</summary>
    private static async Task<string?> FollowsAsync(
        IViewStore views, ViewProgress progress, List<string> warnings, CancellationToken cancellationToken)
    {
        foreach (var generation in (await views.ReadGenerationsAsync(cancellationToken)).Where(generation => generation.IsLive))
        {
            if (generation.Partitions.Any(partition => partition.Parked > 0))
            {
                warnings.Add($"'{generation.View}' has parked events.");
            }

            if (generation.Partitions.Any(partition => partition.Fault is not null))
            {
                warnings.Add($"'{generation.View}' can't go on.");
            }

            if (!await progress.WaitAsync(generation.View, generation.Position, s_patience / 2, cancellationToken))
            {
                return $"the progress of '{generation.View}' is not followed.";
            }
        }

        return null;
    }

    /// <summary>A view of another log can't say what became of a command.</summary>
    private static async Task<string?> FindOtherLogsAsync(IViewStore views, IViewOrigins origins, CancellationToken cancellationToken)
    {
        List<string> others = [];
        foreach (var view in (await views.ReadGenerationsAsync(cancellationToken)).Where(one => one.IsLive).Select(one => one.View))
        {
            if (await origins.FindFaultAsync(view, cancellationToken) is not null)
            {
                others.Add(view);
            }
        }

        return others.Count == 0 ? null : $"of another log than the one that is there: {string.Join(", ", others)}.";
    }

    private static JsonAnswer Healthy(string status, List<string>? warnings = null)
        => JsonAnswer.Of(new HealthAnswer(status, warnings is { Count: > 0 } ? warnings : null), ApiJson.Default.HealthAnswer);

    [LoggerMessage(4010, LogLevel.Warning, "Not ready: {Check} can't be reached. {Reason}")]
    private static partial void LogUnavailable(ILogger logger, string check, string reason);
}
