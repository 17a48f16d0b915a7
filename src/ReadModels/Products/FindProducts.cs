using MediatR;
using Orderly.Access;
using Orderly.ReadModels.ViewStore;
using Orderly.ReadModels.Waiting;

namespace Orderly.ReadModels.Products;

/// <summary>Products in the order of their SKUs, a page at a time.</summary>
/// <param name="AvailableBelow">Only those with fewer pieces available; null: all.</param>
/// <param name="Text">Each of its words begins a word of the SKU or the name; null: all.</param>
/// <param name="Limit">The most products to return, at least 1.</param>
/// <param name="AfterSku">Only those after this one; null: from the first.</param>
public sealed record FindProducts(long? AvailableBelow, string? Text, int Limit, string? AfterSku)
    : Query<Page<ProductSummary>>(StockLevel.View)
{
    public override bool IsAllowedTo(Caller caller) => caller.Has(Scopes.CatalogueRead);
}

public sealed class FindProductsHandler(IViewReader store) : IRequestHandler<FindProducts, ViewAnswer<Page<ProductSummary>>>
{
    public async Task<ViewAnswer<Page<ProductSummary>>> Handle(FindProducts request, CancellationToken cancellationToken)
    {
        IEnumerable<ViewCondition?> conditions =
        [
            request.AvailableBelow is { } threshold ? new ViewCondition.LessThan("available", threshold) : null,
            request.Text is { } text ? new ViewCondition.Matches("words", text) : null,
        ];

        // One more than asked for tells whether there is a next page.
        var query = new ViewQuery([.. conditions.OfType<ViewCondition>()], request.Limit + 1, request.AfterSku);
        var found = await store.QueryAsync(StockLevel.Summaries, query, cancellationToken).ConfigureAwait(false);
        var items = found.Documents.Take(request.Limit).Select(document => document.Value).ToList();
        var next = found.Documents.Count > request.Limit ? items[^1].Sku : null;
        return new ViewAnswer<Page<ProductSummary>>(new Page<ProductSummary>(items, next), found.Position);
    }
}
