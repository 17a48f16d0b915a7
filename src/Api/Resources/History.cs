using System.Globalization;
using Orderly.Api.OpenApi;
using Orderly.Api.Problems;
using Orderly.Api.Queries;
using Orderly.Domain.EventStore;
using Orderly.Projections;
using Orderly.ReadModels;
using Orderly.ReadModels.Orders;

namespace Orderly.Api.Resources;

/// <summary>What reads the log itself, not a view.</summary>
internal sealed class History : IResource
{
    private static readonly IEnumerable<string> s_categories = StreamConstraint.Categories.Keys;

    public ResourceDoc Doc => new(
        "History", "The events themselves, and an order as it was.", PathParameterDoc.Id("The order's id", "o-1"),
        new PathParameterDoc(
            "stream", $"The stream's name: {string.Join(", ", s_categories)}, '-' and the id.",
            "^[a-z]+-[A-Za-z0-9_-]{1,64}$", "product-TEA-1"))
    { Place = 70 };

    public void Map(IEndpointRouteBuilder routes)
    {
        var history = routes.MapGroup("/history");

        history.MapRead("/{stream:stream}", ReadAsync)
            .WithName("getHistory")
            .ReadsLog<HistoryPage>(
                "The events of one stream, oldest first.", Examples.HistoryPage,
                new ParameterDoc("fromRevision", "The first revision to show.", JsonKind.Integer, "0"), ParameterDoc.Limit);

        history.MapRead("/orders/{id:entity-id}", ReadOrderAsync)
            .WithName("getPastOrder")
            .ReadsLog<OrderDetails>(
                "The order as it was then. Names of products are left out: they are the catalogue's, not the order's.",
                Examples.PastOrder,
                new ParameterDoc("revision", "As it was after the event of this revision. Give this or 'at'.", JsonKind.Integer, "0"),
                new ParameterDoc(
                    "at", "As it was at this time, ISO 8601. Give this or 'revision'.", JsonKind.Timestamp, "2026-01-31T12:00:00Z"));
    }

    private static async Task<IResult> ReadAsync(string stream, HttpContext http, IEventStore store)
    {
        var parameters = new QueryParameters(http.Request.Query);
        var from = parameters.Number("fromRevision", 0, long.MaxValue) ?? 0;
        var limit = parameters.Limit();
        if (parameters.Problem is { } problem)
        {
            return problem;
        }

        // One more than asked for tells whether there is a next page.
        var found = await store.ReadStreamAsync(stream, ReadDirection.Forwards, from, limit + 1, http.RequestAborted)
            .ToListAsync(http.RequestAborted);
        var last = store.ReadStreamAsync(stream, ReadDirection.Backwards, long.MaxValue, 1, http.RequestAborted);
        if (found.Count == 0 && !await last.AnyAsync(http.RequestAborted))
        {
            return new Problem(ProblemType.NotFound, $"There is no stream '{stream}'.");
        }

        if (found.Find(recorded => recorded.Damage is not null) is { } damaged)
        {
            return new Problem(ProblemType.UnreadableStream, $"'{stream}' can't be shown: {damaged.Damage}");
        }

        var page = new HistoryPage([.. found.Take(limit).Select(HistoryItem.Of)], found.Count > limit ? found[limit].Revision : null);
        if (page.NextRevision is { } next)
        {
            http.LinkNext("fromRevision", next.ToString(CultureInfo.InvariantCulture));
        }

        return JsonAnswer.Of(page, PageJson.Default.HistoryPage);
    }

    private static async Task<IResult> ReadOrderAsync(string id, HttpContext http, OrderHistory orders)
    {
        var parameters = new QueryParameters(http.Request.Query);
        var (revision, at) = (parameters.Number("revision", 0, long.MaxValue), parameters.Timestamp("at"));
        if (parameters.Problem is null && revision is null == at is null)
        {
            parameters.Refuse("revision", "must be given when 'at' is not, and only then.");
        }

        if (parameters.Problem is { } problem)
        {
            return problem;
        }

        return await orders.FindAsync(id, revision, at, http.RequestAborted) switch
        {
            { Unreadable: { } reason } => new Problem(ProblemType.UnreadableStream, reason),
            { Order: { } order } => JsonAnswer.Of(order, ReadModelsJson.Default.OrderDetails),
            _ => new Problem(ProblemType.NotFound, $"There was no order '{id}' then."),
        };
    }
}
