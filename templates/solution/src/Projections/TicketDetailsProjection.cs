using Orderly.Domain.EventStore;
using Orderly.Domain.Tickets;
using Orderly.Domain.Validation;
using Orderly.ReadModels.Tickets;
using Orderly.ReadModels.ViewStore;
using Orderly.Subscriptions;

namespace Orderly.Projections;

/// <summary>ticket-details: one ticket as it is now, from its stream.</summary>
public sealed class TicketDetailsProjection : IProjection<TicketDetails>
{
    public View<TicketDetails> View => TicketDetails.View;

    public EventFilter Filter { get; } = EventFilter.ByStreamPrefix("ticket-");

    public IReadOnlyList<string> DocumentIdsOf(EventEnvelope envelope) => envelope.Event is ITicketEvent e ? [e.TicketId] : [];

    public TicketDetails? Project(string id, TicketDetails? document, EventEnvelope envelope)
    {
        var ticket = envelope.Event is TicketOpened e
            ? new TicketDetails(id, e.Subject, LowerCase<TicketStatus>.NameOf(TicketStatus.Open), null, null, e.OpenedAt, 0)
            : document;
        return ticket is null ? null : Step(ticket, envelope.Event) with { Revision = envelope.Recorded.Revision };
    }

    private static TicketDetails Step(TicketDetails ticket, object @event) => @event switch
    {
        TicketAnswered e => ticket with { Status = LowerCase<TicketStatus>.NameOf(TicketStatus.Answered), Answer = e.Text },
        TicketClosed e => ticket with { Status = LowerCase<TicketStatus>.NameOf(TicketStatus.Closed), Reason = e.Reason },
        _ => ticket,
    };
}
