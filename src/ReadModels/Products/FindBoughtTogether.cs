using MediatR;
using Orderly.Access;
using Orderly.ReadModels.ViewStore;
using Orderly.ReadModels.Waiting;

namespace Orderly.ReadModels.Products;

/// <summary>What was bought together with a product, and with that, and so on; nothing when there is no such product.</summary>
/// <param name="Sku">The product.</param>
/// <param name="Hops">Over how many products at most: 1 to <see cref="GraphQuery.MaxHops"/>; 1 is what was in one order with it.</param>
/// <param name="Limit">The most products to return, at least 1.</param>
public sealed record FindBoughtTogether(string Sku, int Hops, int Limit)
    : Query<Page<RelatedProduct>>(BoughtTogether.View, StockLevel.View)
{
    public override bool IsAllowedTo(Caller caller) => caller.Has(Scopes.CatalogueRead);
}

/// <summary>A product that was bought together with another one.</summary>
/// <param name="Name">The product's name in the catalogue; null for a product that is not there.</param>
/// <param name="Hops">1: they were in one order; more: with products between them, and no fewer are possible.</param>
/// <param name="Weight">
/// How many orders hold both; over several hops, how many hold the pair of the way that was bought together least.
/// </param>
public sealed record RelatedProduct(string Sku, string? Name, int Hops, long Weight);

public sealed class FindBoughtTogetherHandler(IViewReader store) : IRequestHandler<FindBoughtTogether, ViewAnswer<Page<RelatedProduct>>>
{
    public async Task<ViewAnswer<Page<RelatedProduct>>> Handle(FindBoughtTogether request, CancellationToken cancellationToken)
    {
        var walk = await store.WalkAsync(BoughtTogether.View, new GraphQuery(request.Sku, request.Hops, request.Limit), cancellationToken)
            .ConfigureAwait(false);
        var products = await store.FindAsync(StockLevel.Summaries, [request.Sku, .. walk.Nodes.Select(node => node.Id)], cancellationToken)
            .ConfigureAwait(false);
        var position = Math.Min(walk.Position, products.Position);
        var names = products.Documents.ToDictionary(product => product.Id, product => product.Value.Name, StringComparer.Ordinal);
        if (!names.ContainsKey(request.Sku))
        {
            return new ViewAnswer<Page<RelatedProduct>>(null, position);
        }

        var items = walk.Nodes.Select(node => new RelatedProduct(node.Id, names.GetValueOrDefault(node.Id), node.Hops, node.Weight));
        return new ViewAnswer<Page<RelatedProduct>>(new Page<RelatedProduct>([.. items], null), position);
    }
}
