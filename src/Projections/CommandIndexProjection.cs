using Orderly.Domain;
using Orderly.Domain.Deciding;
using Orderly.Domain.EventStore;
using Orderly.Domain.Serialization;
using Orderly.ReadModels.Commands;
using Orderly.ReadModels.ViewStore;
using Orderly.Subscriptions;

namespace Orderly.Projections;

/// <summary>
/// command-index: which stream a client's command went to, for event stores that can't be asked. Only commands that a
/// client may send again under a key are in it.
/// </summary>
public sealed class CommandIndexProjection : IProjection<CommandTrace>
{
    public View<CommandTrace> View => CommandTrace.View;

    public EventFilter Filter { get; } = EventFilter.ByStreamPrefix(
        [.. StreamCategory.AllOf(typeof(OrderlyEvents).Assembly.GetTypes()).Keys.Select(category => $"{category}-")]);

    public IReadOnlyList<string> DocumentIdsOf(EventEnvelope envelope)
        => EventTypes.DecodeMetadata(envelope.Recorded) is { RequestHash: not null } metadata && metadata.CausationId == metadata.CommandId
            ? [metadata.CommandId.ToString()]
            : [];

    public CommandTrace? Project(string id, CommandTrace? document, EventEnvelope envelope)
        => document ?? new CommandTrace(envelope.Recorded.Stream);
}
