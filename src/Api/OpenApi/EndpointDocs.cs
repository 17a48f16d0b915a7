using Orderly.Api.Commands;
using Orderly.Api.Problems;
using Orderly.Api.Queries;

namespace Orderly.Api.OpenApi;

/// <summary>
/// Declares, for each family of endpoints once, what they take and answer. An endpoint says only which family it
/// belongs to and what is its own; <c>WithName</c> gives the operation's id, from which generated clients name their methods.
/// </summary>
internal static class EndpointDocs
{
    private static readonly ProblemType[] s_any
    = [
        ProblemType.MalformedParameter, ProblemType.Unauthenticated, ProblemType.Forbidden, ProblemType.RateLimited,
        ProblemType.InternalError, ProblemType.IssuerUnavailable, ProblemType.Timeout, ProblemType.Stopping,
    ];

    private static readonly ProblemType[] s_command =
    [
        ProblemType.MalformedRequest, ProblemType.MalformedHeader, ProblemType.StaleRevision, ProblemType.BodyTooLarge, ProblemType.NotJson,
        ProblemType.Encoded, ProblemType.Validation, ProblemType.IdempotencyKeyReused, ProblemType.UnreadableStream, ProblemType.Contention,
        ProblemType.EventStoreUnavailable, .. s_any,
    ];

    private static readonly ProblemType[] s_view =
        [ProblemType.MalformedHeader, ProblemType.ViewStoreUnavailable, ProblemType.ViewOfOtherLog, ProblemType.ViewBehind, .. s_any];

    private const string Commanded
        = "The answer's `position`, sent to a query as `Min-Log-Position`, has the query wait until it shows what this did.";

    private const string Created = "Sent again with the same `Idempotency-Key` it takes effect once. " + Commanded;
    private const string Changed = "With `If-Match` it takes effect only at the revision that the client has seen. " + Commanded;
    private const string Keyed = "`key` is told only this once. When the answer was lost, rotate the key: a repeat does not tell it. ";
    private const string Viewed = "Reads a view, which may be behind the log: `Min-Log-Position` has it wait. ";

    private static readonly ParameterDoc[] s_keyParameters = [ParameterDoc.IdempotencyKey, ParameterDoc.IfMatch];
    private static readonly ParameterDoc[] s_commandParameters = [.. s_keyParameters, ParameterDoc.PreferDocument];
    private static readonly ParameterDoc[] s_freshness = [ParameterDoc.MinLogPosition, ParameterDoc.Prefer];
    private static readonly HeaderDoc[] s_pageHeaders = [HeaderDoc.ViewPosition, HeaderDoc.PreferenceApplied, HeaderDoc.Link];
    private static readonly HeaderDoc[] s_commandHeaders =
    [
        HeaderDoc.Revision, HeaderDoc.CommandPosition, HeaderDoc.IdempotentReplayed, HeaderDoc.ContentLocation,
        HeaderDoc.CommandPreferenceApplied,
    ];

    private static readonly HeaderDoc[] s_keyHeaders = [HeaderDoc.Revision, HeaderDoc.CommandPosition, HeaderDoc.IdempotentReplayed];
    private static readonly HeaderDoc[] s_documentHeaders = [HeaderDoc.Version, HeaderDoc.ViewPosition, HeaderDoc.PreferenceApplied];

    /// <summary>A command that makes something new.</summary>
    public static IEndpointConventionBuilder Creates<TBody>(
        this IEndpointConventionBuilder endpoint, string summary, string example, string location)
        where TBody : class, IRequestBody<TBody>
        => endpoint.Command<TBody>(summary, Created, example, location, ProblemType.AlreadyExists);

    /// <summary>A command that makes something new in something that exists.</summary>
    public static IEndpointConventionBuilder CreatesIn<TBody>(
        this IEndpointConventionBuilder endpoint, string summary, string example, string location)
        where TBody : class, IRequestBody<TBody>
        => endpoint.Command<TBody>(summary, Created, example, location, ProblemType.NotFound, ProblemType.AlreadyExists);

    /// <summary>A command that changes something that exists.</summary>
    /// <param name="example">A body; null when there is nothing to say in one.</param>
    public static IEndpointConventionBuilder Changes<TBody>(
        this IEndpointConventionBuilder endpoint, string summary, string? example = null)
        where TBody : class, IRequestBody<TBody>
        => endpoint.Command<TBody>(summary, Changed, example, null, ProblemType.NotFound, ProblemType.InvalidTransition);

    /// <summary>A command that makes something new with a secret, which its answer tells.</summary>
    public static IEndpointConventionBuilder CreatesKey<TBody>(
        this IEndpointConventionBuilder endpoint, string summary, string example, string location)
        where TBody : class, IRequestBody<TBody>
        => endpoint.Command<TBody>(
            summary, Keyed + Created, example,
            new ResponseDoc(
                201, "It was made.", typeof(ApiKeyAnswer), Examples.IssuedApiKey, [.. s_keyHeaders, HeaderDoc.Location(location)]),
            s_keyParameters, ProblemType.AlreadyExists);

    /// <summary>A command that gives something that exists a new secret, which its answer tells.</summary>
    public static IEndpointConventionBuilder ChangesKey<TBody>(
        this IEndpointConventionBuilder endpoint, string summary, string example)
        where TBody : class, IRequestBody<TBody>
        => endpoint.Command<TBody>(
            summary, Keyed + Changed, example,
            new ResponseDoc(200, "It took effect.", typeof(ApiKeyAnswer), Examples.IssuedApiKey, s_keyHeaders),
            s_keyParameters, ProblemType.NotFound, ProblemType.InvalidTransition);

    /// <summary>A query for one document of a view.</summary>
    public static IEndpointConventionBuilder ReadsDocument<TDocument>(
        this IEndpointConventionBuilder endpoint, string summary, string example, params IReadOnlyList<ParameterDoc> parameters)
        => endpoint.WithMetadata(new OperationDoc(
            summary,
            [
                new ResponseDoc(200, "The document.", typeof(TDocument), example, s_documentHeaders),
                new ResponseDoc(304, "It is still the version that If-None-Match names.", null, null, s_documentHeaders),
            ],
            [.. s_view, ProblemType.NotFound])
        {
            Description = Viewed + "With `If-None-Match` the document is sent only when it has changed.",
            Parameters = [.. parameters, ParameterDoc.IfNoneMatch, .. s_freshness],
        });

    /// <summary>A query for a page of a view.</summary>
    public static IEndpointConventionBuilder ReadsPage<TPage>(
        this IEndpointConventionBuilder endpoint, string summary, string example, params IReadOnlyList<ParameterDoc> parameters)
        => endpoint.WithMetadata(new OperationDoc(
            summary, [new ResponseDoc(200, "The page.", typeof(TPage), example, s_pageHeaders)],
            s_view)
        {
            Description = Viewed + "`nextCursor`, sent as `cursor`, gives the next page.",
            Parameters = [.. parameters, ParameterDoc.Limit, ParameterDoc.Cursor, .. s_freshness],
        });

    /// <summary>A query for what a view knows about one thing, all on one page.</summary>
    public static IEndpointConventionBuilder ReadsListOf<TPage>(
        this IEndpointConventionBuilder endpoint, string summary, string example, params IReadOnlyList<ParameterDoc> parameters)
        => endpoint.WithMetadata(new OperationDoc(
            summary, [new ResponseDoc(200, "The list.", typeof(TPage), example, HeaderDoc.ViewPosition, HeaderDoc.PreferenceApplied)],
            [.. s_view, ProblemType.NotFound])
        {
            Description = Viewed + "There are no further pages.",
            Parameters = [.. parameters, ParameterDoc.Limit, .. s_freshness],
        });

    /// <summary>A question that is answered from the log.</summary>
    public static IEndpointConventionBuilder ReadsLog<TAnswer>(
        this IEndpointConventionBuilder endpoint, string summary, string example, params IReadOnlyList<ParameterDoc> parameters)
        => endpoint.WithMetadata(new OperationDoc(
            summary, [new ResponseDoc(200, "What the log says.", typeof(TAnswer), example, HeadersOf(parameters))],
            [
                ProblemType.MalformedHeader, ProblemType.NotFound, ProblemType.UnreadableStream,
                ProblemType.EventStoreUnavailable, ProblemType.ViewStoreUnavailable, .. s_any,
            ])
        {
            Description = "Reads the log, not a view.",
            Parameters = parameters,
        });

    /// <summary>A question about the service itself.</summary>
    public static IEndpointConventionBuilder Reads<TAnswer>(
        this IEndpointConventionBuilder endpoint, string summary, string example, params IReadOnlyList<ProblemType> problems)
        => endpoint.WithMetadata(new OperationDoc(
            summary, [new ResponseDoc(200, "The answer.", typeof(TAnswer), example)],
            [ProblemType.MalformedHeader, ProblemType.EventStoreUnavailable, ProblemType.ViewStoreUnavailable, .. problems, .. s_any])
        {
            Description = "Reads what the stores say of themselves at this moment.",
        });

    /// <summary>An operator's wish, which the worker that keeps a view fulfils.</summary>
    public static IEndpointConventionBuilder Asks<TAnswer>(this IEndpointConventionBuilder endpoint, string summary, string example)
        => endpoint.WithMetadata(new OperationDoc(
            summary,
            [new ResponseDoc(202, "The worker was asked.", typeof(TAnswer), example)],
            [ProblemType.MalformedHeader, ProblemType.NotFound, ProblemType.ViewStoreUnavailable, .. s_any])
        {
            Description = "The worker that keeps the view does it; the list of parked events shows what became of it.",
        });

    /// <summary>A health check. It is never turned away for its rate.</summary>
    public static IEndpointConventionBuilder Probes(
        this IEndpointConventionBuilder endpoint, string summary, string example, params IReadOnlyList<ProblemType> problems)
        => endpoint.WithMetadata(new OperationDoc(
            summary, [new ResponseDoc(200, "It does.", typeof(HealthAnswer), example)],
            [.. problems, ProblemType.InternalError, ProblemType.Timeout, ProblemType.Stopping])
        {
            Description = "It is outside the rate limit and looks at no condition.",
        });

    private static HeaderDoc[] HeadersOf(IReadOnlyList<ParameterDoc> parameters)
        => parameters.Contains(ParameterDoc.Limit) ? [HeaderDoc.Link] : [];

    private static IEndpointConventionBuilder Command<TBody>(
        this IEndpointConventionBuilder endpoint, string summary, string description, string? example, string? location,
        params IReadOnlyList<ProblemType> problems)
        where TBody : class, IRequestBody<TBody>
        => endpoint.Command<TBody>(
            summary, description, example,
            location is null
                ? new ResponseDoc(
                    200, "It took effect.", typeof(CommandAnswer), Examples.Accepted, s_commandHeaders)
                : new ResponseDoc(
                    201, "It was made.", typeof(CommandAnswer), Examples.Accepted, [.. s_commandHeaders, HeaderDoc.Location(location)]),
            s_commandParameters, problems);

    private static IEndpointConventionBuilder Command<TBody>(
        this IEndpointConventionBuilder endpoint, string summary, string description, string? example, ResponseDoc success,
        IReadOnlyList<ParameterDoc> parameters, params IReadOnlyList<ProblemType> problems)
        where TBody : class, IRequestBody<TBody>
        => endpoint.WithMetadata(new OperationDoc(summary, [success], [.. s_command, .. problems])
        {
            Description = description,
            Body = example is null ? null : new BodyDoc(typeof(TBody), TBody.WhenEmpty is null, example),
            Parameters = parameters,
        });
}
