using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace Orderly.Api.Problems;

/// <summary>An answer that something is not possible: <c>application/problem+json</c> (RFC 9457).</summary>
/// <param name="Kind">What kind of problem.</param>
/// <param name="Detail">A sentence about this occurrence; nothing about the inside of the service.</param>
internal sealed record Problem(ProblemType Kind, string Detail) : IResult
{
    public const string ContentType = "application/problem+json";

    /// <summary>The detail of a problem after which the client can't know whether its command was recorded.</summary>
    public const string MayHaveTakenEffect
        = "Whether the request took effect is not known; sending it again is safe with an Idempotency-Key.";

    /// <summary>Messages by JSON field, query parameter or check.</summary>
    public IReadOnlyDictionary<string, string[]>? Errors { get; init; }

    /// <summary>For an invalid transition: the state it is in.</summary>
    public string? State { get; init; }

    /// <summary>For an invalid transition: the step that was asked for.</summary>
    public string? Step { get; init; }

    /// <summary>For a view that is behind: how far it is.</summary>
    public string? Position { get; init; }

    /// <summary>For a stale revision: the current entity tag.</summary>
    public string? EntityTag { get; init; }

    /// <summary>When it is worth trying again.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>A problem of one field, parameter or check.</summary>
    public static Problem Of(ProblemType kind, string detail, string field, string message)
        => new(kind, detail) { Errors = new Dictionary<string, string[]>(StringComparer.Ordinal) { [field] = [message] } };

    public Task ExecuteAsync(HttpContext httpContext)
    {
        var body = new ProblemBody(
            Kind.Type, Kind.Title, Kind.Status, Detail, httpContext.Request.PathBase.Add(httpContext.Request.Path).ToUriComponent(),
            Activity.Current?.Id ?? httpContext.TraceIdentifier, Errors, State, Step, Position);
        var response = httpContext.Response;
        response.StatusCode = Kind.Status;
        response.Headers.CacheControl = "no-store";
        response.Headers.ETag = EntityTag;
        if (Position is not null)
        {
            response.Headers[HeaderNamesOfOrderly.LogPosition] = Position;
        }

        if (RetryAfter is { } retryAfter)
        {
            response.Headers.RetryAfter = Math.Max(1, Math.Ceiling(retryAfter.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        }

        return response.WriteJsonAsync(
            JsonSerializer.SerializeToUtf8Bytes(body, ApiJson.Default.ProblemBody), ContentType, httpContext.RequestAborted);
    }
}

/// <summary>What a problem looks like on the wire.</summary>
/// <param name="Type">The kind of problem: a path that never changes.</param>
/// <param name="Title">What the kind means.</param>
/// <param name="Status">The HTTP status.</param>
/// <param name="Detail">What happened this time.</param>
/// <param name="Instance">The path that was asked for.</param>
/// <param name="TraceId">Finds this request in logs and traces.</param>
/// <param name="Errors">Messages by JSON field, query parameter or check.</param>
/// <param name="State">The state that does not allow the step.</param>
/// <param name="Step">The step that was asked for.</param>
/// <param name="Position">How far the view is.</param>
internal sealed record ProblemBody(
    string Type, string Title, int Status, string Detail, string Instance, string TraceId, IReadOnlyDictionary<string, string[]>? Errors,
    string? State, string? Step, string? Position);
