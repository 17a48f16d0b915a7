using System.Text.Json;
using System.Text.Json.Serialization;
using Orderly.Domain.Serialization;

namespace Orderly.Domain.Orders;

/// <summary>An order's events by their names in the log.</summary>
internal sealed class OrderEvents : IEventNames
{
    public void AddTo(EventTypes.Builder types) => types
        .Add("order-placed.v1", OrderEventsJson.Default.OrderPlaced)
        .Add("order-confirmed.v1", OrderEventsJson.Default.OrderConfirmed)
        .Add("order-rejected.v1", OrderEventsJson.Default.OrderRejected)
        .Add("order-paid.v1", OrderEventsJson.Default.OrderPaid)
        .Add("order-shipped.v1", OrderEventsJson.Default.OrderShipped)
        .Add("order-delivered.v1", OrderEventsJson.Default.OrderDelivered)
        .Add("order-cancelled.v1", OrderEventsJson.Default.OrderCancelled)
        .Add("order-email-deferred.v1", OrderEventsJson.Default.OrderEmailDeferred)
        .Add("order-email-delivered.v1", OrderEventsJson.Default.OrderEmailDelivered)
        .Add("order-email-undeliverable.v1", OrderEventsJson.Default.OrderEmailUndeliverable);
}

[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web, NumberHandling = JsonNumberHandling.Strict, RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(OrderPlaced))]
[JsonSerializable(typeof(OrderConfirmed))]
[JsonSerializable(typeof(OrderRejected))]
[JsonSerializable(typeof(OrderPaid))]
[JsonSerializable(typeof(OrderShipped))]
[JsonSerializable(typeof(OrderDelivered))]
[JsonSerializable(typeof(OrderCancelled))]
[JsonSerializable(typeof(OrderEmailDeferred))]
[JsonSerializable(typeof(OrderEmailDelivered))]
[JsonSerializable(typeof(OrderEmailUndeliverable))]
public sealed partial class OrderEventsJson : JsonSerializerContext;
