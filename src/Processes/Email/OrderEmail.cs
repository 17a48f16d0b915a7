using Orderly.Domain;
using Orderly.Domain.Orders;

namespace Orderly.Processes.Email;

/// <summary>What a customer is told.</summary>
public enum OrderEmailKind
{
    Confirmed,
    Rejected,
    Paid,
    Shipped,
    Cancelled,
}

/// <summary>What a message about an order is made of. Texts may hold anything.</summary>
public sealed record OrderEmail
{
    public required OrderEmailKind Kind { get; init; }

    /// <summary>The event that is told; the message's id derives from it.</summary>
    public required Guid EventId { get; init; }

    /// <summary>When that was.</summary>
    public required DateTimeOffset At { get; init; }

    public required string OrderId { get; init; }

    public required EmailAddress Customer { get; init; }

    /// <summary>At least one.</summary>
    public required IReadOnlyList<OrderEmailLine> Lines { get; init; }

    public required Money Total { get; init; }

    /// <summary>When it was placed; null: not said.</summary>
    public DateTimeOffset? PlacedAt { get; init; }

    /// <summary>Where it goes; null: not said.</summary>
    public ShippingAddress? ShippingAddress { get; init; }

    /// <summary>Why it was rejected or cancelled.</summary>
    public IReadOnlyList<string> Reasons { get; init; } = [];

    /// <summary>Who carries the parcel, when it was shipped.</summary>
    public string? Carrier { get; init; }

    /// <summary>The parcel's number with the carrier, when it was shipped.</summary>
    public string? TrackingNumber { get; init; }

    /// <summary>What the customer gets back, when it was rejected or cancelled after something was paid.</summary>
    public IReadOnlyList<Money> Refunds { get; init; } = [];
}

/// <summary>A line as the customer reads it.</summary>
/// <param name="Name">The product's name; null when it is not known.</param>
/// <param name="UnitPrice">In the currency of the order's total, as is <paramref name="Amount"/>.</param>
public sealed record OrderEmailLine(string Sku, string? Name, long Quantity, decimal UnitPrice, decimal Amount);
