using Orderly.ReadModels;
using Orderly.ReadModels.Customers;

namespace Orderly.Api.Queries;

/// <param name="NextCursor">For the parameter <c>cursor</c> of the next page; null on the last one.</param>
internal sealed record CustomerPage(IReadOnlyList<CustomerSummary> Items, string? NextCursor) : IPage
{
    public static CustomerPage Of(Page<CustomerSummary> page) => new(page.Items, page.NextAfter is { } after ? Cursor.After(after) : null);
}
