using System.Text.Json;
using System.Text.Json.Serialization;
using Orderly.Access;

namespace Orderly.Domain.Serialization;

/// <summary>Why an event is there: what rule 10 of the architecture asks every event to carry.</summary>
/// <param name="CorrelationId">Names the whole flow that began with one request.</param>
/// <param name="CausationId">The id of what caused the command: an event's id when a process sent it, else the command's own.</param>
/// <param name="CommandId">The command that was accepted.</param>
/// <param name="Actor">Who sent it.</param>
/// <param name="At">When it was sent (event time, UTC).</param>
/// <param name="SchemaVersion">The version in the event's type name.</param>
/// <param name="TraceParent">The W3C trace context of the request, if there was one.</param>
/// <param name="RequestHash">A digest of the request; present only on commands that may be sent again under the same id.</param>
/// <param name="By">What else is known of the actor; null: nothing.</param>
public sealed record EventMetadata(
    // EventStoreDB's system projections know these two by their dollar names.
    [property: JsonPropertyName("$correlationId")] Guid CorrelationId,
    [property: JsonPropertyName("$causationId")] Guid CausationId,
    Guid CommandId,
    string Actor,
    DateTimeOffset At,
    int SchemaVersion,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? TraceParent = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? RequestHash = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] ActorDetails? By = null);

[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web, NumberHandling = JsonNumberHandling.Strict, RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(EventMetadata))]
internal sealed partial class EventMetadataJson : JsonSerializerContext;
