using System.Text.Json.Serialization;
using Orderly.ReadModels.ViewStore;

namespace Orderly.ReadModels.Customers;

/// <summary>One customer with a summary of the orders: the document of the view <c>customer-overview</c>, by customer id.</summary>
/// <param name="Name">Null when the customer was forgotten.</param>
/// <param name="Email">Null when the customer was forgotten.</param>
/// <param name="Level">bronze, silver, gold or platinum.</param>
/// <param name="Orders">How many orders ever took each step.</param>
/// <param name="LifetimeValue">The totals of the orders that were confirmed and not cancelled afterwards, by currency.</param>
/// <param name="LastOrders">The twenty orders placed last, newest first.</param>
/// <param name="RegisteredAt">Null as long as orders name the customer but no registration is known; such a customer is not shown.</param>
/// <param name="Forgotten">Whether the personal data was removed.</param>
/// <param name="Revision">The revision of the customer's stream, for <c>If-Match</c>; -1 before the registration.</param>
public sealed record CustomerOverview(
    string CustomerId, string? Name, string? Email, string? Level, OrderCounts Orders, IReadOnlyList<CurrencyAmount> LifetimeValue,
    IReadOnlyList<CustomerOrder> LastOrders, DateTimeOffset? RegisteredAt, bool Forgotten, long Revision)
{
    /// <summary>How many of the last orders are kept.</summary>
    public const int MaxLastOrders = 20;

    public static View<CustomerOverview> View { get; } = new("customer-overview", 1, ReadModelsJson.Default.CustomerOverview);

    /// <summary>How many events of other streams than the customer's own it holds: with the revision, the document's version.</summary>
    [JsonIgnore]
    public long RelatedEvents => Orders.Total;
}

/// <summary>Counts of events: an order that was placed, confirmed and cancelled counts in each of the three.</summary>
public sealed record OrderCounts(long Placed, long Confirmed, long Rejected, long Paid, long Shipped, long Delivered, long Cancelled)
{
    public static OrderCounts None { get; } = new(0, 0, 0, 0, 0, 0, 0);

    [JsonIgnore]
    public long Total => Placed + Confirmed + Rejected + Paid + Shipped + Delivered + Cancelled;
}

public sealed record CustomerOrder(string OrderId, string Status, decimal Total, string Currency, DateTimeOffset PlacedAt);
