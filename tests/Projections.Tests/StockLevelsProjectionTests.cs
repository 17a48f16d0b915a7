using System.Text.Json;
using Orderly.Domain;
using Orderly.Domain.Products;
using Orderly.ReadModels.Products;
using static Orderly.Testing.Scenario;

namespace Orderly.Projections.Tests;

public class StockLevelsProjectionTests
{
    private static readonly ProductAdded s_added = new("LAMP", "Lamp", "Bright", new Money(20, "EUR"), Now);

    [Fact]
    public void Stock_moves()
    {
        var product = Product(
            s_added,
            new StockReceived("LAMP", 10, null, Now),
            new StockReserved("LAMP", "o-1", 3, Now),
            new StockReserved("LAMP", "o-2", 2, Now),
            new StockReservationRefused("LAMP", "o-3", 9, 5, Now),
            new StockDispatched("LAMP", "o-1", 3, Now),
            new StockReleased("LAMP", "o-2", 2, Now));
        Assert.Equal(
            new ProductSummary("LAMP", "Lamp", "Bright", 20, "EUR", false, OnHand: 7, Reserved: 0, Available: 7, Revision: 6),
            SummaryOf(product));
    }

    [Fact]
    public void Price_and_offer_change()
    {
        var product = Product(
            s_added,
            new PriceChanged("LAMP", new Money(25.5m, "CHF"), Now),
            new ProductDiscontinued("LAMP", null, Now));
        Assert.Equal(new ProductSummary("LAMP", "Lamp", "Bright", 25.5m, "CHF", true, 0, 0, 0, 2), SummaryOf(product));
    }

    [Fact]
    public void A_product_is_found_by_the_words_of_its_sku_and_its_name()
        => Assert.Equal(
            ["1", "creme", "lamp-1", "strasse"],
            View(new StockLevelsProjection())
                .After(
                    "product-LAMP-1",
                    new ProductAdded("LAMP-1", "Crème Straße", null, new Money(20, "EUR"), Now),
                    new StockReceived("LAMP-1", 10, null, Now))
                .Of("LAMP-1")!.Words);

    private static ProductSummary? SummaryOf(StockLevel product)
        => JsonSerializer.Deserialize(JsonSerializer.Serialize(product, StockLevel.View.Json), StockLevel.Summaries.Json);

    private static StockLevel Product(params object[] events)
        => View(new StockLevelsProjection()).After("product-LAMP", events).Of("LAMP")!;
}
