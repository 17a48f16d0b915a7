using MediatR;
using Orderly.Access;
using Orderly.ReadModels.ViewStore;
using Orderly.ReadModels.Waiting;

namespace Orderly.ReadModels.Products;

/// <summary>One product with its stock.</summary>
public sealed record GetProduct(string Sku) : Query<ProductSummary>(StockLevel.View)
{
    public override bool IsAllowedTo(Caller caller) => caller.Has(Scopes.CatalogueRead);
}

public sealed class GetProductHandler(IViewReader store) : IRequestHandler<GetProduct, ViewAnswer<ProductSummary>>
{
    public async Task<ViewAnswer<ProductSummary>> Handle(GetProduct request, CancellationToken cancellationToken)
    {
        var found = await store.FindAsync(StockLevel.Summaries, [request.Sku], cancellationToken).ConfigureAwait(false);
        return new ViewAnswer<ProductSummary>(found.Documents is [var product] ? product.Value : null, found.Position);
    }
}
