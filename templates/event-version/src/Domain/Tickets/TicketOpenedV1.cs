using System.Text.Json;
using System.Text.Json.Serialization;
using Orderly.Domain.Serialization;

namespace Orderly.Domain.Tickets;

/// <summary>Version 1 of <see cref="TicketOpened"/>, as logs have it. It is only read, and never changes.</summary>
public sealed record TicketOpenedV1(string TicketId, string Subject, DateTimeOffset OpenedAt)
{
    /// <summary>The event as it is now; what it has more is decided here for all that were written before.</summary>
    internal TicketOpened ToNewest() => new(TicketId, Subject, OpenedAt);
}

internal sealed class TicketOpenedV1Name : IEventNames
{
    public void AddTo(EventTypes.Builder types)
        => types.AddOld("ticket-opened.v1", TicketOpenedV1Json.Default.TicketOpenedV1, old => old.ToNewest());
}

[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web, NumberHandling = JsonNumberHandling.Strict, RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(TicketOpenedV1))]
internal sealed partial class TicketOpenedV1Json : JsonSerializerContext;
