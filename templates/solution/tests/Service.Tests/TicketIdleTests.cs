using Orderly.Domain.Tickets;
using Orderly.Processes;
using Orderly.Testing;
using static Orderly.Testing.Scenario;

namespace Orderly.Service.Tests;

/// <summary>Each test also has the process die at each of its steps, and go on.</summary>
public class TicketIdleTests
{
    private static readonly ProcessOptions s_options = new();

    private static readonly (string, object)
        s_opened = ("ticket-t-1", new TicketOpened("t-1", "It does not print", Now)),
        s_answered = ("ticket-t-1", new TicketAnswered("t-1", "Put paper in.", Now));

    [Fact]
    public Task A_ticket_that_is_heard_of_no_more_is_closed()
        => Start().After(s_opened, s_answered)
            .Later(s_options.IdleTime)
            .ThenAsync(("ticket-t-1", new TicketClosed("t-1", "Nothing more was heard.", Now + s_options.IdleTime)));

    [Fact]
    public Task Another_answer_moves_the_deadline()
        => Start().After(s_opened, s_answered)
            .Later(s_options.IdleTime / 2, ("ticket-t-1", new TicketAnswered("t-1", "And?", Now + (s_options.IdleTime / 2))))
            .Later(s_options.IdleTime / 2)
            .ThenAsync();

    [Fact]
    public Task A_ticket_without_an_answer_waits()
        => Start().After(s_opened).Later(s_options.IdleTime * 2).ThenAsync();

    private static ProcessScenario<TicketIdleState> Start() => Process(services => new TicketIdle(services.Commands, s_options));
}
