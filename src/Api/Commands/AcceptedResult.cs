using System.Text.Json;
using Orderly.Domain.Deciding;

namespace Orderly.Api.Commands;

/// <summary>The answer to a command that took effect, now or when it was sent first.</summary>
/// <param name="location">The path of what was made; null when nothing was.</param>
internal sealed class AcceptedResult(CommandResult.Accepted accepted, string? location) : IResult
{
    public Task ExecuteAsync(HttpContext httpContext)
    {
        var position = accepted.Position.ToString();
        var answer = new CommandAnswer(accepted.Id, accepted.Revision, position);
        var response = httpContext.Response;
        response.StatusCode = location is null ? StatusCodes.Status200OK : StatusCodes.Status201Created;
        response.Headers.ETag = EntityTags.Of(accepted.Revision);
        response.Headers[HeaderNamesOfOrderly.LogPosition] = position;
        response.Headers.Location = location;
        return response.WriteJsonAsync(
            JsonSerializer.SerializeToUtf8Bytes(answer, ApiJson.Default.CommandAnswer), JsonResponses.ContentType,
            httpContext.RequestAborted);
    }
}

/// <summary>What an accepted command answers.</summary>
/// <param name="Id">The id of the customer, product, order or payment.</param>
/// <param name="Revision">The revision of its stream after the command.</param>
/// <param name="Position">The position in the log: a token for <c>Min-Log-Position</c>.</param>
internal sealed record CommandAnswer(string Id, long Revision, string Position);
