using Orderly.ReadModels;
using Orderly.ReadModels.Products;

namespace Orderly.Api.Queries;

/// <param name="NextCursor">For the parameter <c>cursor</c> of the next page; null on the last one.</param>
internal sealed record ProductPage(IReadOnlyList<ProductSummary> Items, string? NextCursor) : IPage
{
    public static ProductPage Of(Page<ProductSummary> page) => new(page.Items, page.NextAfter is { } after ? Cursor.After(after) : null);
}

/// <param name="NextCursor">Always null: there are no further pages.</param>
internal sealed record BoughtTogetherPage(IReadOnlyList<RelatedProduct> Items, string? NextCursor) : IPage
{
    public static BoughtTogetherPage Of(Page<RelatedProduct> page) => new(page.Items, null);
}
