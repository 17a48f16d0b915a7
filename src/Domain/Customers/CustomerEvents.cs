using System.Text.Json;
using System.Text.Json.Serialization;
using Orderly.Domain.Serialization;

namespace Orderly.Domain.Customers;

/// <summary>A customer's events by their names in the log.</summary>
internal sealed class CustomerEvents : IEventNames
{
    public void AddTo(EventTypes.Builder types) => types
        .Add("customer-registered.v1", CustomerEventsJson.Default.CustomerRegistered)
        .Add("customer-details-changed.v1", CustomerEventsJson.Default.CustomerDetailsChanged)
        .Add("customer-level-changed.v1", CustomerEventsJson.Default.CustomerLevelChanged)
        .Add("customer-forgotten.v1", CustomerEventsJson.Default.CustomerForgotten);
}

[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web, NumberHandling = JsonNumberHandling.Strict, RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(CustomerRegistered))]
[JsonSerializable(typeof(CustomerDetailsChanged))]
[JsonSerializable(typeof(CustomerLevelChanged))]
[JsonSerializable(typeof(CustomerForgotten))]
public sealed partial class CustomerEventsJson : JsonSerializerContext;
