using Orderly.Domain.Deciding;
using Orderly.Domain.EventStore;
using Orderly.Domain.Tickets;
using Orderly.ReadModels.ViewStore;
using Orderly.Subscriptions;

namespace Orderly.Processes;

/// <summary>ticket-idle: closes a ticket that was answered, and about which nothing more is heard.</summary>
public sealed class TicketIdle(CommandSender sender, ProcessOptions options) : ITimedProcess<AnsweredTicket>
{
    public const string Name = "ticket-idle";

    public View<AnsweredTicket> View { get; } = new(
        Name, 1, ProcessesJson.Default.AnsweredTicket,
        new ViewField<AnsweredTicket>(ITimedProcess<AnsweredTicket>.DueField, state => state.Due));

    public EventFilter Filter { get; } = EventFilter.ByStreamPrefix("ticket-");

    /// <summary>None: all that could move a deadline is in the log, which is read first.</summary>
    public TimeSpan Grace => TimeSpan.Zero;

    public IReadOnlyList<string> DocumentIdsOf(EventEnvelope envelope) => envelope.Event is ITicketEvent e ? [e.TicketId] : [];

    public AnsweredTicket? Project(string id, AnsweredTicket? document, EventEnvelope envelope) => envelope.Event switch
    {
        TicketAnswered e => new AnsweredTicket(DueAfter(e.AnsweredAt), EventReference.To(envelope.Recorded), envelope.Recorded.Revision),
        TicketClosed => null,
        _ => document,
    };

    public bool ReactsTo(EventEnvelope envelope) => false;

    public Task ReactAsync(Reaction<AnsweredTicket> reaction, CancellationToken cancellationToken) => Task.CompletedTask;

    public long? DueOf(AnsweredTicket state) => state.Due;

    public Task ElapseAsync(string id, AnsweredTicket state, CancellationToken cancellationToken)
        => sender.SendAsync(
            state.Answer, Name, "close",
            context => new CloseTicket(id, "Nothing more was heard.")
            {
                // One that something happened to at the last moment stays open.
                Context = context with { IfMatch = new RevisionCondition([state.Revision]) },
            },
            cancellationToken);

    private long? DueAfter(DateTimeOffset at)
        => options.IdleTime == Timeout.InfiniteTimeSpan ? null : (at + options.IdleTime).ToUnixTimeMilliseconds();
}

/// <summary>A ticket that was answered.</summary>
/// <param name="Due">When it is to be closed, in milliseconds since 1970; null: never.</param>
/// <param name="Answer">The event that said so last.</param>
/// <param name="Revision">The revision of that event.</param>
public sealed record AnsweredTicket(long? Due, EventReference Answer, long Revision);
