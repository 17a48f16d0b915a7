using Orderly.Access;
using Orderly.Api.Access;
using Orderly.Api.OpenApi;
using Orderly.Api.Queries;

namespace Orderly.Api.Resources;

/// <summary>What was sold, over time.</summary>
internal sealed class Sales : IResource
{
    public ResourceDoc Doc => new("Sales", "What was sold, over time.") { Place = 60 };

    public void Map(IEndpointRouteBuilder routes)
        => routes.MapRead("/sales", GetAsync)
            .WithName("getSales")
            .Needs(Scopes.SalesRead)
            .ReadsPage<SalesList>(
                "Revenue, units and orders by hour or day (UTC), oldest first, those without sales too.",
                Examples.SalesList,
                new ParameterDoc(
                    "from", "The first bucket is the one in which this time lies, ISO 8601.", JsonKind.Timestamp, "2026-01-31T12:00:00Z")
                { IsRequired = true },
                new ParameterDoc(
                    "to", "The last bucket begins before this time, ISO 8601; at most 10,000 buckets after the first.", JsonKind.Timestamp,
                    "2026-01-31T14:00:00Z")
                { IsRequired = true },
                new ParameterDoc("bucket", "How long a bucket is.", JsonKind.Text, "hour")
                { IsRequired = true, Values = Enumeration.SalesBucket },
                new ParameterDoc("sku", "Only lines of this SKU; all when it is left out.", JsonKind.Text, "TEA-1"));

    private static async Task<IResult> GetAsync(HttpContext http, ViewRequest request)
    {
        var parameters = new QueryParameters(http.Request.Query);
        return SalesQuery.Read(parameters) is var (asked, query)
            ? await request.AnswerAsync(query, ShopPageJson.Default.SalesList, asked.ListOf)
            : parameters.Problem!;
    }
}
