using System.Text.Json;
using System.Text.Json.Nodes;
using Orderly.Api.Problems;

namespace Orderly.Api.OpenApi;

/// <summary>What each kind of problem looks like.</summary>
internal static class ProblemExamples
{
    public static JsonNode? Of(ProblemType type) => JsonSerializer.SerializeToNode(
        new ProblemBody(
            type.Type, type.Title, type.Status, DetailOf(type), "/v1/orders/o-1", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00",
            ErrorsOf(type), type == ProblemType.InvalidTransition ? "cancelled" : null,
            type == ProblemType.InvalidTransition ? "ship" : null, type == ProblemType.ViewBehind ? "1040" : null),
        ApiJson.Default.ProblemBody);

    /// <summary>The headers that problems of a status have.</summary>
    /// <param name="ofView">Whether a view answers.</param>
    public static IReadOnlyList<HeaderDoc> HeadersOf(int status, bool ofView) => status switch
    {
        StatusCodes.Status401Unauthorized or StatusCodes.Status403Forbidden => [HeaderDoc.Challenge],
        StatusCodes.Status404NotFound when ofView => [HeaderDoc.ViewPosition, HeaderDoc.PreferenceApplied],
        StatusCodes.Status412PreconditionFailed => [HeaderDoc.Revision],
        StatusCodes.Status415UnsupportedMediaType => [HeaderDoc.AcceptEncoding],
        StatusCodes.Status429TooManyRequests or StatusCodes.Status503ServiceUnavailable => [HeaderDoc.RetryAfter],
        StatusCodes.Status504GatewayTimeout => [HeaderDoc.ViewPosition, HeaderDoc.PreferenceApplied],
        _ => [],
    };

    private static string DetailOf(ProblemType type)
        => type == ProblemType.InvalidTransition ? "The order is cancelled; the step 'ship' is not possible."
            : type == ProblemType.NotFound ? "There is no order 'o-1'."
            : type == ProblemType.AlreadyExists ? "The order 'o-1' exists already."
            : type == ProblemType.StaleRevision ? "The current revision is 3."
            : type.Title;

    private static Dictionary<string, string[]>? ErrorsOf(ProblemType type)
        => type == ProblemType.Validation ? new() { ["lines[0].quantity"] = ["is required."] }
            : type == ProblemType.MalformedRequest ? new() { ["colour"] = ["is not known here."] }
            : type == ProblemType.MalformedHeader
                ? new() { ["Idempotency-Key"] = ["must be one header of 1 to 255 printable ASCII characters."] }
            : type == ProblemType.MalformedParameter ? new() { ["limit"] = ["must be a whole number from 1 to 200."] }
            : type == ProblemType.NotReady ? new() { ["viewStore"] = ["can't be reached."] }
            : null;
}
