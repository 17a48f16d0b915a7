using System.Text.Json;
using System.Text.Json.Serialization;
using Orderly.Domain.Checks;
using Orderly.Domain.Customers;
using Orderly.Domain.Orders;
using Orderly.Domain.Payments;
using Orderly.Domain.Products;

namespace Orderly.Domain.Serialization;

/// <summary>
/// The JSON of the log. Fields that a reader does not know are skipped and fields that an event lacks must be optional
/// in its record: that is how an event grows without a new version.
/// </summary>
[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web,
    NumberHandling = JsonNumberHandling.Strict,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(EventMetadata))]
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
[JsonSerializable(typeof(CheckPassed))]
[JsonSerializable(typeof(CheckFailed))]
[JsonSerializable(typeof(PaymentReceived))]
[JsonSerializable(typeof(RefundRequested))]
[JsonSerializable(typeof(PaymentRefunded))]
public sealed partial class DomainJson : JsonSerializerContext;
