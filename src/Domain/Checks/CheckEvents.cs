using System.Text.Json;
using System.Text.Json.Serialization;
using Orderly.Domain.Serialization;

namespace Orderly.Domain.Checks;

/// <summary>The checks' events by their names in the log.</summary>
internal sealed class CheckEvents : IEventNames
{
    public void AddTo(EventTypes.Builder types) => types
        .Add("check-passed.v1", CheckEventsJson.Default.CheckPassed)
        .Add("check-failed.v1", CheckEventsJson.Default.CheckFailed);
}

[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web, NumberHandling = JsonNumberHandling.Strict, RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(CheckPassed))]
[JsonSerializable(typeof(CheckFailed))]
public sealed partial class CheckEventsJson : JsonSerializerContext;
