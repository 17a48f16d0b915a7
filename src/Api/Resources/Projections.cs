using System.Text.Json;
using Orderly.Api.OpenApi;
using Orderly.Api.Queries;
using Orderly.Domain.EventStore;
using Orderly.ReadModels.ViewStore;

namespace Orderly.Api.Resources;

/// <summary>How the views keep up with the log.</summary>
internal static class Projections
{
    public static void MapProjections(this IEndpointRouteBuilder v1)
        => v1.MapGet("/projections", ListAsync).WithTags("Projections")
            .Reads<ProjectionList>("How far each projection is.", Examples.ProjectionList);

    private static async Task<IResult> ListAsync(HttpContext http, IEventStore events, IViewStore views)
    {
        // The log's end first: a view that is seen afterwards at that position or a later one is live.
        var head = await events.ReadHeadAsync(http.RequestAborted);
        var generations = await views.ReadGenerationsAsync(http.RequestAborted);
        var list = new ProjectionList(
            [.. generations.Where(generation => generation.IsLive).Select(generation => ProjectionStatus.Of(generation, head))], null);
        return new JsonAnswer(JsonSerializer.SerializeToUtf8Bytes(list, PageJson.Default.ProjectionList));
    }
}
