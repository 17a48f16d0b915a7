using System.Text.Json;
using System.Text.Json.Serialization;
using Orderly.Domain.Serialization;

namespace Orderly.Domain.Products;

/// <summary>A product's events by their names in the log.</summary>
internal sealed class ProductEvents : IEventNames
{
    public void AddTo(EventTypes.Builder types) => types
        .Add("product-added.v1", ProductEventsJson.Default.ProductAdded)
        .Add("price-changed.v1", ProductEventsJson.Default.PriceChanged)
        .Add("stock-received.v1", ProductEventsJson.Default.StockReceived)
        .Add("stock-reserved.v1", ProductEventsJson.Default.StockReserved)
        .Add("stock-reservation-refused.v1", ProductEventsJson.Default.StockReservationRefused)
        .Add("stock-released.v1", ProductEventsJson.Default.StockReleased)
        .Add("stock-dispatched.v1", ProductEventsJson.Default.StockDispatched)
        .Add("product-discontinued.v1", ProductEventsJson.Default.ProductDiscontinued);
}

[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web, NumberHandling = JsonNumberHandling.Strict, RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(ProductAdded))]
[JsonSerializable(typeof(PriceChanged))]
[JsonSerializable(typeof(StockReceived))]
[JsonSerializable(typeof(StockReserved))]
[JsonSerializable(typeof(StockReservationRefused))]
[JsonSerializable(typeof(StockReleased))]
[JsonSerializable(typeof(StockDispatched))]
[JsonSerializable(typeof(ProductDiscontinued))]
public sealed partial class ProductEventsJson : JsonSerializerContext;
