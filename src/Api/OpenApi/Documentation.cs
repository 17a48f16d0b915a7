using Orderly.Api.Problems;

namespace Orderly.Api.OpenApi;

/// <summary>What the OpenAPI document says of an endpoint, as metadata of the endpoint.</summary>
/// <param name="Summary">One sentence.</param>
/// <param name="Success">The answers that are no problem.</param>
/// <param name="Problems">Every problem that it can answer.</param>
internal sealed record OperationDoc(string Summary, IReadOnlyList<ResponseDoc> Success, IReadOnlyList<ProblemType> Problems)
{
    public required string Description { get; init; }

    public BodyDoc? Body { get; init; }

    /// <summary>Query parameters and request headers.</summary>
    public IReadOnlyList<ParameterDoc> Parameters { get; init; } = [];

    /// <summary>Whether it has a query parameter of this name.</summary>
    public bool Takes(string name)
        => Parameters.Any(one => !one.IsHeader && one.Name.Equals(name, StringComparison.OrdinalIgnoreCase));
}

/// <summary>A request's body.</summary>
/// <param name="Example">JSON.</param>
internal sealed record BodyDoc(Type Type, bool IsRequired, string Example);

/// <summary>A query parameter or, when <paramref name="IsHeader"/>, a request header.</summary>
/// <param name="Example">The page fills it in only where a value must be given.</param>
internal sealed record ParameterDoc(string Name, string Description, JsonKind Kind, string Example, bool IsHeader = false)
{
    public bool IsRequired { get; init; }

    /// <summary>The values that it can have; null: any of its kind.</summary>
    public Enumeration? Values { get; init; }

    public static readonly ParameterDoc Limit = new(
        "limit", "The most items to return: 1 to 200, 50 when it is left out.", JsonKind.Integer, "50");
    public static readonly ParameterDoc Cursor = new("cursor", "The nextCursor of the page before.", JsonKind.Text, "YWZ0ZXI6VEVBLTE");

    public static readonly ParameterDoc IdempotencyKey = new(
        HeaderNamesOfOrderly.IdempotencyKey,
        "A name for this request, 1 to 255 printable ASCII characters, bare or as a quoted string. The same request under the same "
        + "key takes effect once and is answered as it was the first time.", JsonKind.Text, "3f0c2c5e-7c1d-4a55-8f3c-0d2b6f6a9a11",
        IsHeader: true);

    public static readonly ParameterDoc IfMatch = new(
        "If-Match", "Change it only when it is at this revision.", JsonKind.Text, "\"3\"", IsHeader: true);

    public static readonly ParameterDoc IfNoneMatch = new(
        "If-None-Match", "Answer 304 when it is still this version.", JsonKind.Text, "\"3\"", IsHeader: true);

    public static readonly ParameterDoc MinLogPosition = new(
        HeaderNamesOfOrderly.MinLogPosition, "A position that a command answered: the view is waited for until it is there.", JsonKind.Text,
        "1042", IsHeader: true);

    public static readonly ParameterDoc Prefer = new(
        HeaderNamesOfOrderly.Prefer, "How many seconds to wait for the view at most: 5 when it is left out, 30 at most.", JsonKind.Text,
        "wait=5", IsHeader: true);

    public static readonly ParameterDoc PreferDocument = new(
        HeaderNamesOfOrderly.Prefer,
        "return=representation: answer the document that was changed instead, once its view has the command; wait=SECONDS limits the wait "
        + "for that (5, at most 30). Without it, or when the view is late, the answer is the command's place in the log.", JsonKind.Text,
        "return=representation", IsHeader: true);
}

internal enum JsonKind
{
    Text,
    Integer,
    Number,
    Timestamp,
}

/// <summary>An answer that is no problem.</summary>
/// <param name="Type">The body's type; null when there is none.</param>
/// <param name="Example">The body as JSON; null when there is none.</param>
internal sealed record ResponseDoc(int Status, string Description, Type? Type, string? Example, params IReadOnlyList<HeaderDoc> Headers);

/// <summary>A header of an answer.</summary>
internal sealed record HeaderDoc(string Name, string Description, string Example)
{
    public static readonly HeaderDoc Revision = new("ETag", "The revision, for If-Match.", "\"3\"");
    public static readonly HeaderDoc Version = new("ETag", "The version of this document, for If-None-Match and If-Match.", "\"3.2\"");
    public static readonly HeaderDoc CommandPosition = new(
        HeaderNamesOfOrderly.LogPosition, "Where the command is in the log, for Min-Log-Position.", "1042");
    public static readonly HeaderDoc ViewPosition = new(HeaderNamesOfOrderly.LogPosition, "How far the view is.", "1042");
    public static readonly HeaderDoc AcceptEncoding = new(
        "Accept-Encoding", "The codings of a body that are understood, when it was encoded.", "identity");
    public static readonly HeaderDoc Challenge = new(
        "WWW-Authenticate", "What has to be shown, and what is wrong with what was.", "Bearer realm=\"orderly\", error=\"invalid_token\"");
    public static readonly HeaderDoc RetryAfter = new("Retry-After", "Seconds after which it is worth trying again.", "1");
    public static readonly HeaderDoc PreferenceApplied = new(
        HeaderNamesOfOrderly.PreferenceApplied, "The wait that counted, when one was preferred.", "wait=5");

    public static readonly HeaderDoc CommandPreferenceApplied = new(
        HeaderNamesOfOrderly.PreferenceApplied, "Says that the body is the document.", Preferences.Representation);
    public static readonly HeaderDoc ContentLocation = new("Content-Location", "Where the document in the body is.", "/v1/orders/o-1");
    public static readonly HeaderDoc IdempotentReplayed = new(
        HeaderNamesOfOrderly.IdempotentReplayed, "true: the request took effect when it was sent before.", "true");
    public static readonly HeaderDoc Link = new(
        "Link", "Where the next page is, when there is one.", "</v1/orders?cursor=YWZ0ZXI6by0x>; rel=\"next\"");

    public static HeaderDoc Location(string example) => new("Location", "The path of what was made.", example);
}
