using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace Orderly.Api.Problems;

/// <summary>
/// An answer that something is not possible: <c>application/problem+json</c> (RFC 9457). Any of its texts may hold what the client sent, so
/// none is longer than <see cref="ClientText.MaxLength"/> on the wire, and at most <see cref="MaxErrors"/> errors are listed.
/// </summary>
/// <param name="Kind">What kind of problem.</param>
/// <param name="Detail">A sentence about this occurrence; nothing about the inside of the service.</param>
internal sealed record Problem(ProblemType Kind, string Detail) : IResult
{
    public const string ContentType = "application/problem+json";

    /// <summary>More than a person mends at once.</summary>
    public const int MaxErrors = 100;

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

    /// <summary>For an encoded body: the codings that are understood.</summary>
    public string? AcceptEncoding { get; init; }

    /// <summary>For who is unknown or may not do it: what has to be shown (RFC 6750, 3).</summary>
    public string? Challenge { get; init; }

    /// <summary>When it is worth trying again.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>A problem of one field, parameter or check.</summary>
    public static Problem Of(ProblemType kind, string detail, string field, string message)
        => new(kind, detail) { Errors = new Dictionary<string, string[]>(StringComparer.Ordinal) { [field] = [message] } };

    /// <summary>The service stops; it, or another, can be asked soon.</summary>
    public static Problem Stopping(string detail) => new(ProblemType.Stopping, detail) { RetryAfter = TimeSpan.FromSeconds(1) };

    public Task ExecuteAsync(HttpContext httpContext)
    {
        var detail = Errors?.Count > MaxErrors ? string.Create(
            CultureInfo.InvariantCulture, $"{Detail} The first {MaxErrors} errors are listed.") : Detail;
        var instance = httpContext.Request.PathBase.Add(httpContext.Request.Path).ToUriComponent();
        var body = new ProblemBody(
            Kind.Type, Kind.Title, Kind.Status, ClientText.Shorten(detail), ClientText.ShortenUri(instance),
            ClientText.Shorten(Activity.Current?.Id ?? httpContext.TraceIdentifier), ShortErrors(), State, Step, Position);
        var response = httpContext.Response;
        response.StatusCode = Kind.Status;
        response.Headers.CacheControl = "no-store";
        response.Headers.ETag = EntityTag;
        response.Headers.AcceptEncoding = AcceptEncoding;
        response.Headers.WWWAuthenticate = Challenge;
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

    private Dictionary<string, string[]>? ShortErrors()
    {
        if (Errors is null)
        {
            return null;
        }

        var errors = new Dictionary<string, string[]>(StringComparer.Ordinal);
        foreach (var (field, messages) in Errors.Take(MaxErrors))
        {
            errors[ClientText.Shorten(field)] = [.. messages.Take(MaxErrors).Select(ClientText.Shorten)];
        }

        return errors;
    }
}

/// <summary>What a client sent, as an answer or the log may repeat it: a large request must not make a larger answer.</summary>
internal static class ClientText
{
    /// <summary>In characters.</summary>
    public const int MaxLength = 200;

    /// <summary>The text, or its beginning and an ellipsis.</summary>
    public static string Shorten(string text)
        => text.Length <= MaxLength ? text : $"{text[..(char.IsHighSurrogate(text[MaxLength - 2]) ? MaxLength - 2 : MaxLength - 1)]}…";

    /// <summary>The URI, or a beginning that is a URI too: no percent sign loses its digits.</summary>
    public static string ShortenUri(string uri)
        => uri.Length <= MaxLength ? uri : uri[..(uri.IndexOf('%', MaxLength - 2, 2) is >= 0 and var cut ? cut : MaxLength)];
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
