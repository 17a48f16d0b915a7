using System.Text.Json;
using System.Text.Json.Serialization;
using Orderly.Domain.Deciding;
using Orderly.Domain.EventStore;
using Orderly.Domain.Tickets;
using Orderly.ReadModels.ViewStore;
using Orderly.Subscriptions;

namespace Orderly.Processes;

/// <summary>ticket-idle: closes a ticket that was answered, and about which nothing more is heard.</summary>
public sealed class TicketIdle(CommandSender sender, ProcessOptions options) : ITimedProcess<TicketIdleState>
{
    public const string Name = "ticket-idle";

    public View<TicketIdleState> View { get; } = new(
        Name, 1, TicketIdleJson.Default.TicketIdleState,
        new ViewField<TicketIdleState>(ITimedProcess<TicketIdleState>.DueField, state => state.Due));

    public EventFilter Filter { get; } = EventFilter.ByStreamPrefix("ticket-");

    /// <summary>None: all that could move a deadline is in the log, which is read first.</summary>
    public TimeSpan Grace => TimeSpan.Zero;

    public IReadOnlyList<string> DocumentIdsOf(EventEnvelope envelope) => envelope.Event is ITicketEvent e ? [e.TicketId] : [];

    public TicketIdleState? Project(string id, TicketIdleState? document, EventEnvelope envelope) => envelope.Event switch
    {
        TicketAnswered e => new TicketIdleState(DueAfter(e.AnsweredAt), EventReference.To(envelope.Recorded), envelope.Recorded.Revision),
        TicketClosed => null,
        _ => document,
    };

    public bool ReactsTo(EventEnvelope envelope) => false;

    public Task ReactAsync(Reaction<TicketIdleState> reaction, CancellationToken cancellationToken) => Task.CompletedTask;

    public long? DueOf(TicketIdleState state) => state.Due;

    public Task ElapseAsync(string id, TicketIdleState state, CancellationToken cancellationToken)
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
public sealed record TicketIdleState(long? Due, EventReference Answer, long Revision);

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, NumberHandling = JsonNumberHandling.Strict)]
[JsonSerializable(typeof(TicketIdleState))]
public sealed partial class TicketIdleJson : JsonSerializerContext;
