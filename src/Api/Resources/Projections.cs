using Orderly.Access;
using Orderly.Api.Access;
using Orderly.Api.OpenApi;
using Orderly.Api.Problems;
using Orderly.Api.Queries;
using Orderly.Domain.EventStore;
using Orderly.ReadModels.ViewStore;
using Orderly.Subscriptions.Operating;

namespace Orderly.Api.Resources;

/// <summary>How the views keep up with the log; and, for operators, what could not be applied.</summary>
internal sealed class Projections : IResource
{
    public ResourceDoc Doc => new(
        "Projections", "How the views keep up with the log and, for operators, what could not be applied.",
        PathParameterDoc.Id("The view's name", "order-details", "projection"),
        new PathParameterDoc("position", "The event's position in the log.", "^[0-9]+$", "1041"))
    { Place = 80 };

    public void Map(IEndpointRouteBuilder routes)
    {
        var projections = routes.MapGroup("/projections");

        projections.MapRead("", ListAsync)
            .WithName("listProjections")
            .Needs(Scopes.ProjectionsRead)
            .Reads<ProjectionList>("How far each projection is.", Examples.ProjectionList);

        projections.MapRead("/{projection:entity-id}/parked", ListParkedAsync)
            .WithName("listParkedEvents")
            .Needs(Scopes.ProjectionsRead)
            .Reads<ParkedList>(
                "The events that could not be applied to a view, in the order of the log.", Examples.ParkedList, ProblemType.NotFound);

        projections.MapPost("/{projection:entity-id}/parked/{position:long:min(1)}/retry", (
            string projection, long position, HttpContext http, IViewStore views)
                => AskAsync("retry", views.AskRetryAsync, projection, position, http))
            .WithName("retryParkedEvent")
            .Needs(Scopes.ProjectionsWrite)
            .Asks<ParkedAsk>(
                "Asks for another try of a parked event. When it can be applied now, what waits behind it follows, in order.",
                Examples.ParkedRetry);

        projections.MapPost("/{projection:entity-id}/parked/{position:long:min(1)}/skip", (
            string projection, long position, HttpContext http, IViewStore views)
                => AskAsync("skip", views.AskSkipAsync, projection, position, http))
            .WithName("skipParkedEvent")
            .Needs(Scopes.ProjectionsWrite)
            .Asks<ParkedAsk>(
                "Leaves a parked event out of the view for good, also when the view is built anew. What waits behind it follows.",
                Examples.ParkedSkip);
    }

    private static async Task<IResult> ListAsync(HttpContext http, IEventStore events, IViewStore views, TimeProvider time)
    {
        var status = await ProjectionStatus.ReadAsync(events, views, time, http.RequestAborted);

        // What is kept beside what queries read is the operator's, who has the command line.
        var list = new ProjectionList([.. status.Where(one => one.IsLive)], null);
        return JsonAnswer.Of(list, PageJson.Default.ProjectionList);
    }

    private static async Task<IResult> ListParkedAsync(string projection, HttpContext http, IViewStore views)
        => await ParkedItem.ReadAsync(views, projection, http.RequestAborted) is { } items
            ? JsonAnswer.Of(new ParkedList(items, null), PageJson.Default.ParkedList)
            : new Problem(ProblemType.NotFound, $"There is no projection '{projection}'.");

    private static async Task<IResult> AskAsync(
        string action, Func<string, long, CancellationToken, Task<int>> ask, string projection, long position, HttpContext http)
    {
        var asked = await ask(projection, position, http.RequestAborted);
        if (asked == 0)
        {
            return new Problem(ProblemType.NotFound, $"No event at position {position} is parked in '{projection}'.");
        }

        http.Response.StatusCode = StatusCodes.Status202Accepted;
        return JsonAnswer.Of(
            new ParkedAsk(projection, new LogPosition(position).ToString(), action, asked), PageJson.Default.ParkedAsk);
    }
}
