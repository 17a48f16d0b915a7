using Orderly.Domain.Tickets;
using Orderly.Testing;
using static Orderly.Testing.Scenario;

namespace Orderly.Service.Tests;

/// <summary>What is in a log stays there: this line never changes.</summary>
public class TicketOpenedV1Tests
{
    private const string Data = """{"ticketId":"t-1","subject":"It does not print","openedAt":"2026-11-21T12:00:00Z"}""";

    [Fact]
    public void Version_1_is_read_as_the_newest() => Assert.IsType<TicketOpened>(Read(new Written("ticket-opened.v1", Data)));
}
