using Orderly.Domain.Deciding;
using Orderly.Domain.Tickets;
using Orderly.Testing;
using static Orderly.Testing.Scenario;

namespace Orderly.Service.Tests;

/// <summary>What a ticket decides.</summary>
public class TicketTests
{
    private static readonly TicketOpened s_opened = new("t-1", "It does not print", Now);
    private static readonly TicketAnswered s_answered = new("t-1", "Put paper in.", Now);
    private static readonly TicketClosed s_closed = new("t-1", "It prints.", Now);

    [Fact]
    public void A_ticket_is_opened_once()
    {
        var open = new OpenTicket("t-1", "It does not print") { Context = Context };
        Given<Ticket>().When(open).Then(s_opened);
        Given<Ticket>(s_opened).When(open).ThenRefused(RefusalKind.AlreadyExists);
    }

    [Fact]
    public void A_ticket_is_answered_until_it_is_closed()
    {
        var answer = new AnswerTicket("t-1", "Put paper in.") { Context = Context };
        Given<Ticket>(s_opened).When(answer).Then(s_answered);
        Given<Ticket>(s_opened, s_answered).When(answer).Then(s_answered);
        Given<Ticket>(s_opened, s_closed).When(answer).ThenRefused(RefusalKind.InvalidTransition);
        Given<Ticket>().When(answer).ThenRefused(RefusalKind.NotFound);
    }

    [Fact]
    public void A_ticket_is_closed_once()
    {
        var close = new CloseTicket("t-1", "It prints.") { Context = Context };
        Given<Ticket>(s_opened, s_answered).When(close).Then(s_closed);
        Given<Ticket>(s_opened, s_closed).When(close).ThenRefused(RefusalKind.InvalidTransition);
    }

    /// <summary>What is in a log stays there: these lines never change.</summary>
    [Fact]
    public void Events_that_were_written_are_read()
        => Given<Ticket>(
                new Written("ticket-opened.v1", """{"ticketId":"t-1","subject":"It does not print","openedAt":"2026-11-21T12:00:00Z"}"""),
                new Written("ticket-answered.v1", """{"ticketId":"t-1","text":"Put paper in.","answeredAt":"2026-11-21T12:00:00Z"}"""),
                new Written("ticket-closed.v1", """{"ticketId":"t-1","reason":"It prints.","closedAt":"2026-11-21T12:00:00Z"}"""))
            .When(new AnswerTicket("t-1", "Gladly.") { Context = Context })
            .ThenRefused(RefusalKind.InvalidTransition);
}
