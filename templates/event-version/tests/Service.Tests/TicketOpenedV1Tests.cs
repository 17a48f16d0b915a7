using Orderly.Domain.Tickets;
using Orderly.Testing;
using static Orderly.Testing.Scenario;

namespace Orderly.Service.Tests;

/// <summary>What is in a log stays there: these lines never change.</summary>
public class TicketOpenedV1Tests
{
    [Fact]
    public void Version_1_is_read_as_the_newest()
        => Assert.IsType<TicketOpened>(
            Read(new Written("ticket-opened.v1", """{"ticketId":"t-1","subject":"It does not print","openedAt":"2026-11-21T12:00:00Z"}""")));
}
