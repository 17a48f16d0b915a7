using System.Text.Json.Serialization;

namespace Orderly.Api.Commands;

/// <summary>The JSON of requests: exact names, no unknown and no repeated fields, numbers as numbers.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    NumberHandling = JsonNumberHandling.Strict, AllowDuplicateProperties = false,
    Converters = [typeof(WholeNumberConverter), typeof(AmountConverter)])]
[JsonSerializable(typeof(RegisterCustomerRequest))]
[JsonSerializable(typeof(ChangeCustomerDetailsRequest))]
[JsonSerializable(typeof(ChangeCustomerLevelRequest))]
[JsonSerializable(typeof(AddProductRequest))]
[JsonSerializable(typeof(ChangePriceRequest))]
[JsonSerializable(typeof(ReceiveStockRequest))]
[JsonSerializable(typeof(DiscontinueProductRequest))]
[JsonSerializable(typeof(PlaceOrderRequest))]
[JsonSerializable(typeof(RecordPaymentRequest))]
[JsonSerializable(typeof(RecordRefundRequest))]
[JsonSerializable(typeof(ShipOrderRequest))]
[JsonSerializable(typeof(DeliverOrderRequest))]
[JsonSerializable(typeof(CancelOrderRequest))]
internal sealed partial class RequestJson : JsonSerializerContext, IRequestJson;
