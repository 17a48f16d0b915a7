using System.Net;
using System.Text.Json.Nodes;

namespace Orderly.Api.Tests;

/// <summary>An answer, read to its end.</summary>
public sealed record Answer(HttpStatusCode Status, IReadOnlyDictionary<string, string> Headers, string Body)
{
    public JsonNode Json => JsonNode.Parse(Body)!;

    public string? ETag => Headers.GetValueOrDefault("ETag");

    public string LogPosition => Headers["Log-Position"];

    public long Revision => Json["revision"]!.GetValue<long>();

    /// <summary>The problem's type without <c>/problems/</c>; null when it is none.</summary>
    public string? Problem => Headers.GetValueOrDefault("Content-Type") == "application/problem+json"
        ? Json["type"]!.GetValue<string>()["/problems/".Length..]
        : null;

    public static async Task<Answer> ReadAsync(HttpResponseMessage response) => new(
        response.StatusCode,
        response.Headers.Concat(response.Content.Headers).ToDictionary(
            header => header.Key, header => string.Join(", ", header.Value), StringComparer.OrdinalIgnoreCase),
        await response.Content.ReadAsStringAsync());

    /// <summary>That it is this problem, complete as RFC 9457 and the contract want it.</summary>
    public Answer IsProblem(int status, string type)
    {
        Assert.True(Problem == type && (int)Status == status, $"Expected {status} {type}, got {(int)Status} {Body}");
        Assert.Equal(status, Json["status"]!.GetValue<int>());
        Assert.NotEmpty(Json["title"]!.GetValue<string>());
        Assert.NotEmpty(Json["detail"]!.GetValue<string>());
        Assert.NotEmpty(Json["traceId"]!.GetValue<string>());
        Assert.StartsWith("/", Json["instance"]!.GetValue<string>());
        Assert.DoesNotContain("System.", Body);
        return this;
    }

    /// <summary>That it has this status, or one of these.</summary>
    public Answer IsStatus(params HttpStatusCode[] statuses)
    {
        Assert.True(statuses.Contains(Status), $"Expected {string.Join(" or ", statuses)}, got {(int)Status} {Body}");
        return this;
    }
}
