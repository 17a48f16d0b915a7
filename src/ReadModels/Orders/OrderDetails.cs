using System.Text.Json.Serialization;
using Orderly.ReadModels.ViewStore;

namespace Orderly.ReadModels.Orders;

/// <summary>One order with everything that happened to it: the document of the view <c>order-details</c>, by order id.</summary>
/// <param name="Status">placed, confirmed, rejected, paid, shipped, delivered or cancelled.</param>
/// <param name="Currency">ISO 4217; of the total, the prices and the amounts of the lines.</param>
/// <param name="RejectionReasons">Why it was rejected; empty unless it was.</param>
/// <param name="Timeline">Every event of the order, its checks and its payments, in log order.</param>
/// <param name="Revision">The revision of the order's stream, for <c>If-Match</c>.</param>
public sealed record OrderDetails(
    string OrderId, string CustomerId, string Status, string Currency, decimal Total, IReadOnlyList<OrderDetailsLine> Lines,
    IReadOnlyList<OrderCheck> Checks, IReadOnlyList<OrderPayment> Payments, Shipment? Shipment, PostalAddress? ShippingAddress,
    IReadOnlyList<string> RejectionReasons, string? CancellationReason, DateTimeOffset PlacedAt, IReadOnlyList<TimelineEntry> Timeline,
    long Revision)
{
    public static View<OrderDetails> View { get; } = new("order-details", 1, ReadModelsJson.Default.OrderDetails);

    /// <summary>Whether it is confirmed or rejected, or what comes after that.</summary>
    [JsonIgnore]
    public bool IsValidated => Status != "placed";

    /// <summary>How many events of other streams than the order's own it holds: with the revision, the document's version.</summary>
    [JsonIgnore]
    public long RelatedEvents => Timeline.Count - (Revision + 1);
}

/// <param name="Name">The product's name in the catalogue; filled in when the order is read, null for a product that is not there.</param>
/// <param name="Amount">Quantity times unit price.</param>
public sealed record OrderDetailsLine(string Sku, string? Name, long Quantity, decimal UnitPrice, decimal Amount);

/// <param name="Outcome">passed or failed.</param>
/// <param name="Reasons">Why it failed; empty when it passed.</param>
public sealed record OrderCheck(string Check, string Outcome, IReadOnlyList<string> Reasons, DateTimeOffset CheckedAt);

/// <param name="RefundRequested">How much of it was asked back.</param>
/// <param name="Refunded">How much of it was paid back.</param>
public sealed record OrderPayment(
    string PaymentId, decimal Amount, string Currency, string? Reference, DateTimeOffset ReceivedAt, decimal RefundRequested,
    decimal Refunded);

public sealed record Shipment(string Carrier, string TrackingNumber, DateTimeOffset ShippedAt, DateTimeOffset? DeliveredAt);

public sealed record PostalAddress(string Recipient, string Line1, string? Line2, string PostalCode, string City, string Country);

/// <param name="Event">The event's name without its version, such as <c>order-placed</c>.</param>
/// <param name="Detail">What it was about, where the name does not say it all.</param>
public sealed record TimelineEntry(DateTimeOffset At, string Event, string? Detail);
