using Orderly.Domain.EventStore;
using Orderly.Domain.Products;
using Orderly.ReadModels.Products;
using Orderly.ReadModels.ViewStore;
using Orderly.Subscriptions;

namespace Orderly.Projections;

/// <summary>stock-levels: one product with its price and stock, from the product's stream.</summary>
public sealed class StockLevelsProjection : IProjection<StockLevel>
{
    public View<StockLevel> View => StockLevel.View;

    public EventFilter Filter { get; } = EventFilter.ByStreamPrefix("product-");

    public IReadOnlyList<string> DocumentIdsOf(EventEnvelope envelope) => envelope.Event is IProductEvent e ? [e.Sku] : [];

    public StockLevel? Project(string id, StockLevel? document, EventEnvelope envelope)
    {
        var product = envelope.Event is ProductAdded added
            ? new StockLevel(
                added.Sku, added.Name, added.Description, added.UnitPrice.Amount, added.UnitPrice.Currency, false, 0, 0, 0, 0,
                SearchWords.Of(added.Sku, added.Name))
            : document;
        return product is null ? null : Step(product, envelope.Event) with { Revision = envelope.Recorded.Revision };
    }

    private static StockLevel Step(StockLevel product, object @event) => @event switch
    {
        PriceChanged e => product with { UnitPrice = e.UnitPrice.Amount, Currency = e.UnitPrice.Currency },
        StockReceived e => Move(product, onHand: e.Quantity, reserved: 0),
        StockReserved e => Move(product, onHand: 0, reserved: e.Quantity),
        StockReleased e => Move(product, onHand: 0, reserved: -e.Quantity),
        StockDispatched e => Move(product, onHand: -e.Quantity, reserved: -e.Quantity),
        ProductDiscontinued => product with { Discontinued = true },
        _ => product,
    };

    /// <exception cref="OverflowException">
    /// More than can be counted. The event is parked then: a stock below zero would be believed.
    /// </exception>
    private static StockLevel Move(StockLevel product, long onHand, long reserved) => product with
    {
        OnHand = checked(product.OnHand + onHand),
        Reserved = checked(product.Reserved + reserved),
        Available = checked(product.Available + onHand - reserved),
    };
}
