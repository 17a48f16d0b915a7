using Orderly.Domain.Deciding;

namespace Orderly.Api.Problems;

/// <summary>How a refused command looks to a client.</summary>
internal static class RefusalProblems
{
    public static Problem ToProblem(this Refusal refusal) => refusal.Kind switch
    {
        RefusalKind.Invalid => new Problem(ProblemType.Validation, refusal.Detail) { Errors = refusal.Errors },
        RefusalKind.NotFound => new Problem(ProblemType.NotFound, refusal.Detail),
        RefusalKind.AlreadyExists => new Problem(ProblemType.AlreadyExists, refusal.Detail),
        RefusalKind.InvalidTransition
            => new Problem(ProblemType.InvalidTransition, refusal.Detail) { State = refusal.State, Step = refusal.Step },
        RefusalKind.StaleRevision => new Problem(ProblemType.StaleRevision, refusal.Detail)
        {
            EntityTag = refusal.Revision is >= 0 and { } revision ? EntityTags.Of(revision) : null,
        },
        RefusalKind.IdempotencyKeyReused => new Problem(ProblemType.IdempotencyKeyReused, refusal.Detail),
        RefusalKind.Contention => new Problem(ProblemType.Contention, refusal.Detail) { RetryAfter = TimeSpan.FromSeconds(1) },
        RefusalKind.Forbidden => new Problem(ProblemType.Forbidden, refusal.Detail),
        RefusalKind.UnreadableStream => new Problem(ProblemType.UnreadableStream, refusal.Detail),
        _ => throw new ArgumentOutOfRangeException(nameof(refusal), refusal.Kind, "There is no problem type for this refusal."),
    };
}
