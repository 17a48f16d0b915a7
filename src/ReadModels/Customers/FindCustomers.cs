using MediatR;
using Orderly.Access;
using Orderly.ReadModels.ViewStore;
using Orderly.ReadModels.Waiting;

namespace Orderly.ReadModels.Customers;

/// <summary>Customers in the order of their ids, a page at a time. Those who were forgotten are not found.</summary>
/// <param name="Level">Only those of this level; null: all.</param>
/// <param name="Text">Each of its words begins a word of the id, the name or the e-mail address; null: all.</param>
/// <param name="Limit">The most customers to return, at least 1.</param>
/// <param name="AfterId">Only those after this one; null: from the first.</param>
public sealed record FindCustomers(string? Level, string? Text, int Limit, string? AfterId)
    : Query<Page<CustomerSummary>>(CustomerSearch.View)
{
    public override bool IsAllowedTo(Caller caller) => caller.Has(Scopes.CustomersRead);
}

/// <summary>One customer in a list.</summary>
/// <param name="Level">bronze, silver, gold or platinum.</param>
/// <param name="Revision">The revision of the customer's stream, for <c>If-Match</c>.</param>
public sealed record CustomerSummary(
    string CustomerId, string Name, string Email, string Level, DateTimeOffset RegisteredAt, long Revision);

public sealed class FindCustomersHandler(IViewReader store) : IRequestHandler<FindCustomers, ViewAnswer<Page<CustomerSummary>>>
{
    private static readonly View<CustomerSummary> s_summaries = CustomerSearch.View.As(ReadModelsJson.Default.CustomerSummary);

    public async Task<ViewAnswer<Page<CustomerSummary>>> Handle(FindCustomers request, CancellationToken cancellationToken)
    {
        IEnumerable<ViewCondition?> conditions =
        [
            request.Level is { } level ? new ViewCondition.OneOf("level", level) : null,
            request.Text is { } text ? new ViewCondition.Matches("words", text) : null,
        ];

        // One more than asked for tells whether there is a next page.
        var query = new ViewQuery([.. conditions.OfType<ViewCondition>()], request.Limit + 1, request.AfterId);
        var found = await store.QueryAsync(s_summaries, query, cancellationToken).ConfigureAwait(false);
        var items = found.Documents.Take(request.Limit).Select(document => document.Value).ToList();
        var next = found.Documents.Count > request.Limit ? items[^1].CustomerId : null;
        return new ViewAnswer<Page<CustomerSummary>>(new Page<CustomerSummary>(items, next), found.Position);
    }
}
