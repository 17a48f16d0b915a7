namespace Orderly.Api.Problems;

/// <summary>A kind of problem that clients can rely on: its type, status and title never change.</summary>
/// <param name="Name">The last part of its address.</param>
/// <param name="Title">What it is, in a sentence.</param>
/// <param name="Advice">What it means for a client and what to do, for the page at its address.</param>
internal sealed record ProblemType(string Name, int Status, string Title, string Advice)
{
    public const string Path = "/problems";

    public static readonly ProblemType MalformedRequest = new(
        "malformed-request", 400, "The request can't be read.",
        "The body is not one JSON object of the fields that the operation knows, or a value has another JSON type. The member errors names "
        + "the field. Nothing was done. Mend the request; the same one is refused again.");
    public static readonly ProblemType MalformedHeader = new(
        "malformed-header", 400, "A header is not well-formed.",
        "A header that the operation reads can't be read, or a condition was sent that it does not check. The member errors names the "
        + "header. Nothing was done.");
    public static readonly ProblemType MalformedParameter = new(
        "malformed-parameter", 400, "A query parameter can't be used.",
        "A query parameter is not known here, is there twice, or has a value that is not allowed. The member errors names it.");
    public static readonly ProblemType Unauthenticated = new(
        "unauthenticated", 401, "Nobody knows who sends this.",
        "The header Authorization has to have 'Bearer' and an access token of an issuer that the service trusts, or an API key. The header "
        + "WWW-Authenticate says what is wrong with the one that was sent. Nothing was done.");
    public static readonly ProblemType Forbidden = new(
        "forbidden", 403, "The caller may not do this.",
        "Who the caller is, is known, but the roles and scopes of the token or key do not allow this. The header WWW-Authenticate names "
        + "the scopes that would. Nothing was done.");
    public static readonly ProblemType NotFound = new(
        "not-found", 404, "There is no such thing.",
        "Nothing has this address, or the view that was asked does not hold it. What a command has just made may not be in the view yet: "
        + "send the command's position as Min-Log-Position, and the query waits for it.");
    public static readonly ProblemType MethodNotAllowed = new(
        "method-not-allowed", 405, "The method is not possible here.", "The header Allow lists the methods that are.");
    public static readonly ProblemType AlreadyExists = new(
        "already-exists", 409, "It exists already.",
        "Something with this id was made before, by another request. Nothing was done. To be able to repeat a request without harm, send "
        + "it with an Idempotency-Key from the first time on.");
    public static readonly ProblemType InvalidTransition = new(
        "invalid-transition", 409, "The state does not allow this step.",
        "The members state and step say what it is and what was asked for. Nothing was done. Read it anew to see what is possible.");
    public static readonly ProblemType StaleRevision = new(
        "stale-revision", 412, "It is at another revision.",
        "Somebody changed it after the revision that If-Match names. Nothing was done. The header ETag has the current revision: read it "
        + "anew, decide again, and send the new tag.");
    public static readonly ProblemType BodyTooLarge = new(
        "body-too-large", 413, "The body is too large.", "A body has at most 1 MiB. Nothing was done.");
    public static readonly ProblemType NotJson = new(
        "unsupported-media-type", 415, "The body is not JSON.", "Send the body as application/json in UTF-8. Nothing was done.");
    public static readonly ProblemType Encoded = new(
        "unsupported-content-encoding", 415, "The body is encoded.", "Send the body as it is, without Content-Encoding. Nothing was done.");
    public static readonly ProblemType Validation = new(
        "validation", 422, "The request is not valid.",
        "The request can be read, but values in it are not allowed. The member errors says of each field what is. Nothing was done.");
    public static readonly ProblemType IdempotencyKeyReused = new(
        "idempotency-key-reused", 422, "The idempotency key was used before.",
        "Another request was sent under this key: another method, path or body. Nothing was done. Use a new key for a new request.");
    public static readonly ProblemType RateLimited = new(
        "rate-limited", 429, "Too many requests.",
        "This caller, or this address, sent more requests in a second than are answered. Nothing was done. Wait as long as Retry-After "
        + "says; every answer says in RateLimit what is left.");
    public static readonly ProblemType InternalError = new(
        "internal-error", 500, "Something went wrong here.",
        "This is a mistake of the service. Its log has the cause under the member traceId of the answer.");
    public static readonly ProblemType UnreadableStream = new(
        "unreadable-stream", 500, "A recorded event can't be read.",
        "An event that counts is damaged, or was written by a newer version, so nothing is decided without it. An operator has to look at "
        + "it.");
    public static readonly ProblemType Contention = new(
        "contention", 503, "Too many changes at the same time.",
        "Others changed the same thing faster than the command could be decided. Nothing was done. Send it again.");
    public static readonly ProblemType EventStoreUnavailable = new(
        "event-store-unavailable", 503, "The event store can't be reached.",
        "Whether a command took effect is not known; sending it again is safe with the Idempotency-Key that it had. Wait as long as "
        + "Retry-After says.");
    public static readonly ProblemType ViewStoreUnavailable = new(
        "view-store-unavailable", 503, "The view store can't be reached.", "Ask again when Retry-After says. Commands may work meanwhile.");
    public static readonly ProblemType IssuerUnavailable = new(
        "issuer-unavailable", 503, "The issuer of the token can't be reached.",
        "The keys to verify the token with could not be fetched from its issuer. Nothing was done. Send the request again when Retry-After "
        + "says.");
    public static readonly ProblemType Timeout = new(
        "timeout", 503, "It took too long.",
        "Whether a command took effect is not known; sending it again is safe with the Idempotency-Key that it had.");
    public static readonly ProblemType Stopping = new(
        "stopping", 503, "The service stops.",
        "Send the request again, to another replica or to the next start. A command may have taken effect; sending it again is safe with "
        + "the Idempotency-Key that it had.");
    public static readonly ProblemType NotReady = new(
        "not-ready", 503, "The service is not ready.",
        "The member errors names what is missing: the event store, the view store, or views that are of another log or too far behind.");
    public static readonly ProblemType ViewOfOtherLog = new(
        "view-of-other-log", 503, "The view is of another log.",
        "The log was replaced, such as by a backup, and the view was built from the one before. An operator has to have it built anew.");
    public static readonly ProblemType ViewBehind = new(
        "view-behind", 504, "The view is not there yet.",
        "The view did not reach the position that Min-Log-Position names in time. The member position says how far it is. Ask again, or "
        + "wait longer with Prefer: wait=30.");

    public static IReadOnlyList<ProblemType> All { get; } =
    [
        MalformedRequest, MalformedHeader, MalformedParameter, Unauthenticated, Forbidden, NotFound, MethodNotAllowed, AlreadyExists,
        InvalidTransition, StaleRevision,
        BodyTooLarge, NotJson, Encoded, Validation, IdempotencyKeyReused, RateLimited, InternalError, UnreadableStream, Contention,
        EventStoreUnavailable, ViewStoreUnavailable, IssuerUnavailable, Timeout, Stopping, NotReady, ViewOfOtherLog, ViewBehind,
    ];

    /// <summary>The <c>type</c> member of RFC 9457: a path on this host, at which a page explains the problem.</summary>
    public string Type => $"{Path}/{Name}";
}
