using System.Collections.Immutable;
using Orderly.Domain.Deciding;
using Orderly.Domain.Validation;

namespace Orderly.Domain.Products;

/// <summary>An event about a product.</summary>
public interface IProductEvent : IEvent
{
    string Sku { get; }
}

public sealed record ProductAdded(string Sku, string Name, string? Description, Money UnitPrice, DateTimeOffset AddedAt) : IProductEvent;

public sealed record PriceChanged(string Sku, Money UnitPrice, DateTimeOffset ChangedAt) : IProductEvent;

public sealed record StockReceived(string Sku, long Quantity, string? Reference, DateTimeOffset ReceivedAt) : IProductEvent;

public sealed record StockReserved(string Sku, string OrderId, long Quantity, DateTimeOffset ReservedAt) : IProductEvent;

public sealed record StockReservationRefused(string Sku, string OrderId, long Quantity, long Available, DateTimeOffset RefusedAt)
    : IProductEvent;

public sealed record StockReleased(string Sku, string OrderId, long Quantity, DateTimeOffset ReleasedAt) : IProductEvent;

public sealed record StockDispatched(string Sku, string OrderId, long Quantity, DateTimeOffset DispatchedAt) : IProductEvent;

public sealed record ProductDiscontinued(string Sku, string? Reason, DateTimeOffset DiscontinuedAt) : IProductEvent;

/// <summary>
/// A product with its stock: <c>unknown → offered → discontinued</c>. A discontinued product takes no more stock and no
/// more reservations; what is reserved can still be released or dispatched.
/// </summary>
/// <param name="Reservations">Reserved quantities by order; on hand never falls below their sum.</param>
public sealed record Product(
    ProductStatus Status, string Name, Money UnitPrice, long OnHand, long Reserved, ImmutableDictionary<string, long> Reservations)
    : IAggregate<Product>
{
    public static string Category => "product";

    public static bool IsId(string id) => Rules.IsSku(id);

    public static Product Initial { get; } = new(
        ProductStatus.Unknown, "", new Money(0, ""), 0, 0, ImmutableDictionary.Create<string, long>(StringComparer.Ordinal));

    public long Available => OnHand - Reserved;

    public static Product Evolve(Product product, object @event) => @event switch
    {
        ProductAdded e => product with { Status = ProductStatus.Offered, Name = e.Name, UnitPrice = e.UnitPrice },
        PriceChanged e => product with { UnitPrice = e.UnitPrice },
        StockReceived e => product with { OnHand = product.OnHand + e.Quantity },
        StockReserved e => product with
        {
            Reserved = product.Reserved + e.Quantity,
            Reservations = product.Reservations.Add(e.OrderId, e.Quantity),
        },
        StockReleased e => product.WithoutReservation(e.OrderId, e.Quantity),
        StockDispatched e => product.WithoutReservation(e.OrderId, e.Quantity) with { OnHand = product.OnHand - e.Quantity },
        ProductDiscontinued => product with { Status = ProductStatus.Discontinued },
        _ => product,
    };

    /// <summary>A step that only an offered product can take; null when this one can.</summary>
    internal Refusal? RefuseUnlessOffered(string sku, string step) => Status switch
    {
        ProductStatus.Offered => null,
        ProductStatus.Unknown => Refusal.NotFound("product", sku),
        _ => Refusal.InvalidTransition("product", "discontinued", step),
    };

    private Product WithoutReservation(string orderId, long quantity)
        => this with { Reserved = Reserved - quantity, Reservations = Reservations.Remove(orderId) };
}

public enum ProductStatus
{
    Unknown,
    Offered,
    Discontinued,
}
