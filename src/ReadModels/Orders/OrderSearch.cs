using System.Globalization;
using Orderly.ReadModels.ViewStore;

namespace Orderly.ReadModels.Orders;

/// <summary>One order as it is searched for: the document of the view <c>order-search</c>, by order id.</summary>
/// <param name="CustomerName">As the details check knew the customer; null before it, and when the customer was unknown.</param>
/// <param name="Status">placed, confirmed, rejected, paid, shipped, delivered or cancelled.</param>
/// <param name="Currency">ISO 4217; of the total.</param>
/// <param name="Skus">Of its lines, in their order.</param>
/// <param name="PlacedAtMs">The time of placing in milliseconds of Unix time, to be compared and sorted by.</param>
/// <param name="TotalKey">The total as a text that sorts as the amounts do, see <see cref="KeyOf"/>.</param>
/// <param name="Words">The words of its ids, SKUs, address and names, see <see cref="SearchWords.Of"/>.</param>
public sealed record OrderSearch(
    string OrderId, string CustomerId, string? CustomerName, string Status, string Currency, decimal Total, IReadOnlyList<string> Skus,
    DateTimeOffset PlacedAt, long PlacedAtMs, string TotalKey, IReadOnlyList<string> Words)
{
    /// <summary>The largest amount that has a key. An order's total is at most 10^17.</summary>
    public const decimal MaxAmount = 999_999_999_999_999_999m;

    public static View<OrderSearch> View { get; } = new(
        "order-search", 1, ReadModelsJson.Default.OrderSearch,
        new ViewField<OrderSearch>("status", order => order.Status, ViewFieldKind.Keyword),
        new ViewField<OrderSearch>("customerId", order => order.CustomerId, ViewFieldKind.Keyword),
        new ViewField<OrderSearch>("skus", order => order.Skus, ViewFieldKind.Keywords),
        new ViewField<OrderSearch>("placedAtMs", order => order.PlacedAtMs),
        new ViewField<OrderSearch>("totalKey", order => order.TotalKey, ViewFieldKind.Keyword),
        new ViewField<OrderSearch>("words", order => order.Words, ViewFieldKind.Words))
    {
        Indexes = [["status", "placedAtMs"], ["customerId", "placedAtMs"]],
    };

    /// <summary>An amount as a text of fixed length, exact to four decimals: texts in ordinal order are amounts in order.</summary>
    /// <remarks>A number of ten-thousandths would not do: that of the largest total has more digits than a <see cref="long"/>.</remarks>
    /// <param name="amount">From 0 to a ten-thousandth more than <see cref="MaxAmount"/>, with at most four decimals.</param>
    public static string KeyOf(decimal amount) => amount.ToString("000000000000000000.0000", CultureInfo.InvariantCulture);
}
