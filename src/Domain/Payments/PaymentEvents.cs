using System.Text.Json;
using System.Text.Json.Serialization;
using Orderly.Domain.Serialization;

namespace Orderly.Domain.Payments;

/// <summary>A payment's events by their names in the log.</summary>
internal sealed class PaymentEvents : IEventNames
{
    public void AddTo(EventTypes.Builder types) => types
        .Add("payment-received.v1", PaymentEventsJson.Default.PaymentReceived)
        .Add("refund-requested.v1", PaymentEventsJson.Default.RefundRequested)
        .Add("payment-refunded.v1", PaymentEventsJson.Default.PaymentRefunded);
}

[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web, NumberHandling = JsonNumberHandling.Strict, RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(PaymentReceived))]
[JsonSerializable(typeof(RefundRequested))]
[JsonSerializable(typeof(PaymentRefunded))]
public sealed partial class PaymentEventsJson : JsonSerializerContext;
