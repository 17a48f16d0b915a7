using Orderly.ReadModels.ViewStore;

namespace Orderly.ReadModels.Customers;

/// <summary>One customer as they are searched for: the document of the view <c>customer-search</c>, by customer id.</summary>
/// <param name="Level">bronze, silver, gold or platinum.</param>
/// <param name="Revision">The revision of the customer's stream, for <c>If-Match</c>.</param>
/// <param name="Words">The words of the id, the name and the e-mail address, see <see cref="SearchWords.Of"/>.</param>
public sealed record CustomerSearch(
    string CustomerId, string Name, string Email, string Level, DateTimeOffset RegisteredAt, long Revision, IReadOnlyList<string> Words)
{
    public static View<CustomerSearch> View { get; } = new(
        "customer-search", 1, ReadModelsJson.Default.CustomerSearch,
        new ViewField<CustomerSearch>("level", customer => customer.Level, ViewFieldKind.Keyword),
        new ViewField<CustomerSearch>("words", customer => customer.Words, ViewFieldKind.Words));
}
