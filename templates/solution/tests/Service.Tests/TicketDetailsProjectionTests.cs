using Orderly.Domain.Tickets;
using Orderly.Projections;
using Orderly.ReadModels.Tickets;
using static Orderly.Testing.Scenario;

namespace Orderly.Service.Tests;

public class TicketDetailsProjectionTests
{
    private static readonly TicketOpened s_opened = new("t-1", "It does not print", Now);
    private static readonly TicketAnswered s_answered = new("t-1", "Put paper in.", Now);

    [Fact]
    public void A_ticket_shows_its_last_answer()
        => View(new TicketDetailsProjection())
            .After("ticket-t-1", s_opened, new TicketAnswered("t-1", "Switch it on.", Now), s_answered)
            .Is("t-1", new TicketDetails("t-1", "It does not print", "answered", "Put paper in.", null, Now, 2));

    [Fact]
    public void A_closed_ticket_says_why()
        => View(new TicketDetailsProjection())
            .After("ticket-t-1", s_opened, s_answered, new TicketClosed("t-1", "It prints.", Now))
            .Is("t-1", new TicketDetails("t-1", "It does not print", "closed", "Put paper in.", "It prints.", Now, 2));
}
