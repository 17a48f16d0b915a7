using System.Text.Json;
using Microsoft.Net.Http.Headers;
using Orderly.Api.Queries;
using Orderly.Domain.Deciding;

namespace Orderly.Api.Commands;

/// <summary>The answer to a command that took effect, now or when it was sent first.</summary>
/// <param name="location">The path of what was made; null when nothing was.</param>
/// <param name="document">What is answered instead of where the command is in the log; null when nothing is.</param>
internal sealed class AcceptedResult(CommandResult.Accepted accepted, string? location, Representation? document) : IResult
{
    /// <summary>An API key with its secret, which this answer alone tells; null: there is none.</summary>
    public string? Key { get; init; }

    public Task ExecuteAsync(HttpContext httpContext)
    {
        var position = accepted.Position.ToString();
        var response = httpContext.Response;
        var headers = response.Headers;
        response.StatusCode = location is null ? StatusCodes.Status200OK : StatusCodes.Status201Created;
        headers.ETag = document?.EntityTag ?? EntityTags.Of(accepted.Revision);
        headers[HeaderNamesOfOrderly.LogPosition] = position;
        headers.Location = location;
        Caching.Revalidate(response);
        if (accepted.IsRepeat)
        {
            headers[HeaderNamesOfOrderly.IdempotentReplayed] = "true";
        }

        if (Key is not null)
        {
            headers.CacheControl = "no-store";
        }

        if (document is not null)
        {
            headers[HeaderNames.ContentLocation] = document.Address;
            headers[HeaderNamesOfOrderly.PreferenceApplied] = Preferences.Representation;
        }

        return response.WriteJsonAsync(document?.Json ?? AnswerOf(position), JsonResponses.ContentType, httpContext.RequestAborted);
    }

    private byte[] AnswerOf(string position) => Key is null
        ? JsonSerializer.SerializeToUtf8Bytes(
            new CommandAnswer(accepted.Id, accepted.Revision, position), ApiJson.Default.CommandAnswer)
        : JsonSerializer.SerializeToUtf8Bytes(
            new ApiKeyAnswer(accepted.Id, accepted.Revision, position, Key), ApiJson.Default.ApiKeyAnswer);
}

/// <summary>What an accepted command answers.</summary>
/// <param name="Id">The id of the customer, product, order or payment.</param>
/// <param name="Revision">The revision of its stream after the command.</param>
/// <param name="Position">The position in the log: a token for <c>Min-Log-Position</c>.</param>
internal sealed record CommandAnswer(string Id, long Revision, string Position);
