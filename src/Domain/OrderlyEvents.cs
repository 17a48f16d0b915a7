using System.Text.Json;
using System.Text.Json.Serialization;
using Orderly.Domain.Checks;
using Orderly.Domain.Customers;
using Orderly.Domain.Orders;
using Orderly.Domain.Payments;
using Orderly.Domain.Products;
using Orderly.Domain.Serialization;

namespace Orderly.Domain;

/// <summary>Every event of the domain by its name in the log. A new event has a line here and a line in its JSON below.</summary>
public static class OrderlyEvents
{
    public static EventTypes Types { get; } = EventTypes.Build(types => types
        .Add("customer-registered.v1", DomainJson.Default.CustomerRegistered)
        .Add("customer-details-changed.v1", DomainJson.Default.CustomerDetailsChanged)
        .Add("customer-level-changed.v1", DomainJson.Default.CustomerLevelChanged)
        .Add("customer-forgotten.v1", DomainJson.Default.CustomerForgotten)
        .Add("product-added.v1", DomainJson.Default.ProductAdded)
        .Add("price-changed.v1", DomainJson.Default.PriceChanged)
        .Add("stock-received.v1", DomainJson.Default.StockReceived)
        .Add("stock-reserved.v1", DomainJson.Default.StockReserved)
        .Add("stock-reservation-refused.v1", DomainJson.Default.StockReservationRefused)
        .Add("stock-released.v1", DomainJson.Default.StockReleased)
        .Add("stock-dispatched.v1", DomainJson.Default.StockDispatched)
        .Add("product-discontinued.v1", DomainJson.Default.ProductDiscontinued)
        .Add("order-placed.v1", DomainJson.Default.OrderPlaced)
        .Add("order-confirmed.v1", DomainJson.Default.OrderConfirmed)
        .Add("order-rejected.v1", DomainJson.Default.OrderRejected)
        .Add("order-paid.v1", DomainJson.Default.OrderPaid)
        .Add("order-shipped.v1", DomainJson.Default.OrderShipped)
        .Add("order-delivered.v1", DomainJson.Default.OrderDelivered)
        .Add("order-cancelled.v1", DomainJson.Default.OrderCancelled)
        .Add("order-email-deferred.v1", DomainJson.Default.OrderEmailDeferred)
        .Add("order-email-delivered.v1", DomainJson.Default.OrderEmailDelivered)
        .Add("order-email-undeliverable.v1", DomainJson.Default.OrderEmailUndeliverable)
        .Add("check-passed.v1", DomainJson.Default.CheckPassed)
        .Add("check-failed.v1", DomainJson.Default.CheckFailed)
        .Add("payment-received.v1", DomainJson.Default.PaymentReceived)
        .Add("refund-requested.v1", DomainJson.Default.RefundRequested)
        .Add("payment-refunded.v1", DomainJson.Default.PaymentRefunded));
}

/// <summary>
/// The JSON of the log. Fields that a reader does not know are skipped and fields that an event lacks must be optional
/// in its record: that is how an event grows without a new version.
/// </summary>
[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web, NumberHandling = JsonNumberHandling.Strict, RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(CustomerRegistered))]
[JsonSerializable(typeof(CustomerDetailsChanged))]
[JsonSerializable(typeof(CustomerLevelChanged))]
[JsonSerializable(typeof(CustomerForgotten))]
[JsonSerializable(typeof(ProductAdded))]
[JsonSerializable(typeof(PriceChanged))]
[JsonSerializable(typeof(StockReceived))]
[JsonSerializable(typeof(StockReserved))]
[JsonSerializable(typeof(StockReservationRefused))]
[JsonSerializable(typeof(StockReleased))]
[JsonSerializable(typeof(StockDispatched))]
[JsonSerializable(typeof(ProductDiscontinued))]
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
[JsonSerializable(typeof(CheckPassed))]
[JsonSerializable(typeof(CheckFailed))]
[JsonSerializable(typeof(PaymentReceived))]
[JsonSerializable(typeof(RefundRequested))]
[JsonSerializable(typeof(PaymentRefunded))]
public sealed partial class DomainJson : JsonSerializerContext;
