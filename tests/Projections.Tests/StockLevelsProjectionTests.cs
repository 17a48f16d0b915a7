using Orderly.Domain;
using Orderly.Domain.Products;
using Orderly.ReadModels.Products;
using static Orderly.Projections.Tests.Fold;

namespace Orderly.Projections.Tests;

public class StockLevelsProjectionTests
{
    private static readonly (string, object) s_added
        = ("product-LAMP", new ProductAdded("LAMP", "Lamp", "Bright", new Money(20, "EUR"), Now));

    [Fact]
    public void Stock_moves()
    {
        var product = Product(
            s_added,
            ("product-LAMP", new StockReceived("LAMP", 10, null, Now)),
            ("product-LAMP", new StockReserved("LAMP", "o-1", 3, Now)),
            ("product-LAMP", new StockReserved("LAMP", "o-2", 2, Now)),
            ("product-LAMP", new StockReservationRefused("LAMP", "o-3", 9, 5, Now)),
            ("product-LAMP", new StockDispatched("LAMP", "o-1", 3, Now)),
            ("product-LAMP", new StockReleased("LAMP", "o-2", 2, Now)));
        Assert.Equal(
            new ProductSummary("LAMP", "Lamp", "Bright", 20, "EUR", false, OnHand: 7, Reserved: 0, Available: 7, Revision: 6),
            product.ToSummary());
    }

    [Fact]
    public void Price_and_offer_change()
    {
        var product = Product(
            s_added,
            ("product-LAMP", new PriceChanged("LAMP", new Money(25.5m, "CHF"), Now)),
            ("product-LAMP", new ProductDiscontinued("LAMP", null, Now)));
        Assert.Equal(new ProductSummary("LAMP", "Lamp", "Bright", 25.5m, "CHF", true, 0, 0, 0, 2), product.ToSummary());
    }

    [Fact]
    public void A_product_is_found_by_the_words_of_its_sku_and_its_name()
        => Assert.Equal(
            ["1", "creme", "lamp-1", "strasse"],
            Of(
                new StockLevelsProjection(), "LAMP-1",
                ("product-LAMP-1", new ProductAdded("LAMP-1", "Crème Straße", null, new Money(20, "EUR"), Now)),
                ("product-LAMP-1", new StockReceived("LAMP-1", 10, null, Now)))!.Words);

    private static StockLevel Product(params (string, object)[] events) => Of(new StockLevelsProjection(), "LAMP", events)!;
}
