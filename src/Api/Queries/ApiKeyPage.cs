using Orderly.ReadModels;
using Orderly.ReadModels.ApiKeys;

namespace Orderly.Api.Queries;

/// <param name="NextCursor">For the parameter <c>cursor</c> of the next page; null on the last one.</param>
internal sealed record ApiKeyPage(IReadOnlyList<ApiKeyDocument> Items, string? NextCursor) : IPage
{
    public static ApiKeyPage Of(Page<ApiKeyDocument> page) => new(page.Items, page.NextAfter is { } after ? Cursor.After(after) : null);
}
