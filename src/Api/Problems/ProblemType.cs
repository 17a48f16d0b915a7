namespace Orderly.Api.Problems;

/// <summary>A kind of problem that clients can rely on: its type, status and title never change.</summary>
/// <param name="Type">The <c>type</c> member of RFC 9457, a path on this host.</param>
internal sealed record ProblemType(string Type, int Status, string Title)
{
    /// <summary>What tells the types apart.</summary>
    public string Slug => Type["/problems/".Length..];

    public static readonly ProblemType MalformedRequest = new("/problems/malformed-request", 400, "The request can't be read.");
    public static readonly ProblemType MalformedHeader = new("/problems/malformed-header", 400, "A header is not well-formed.");
    public static readonly ProblemType MalformedParameter = new("/problems/malformed-parameter", 400, "A query parameter can't be used.");
    public static readonly ProblemType NotFound = new("/problems/not-found", 404, "There is no such thing.");
    public static readonly ProblemType MethodNotAllowed = new("/problems/method-not-allowed", 405, "The method is not possible here.");
    public static readonly ProblemType AlreadyExists = new("/problems/already-exists", 409, "It exists already.");
    public static readonly ProblemType InvalidTransition = new("/problems/invalid-transition", 409, "The state does not allow this step.");
    public static readonly ProblemType StaleRevision = new("/problems/stale-revision", 412, "It is at another revision.");
    public static readonly ProblemType BodyTooLarge = new("/problems/body-too-large", 413, "The body is too large.");
    public static readonly ProblemType NotJson = new("/problems/unsupported-media-type", 415, "The body is not JSON.");
    public static readonly ProblemType Encoded = new("/problems/unsupported-content-encoding", 415, "The body is encoded.");
    public static readonly ProblemType Validation = new("/problems/validation", 422, "The request is not valid.");
    public static readonly ProblemType IdempotencyKeyReused = new(
        "/problems/idempotency-key-reused", 422, "The idempotency key was used before.");
    public static readonly ProblemType RateLimited = new("/problems/rate-limited", 429, "Too many requests.");
    public static readonly ProblemType InternalError = new("/problems/internal-error", 500, "Something went wrong here.");
    public static readonly ProblemType UnreadableStream = new("/problems/unreadable-stream", 500, "A recorded event can't be read.");
    public static readonly ProblemType Contention = new("/problems/contention", 503, "Too many changes at the same time.");
    public static readonly ProblemType EventStoreUnavailable = new(
        "/problems/event-store-unavailable", 503, "The event store can't be reached.");
    public static readonly ProblemType ViewStoreUnavailable = new(
        "/problems/view-store-unavailable", 503, "The view store can't be reached.");
    public static readonly ProblemType Timeout = new("/problems/timeout", 503, "It took too long.");
    public static readonly ProblemType Stopping = new("/problems/stopping", 503, "The service stops.");
    public static readonly ProblemType NotReady = new("/problems/not-ready", 503, "The service is not ready.");
    public static readonly ProblemType ViewOfOtherLog = new("/problems/view-of-other-log", 503, "The view is of another log.");
    public static readonly ProblemType ViewBehind = new("/problems/view-behind", 504, "The view is not there yet.");
}
