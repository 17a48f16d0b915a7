using Orderly.Access;
using Orderly.Api.Access;
using Orderly.Api.OpenApi;
using Orderly.Api.Problems;
using Orderly.Api.Queries;
using Orderly.Projections;
using Orderly.ReadModels;
using Orderly.ReadModels.Orders;

namespace Orderly.Api.Resources;

/// <summary>Orders as they were. The OpenAPI document shows them with the rest of the history.</summary>
internal sealed class PastOrders : IResource
{
    public ResourceDoc Doc => new(
        "History", "Orders as they were.", PathParameterDoc.Id("The order's id", "o-1"))
    { Place = 71 };

    public void Map(IEndpointRouteBuilder routes)
        => routes.MapRead("/history/orders/{id:entity-id}", ReadOrderAsync)
            .WithName("getPastOrder")
            .NeedsOrOwn(Scopes.OrdersRead)
            .ReadsLog<OrderDetails>(
                "The order as it was then. Names of products are left out: they are the catalogue's, not the order's.",
                Examples.PastOrder,
                new ParameterDoc("revision", "As it was after the event of this revision. Give this or 'at'.", JsonKind.Integer, "0"),
                new ParameterDoc(
                    "at", "As it was at this time, ISO 8601. Give this or 'revision'.", JsonKind.Timestamp, "2026-01-31T12:00:00Z"));

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
            { Unreadable: { } reason } when http.Caller().Has(Scopes.OrdersRead) => new Problem(ProblemType.UnreadableStream, reason),
            { Order: { } order } when http.Caller().May(Scopes.OrdersRead, order.CustomerId)
                => JsonAnswer.Of(order, ReadModelsJson.Default.OrderDetails),
            _ => new Problem(ProblemType.NotFound, $"There was no order '{id}' then."),
        };
    }
}
