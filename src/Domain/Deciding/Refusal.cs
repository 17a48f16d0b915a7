namespace Orderly.Domain.Deciding;

/// <summary>Why a command was refused. Each kind is one problem type of the HTTP interface.</summary>
public enum RefusalKind
{
    /// <summary>The command itself is not valid; <see cref="Refusal.Errors"/> says why.</summary>
    Invalid,

    /// <summary>What it is about does not exist.</summary>
    NotFound,

    /// <summary>What it creates exists.</summary>
    AlreadyExists,

    /// <summary>The state does not allow the step.</summary>
    InvalidTransition,

    /// <summary>The stream is at another revision than the caller named.</summary>
    StaleRevision,

    /// <summary>The command's id was used for another request.</summary>
    IdempotencyKeyReused,

    /// <summary>Others changed the stream each time between loading and appending.</summary>
    Contention,

    /// <summary>The stream holds an event that this program can't read, so it can't decide.</summary>
    UnreadableStream,

    /// <summary>The caller may not do it.</summary>
    Forbidden,
}

/// <summary>An expected "no". Nothing was appended.</summary>
/// <param name="Detail">A sentence for a person.</param>
public sealed record Refusal(RefusalKind Kind, string Detail)
{
    /// <summary>For <see cref="RefusalKind.InvalidTransition"/>: the state it is in.</summary>
    public string? State { get; init; }

    /// <summary>For <see cref="RefusalKind.InvalidTransition"/>: the step that was asked for.</summary>
    public string? Step { get; init; }

    /// <summary>For <see cref="RefusalKind.StaleRevision"/>: where the stream is, -1 when it has no events.</summary>
    public long? Revision { get; init; }

    /// <summary>For <see cref="RefusalKind.Invalid"/>: messages by JSON field, such as <c>lines[0].quantity</c>.</summary>
    public IReadOnlyDictionary<string, string[]>? Errors { get; init; }

    public static Refusal Forbidden { get; } = new(RefusalKind.Forbidden, "The caller may not do this.");

    public static Refusal NotFound(string what, string id) => new(RefusalKind.NotFound, $"There is no {what} '{id}'.");

    public static Refusal AlreadyExists(string what, string id) => new(RefusalKind.AlreadyExists, $"The {what} '{id}' exists already.");

    /// <param name="what">Such as <c>order</c>.</param>
    /// <param name="state">Such as <c>cancelled</c>.</param>
    /// <param name="step">Such as <c>ship</c>.</param>
    public static Refusal InvalidTransition(string what, string state, string step)
        => new(RefusalKind.InvalidTransition, $"The {what} is {state}; the step '{step}' is not possible.") { State = state, Step = step };

    public static Refusal StaleRevision(long actual) => new(
        RefusalKind.StaleRevision,
        actual < 0 ? "There is nothing at the revision that If-Match names." : $"The current revision is {actual}.")
    {
        Revision = actual,
    };
}
