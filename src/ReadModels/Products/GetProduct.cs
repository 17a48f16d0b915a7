using MediatR;
using Orderly.ReadModels.ViewStore;
using Orderly.ReadModels.Waiting;

namespace Orderly.ReadModels.Products;

/// <summary>One product with its stock.</summary>
public sealed record GetProduct(string Sku) : Query<StockLevel>(StockLevel.View);

public sealed class GetProductHandler(IViewReader store) : IRequestHandler<GetProduct, ViewAnswer<StockLevel>>
{
    public async Task<ViewAnswer<StockLevel>> Handle(GetProduct request, CancellationToken cancellationToken)
    {
        var found = await store.FindAsync(StockLevel.View, [request.Sku], cancellationToken).ConfigureAwait(false);
        return new ViewAnswer<StockLevel>(found.Documents is [var product] ? product.Value : null, found.Position);
    }
}
