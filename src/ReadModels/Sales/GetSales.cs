using MediatR;
using Orderly.Access;
using Orderly.ReadModels.ViewStore;
using Orderly.ReadModels.Waiting;

namespace Orderly.ReadModels.Sales;

/// <summary>What was sold, bucket by bucket, oldest first, those without sales too.</summary>
/// <param name="Sku">Null: all.</param>
/// <param name="From">When the first bucket begins.</param>
/// <param name="To">When the last one ends: a whole number of buckets later, at least one.</param>
/// <param name="Limit">The most buckets to return, at least 1.</param>
public sealed record GetSales(SalesStep Step, string? Sku, DateTimeOffset From, DateTimeOffset To, int Limit)
    : Query<SalesSeries>(SalesBucket.View)
{
    public override bool IsAllowedTo(Caller caller) => caller.Has(Scopes.SalesRead);
}

/// <param name="NextFrom">When the first bucket of the next page begins; null on the last one.</param>
public sealed record SalesSeries(IReadOnlyList<SalesItem> Items, DateTimeOffset? NextFrom);

/// <summary>One bucket of a series.</summary>
/// <param name="From">When it begins.</param>
/// <param name="To">When it ends, and the next one begins.</param>
/// <param name="Revenue">Amounts by currency, in the order of the currencies; empty when nothing was sold.</param>
/// <param name="Units">Pieces.</param>
/// <param name="Orders">How many orders.</param>
public sealed record SalesItem(DateTimeOffset From, DateTimeOffset To, IReadOnlyList<CurrencyAmount> Revenue, long Units, long Orders);

public sealed class GetSalesHandler(IViewReader store) : IRequestHandler<GetSales, ViewAnswer<SalesSeries>>
{
    public async Task<ViewAnswer<SalesSeries>> Handle(GetSales request, CancellationToken cancellationToken)
    {
        var (step, sku, length) = (request.Step, request.Sku, request.Step.Length());
        var count = (int)Math.Min((request.To - request.From).Ticks / length.Ticks, request.Limit);
        var end = request.From + (count * length);
        var before = request.From == DateTimeOffset.MinValue
            ? SalesBucket.SeriesOf(step, sku)
            : SalesBucket.IdOf(step, sku, request.From - length);
        var query = new ViewQuery([], count, before) { BeforeId = SalesBucket.IdOf(step, sku, end) };
        var found = await store.QueryAsync(SalesBucket.View, query, cancellationToken).ConfigureAwait(false);

        var buckets = found.Documents.ToDictionary(document => document.Value.From, document => document.Value);
        var items = Enumerable.Range(0, count).Select(i => request.From + (i * length)).Select(from =>
            buckets.GetValueOrDefault(from) is { } bucket
                ? new SalesItem(from, from + length, bucket.Revenue, bucket.Units, bucket.Orders)
                : new SalesItem(from, from + length, [], 0, 0));
        return new ViewAnswer<SalesSeries>(new SalesSeries([.. items], end < request.To ? end : null), found.Position);
    }
}
