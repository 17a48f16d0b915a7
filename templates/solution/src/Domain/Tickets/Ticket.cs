using System.Text.Json;
using System.Text.Json.Serialization;
using Orderly.Domain.Deciding;
using Orderly.Domain.Serialization;

namespace Orderly.Domain.Tickets;

/// <summary>An event about a ticket.</summary>
public interface ITicketEvent : IEvent
{
    string TicketId { get; }
}

public sealed record TicketOpened(string TicketId, string Subject, DateTimeOffset OpenedAt) : ITicketEvent;

public sealed record TicketAnswered(string TicketId, string Text, DateTimeOffset AnsweredAt) : ITicketEvent;

public sealed record TicketClosed(string TicketId, string Reason, DateTimeOffset ClosedAt) : ITicketEvent;

/// <summary>A ticket: <c>unknown → open → answered → closed</c>.</summary>
public sealed record Ticket(TicketStatus Status) : IAggregate<Ticket>
{
    public static string Category => "ticket";

    public static Ticket Initial { get; } = new(TicketStatus.Unknown);

    public static Ticket Evolve(Ticket ticket, object @event) => @event switch
    {
        TicketOpened => new Ticket(TicketStatus.Open),
        TicketAnswered => new Ticket(TicketStatus.Answered),
        TicketClosed => new Ticket(TicketStatus.Closed),
        _ => ticket,
    };

    /// <summary>A step that can be taken until the ticket is closed; null when this one can.</summary>
    internal Refusal? RefuseUnlessOpen(string ticketId, string step) => Status switch
    {
        TicketStatus.Unknown => Refusal.NotFound("ticket", ticketId),
        TicketStatus.Closed => Refusal.InvalidTransition("ticket", "closed", step),
        _ => null,
    };
}

public enum TicketStatus
{
    Unknown,
    Open,
    Answered,
    Closed,
}

/// <summary>A ticket's events by their names in the log. The names are for ever.</summary>
internal sealed class TicketEvents : IEventNames
{
    public void AddTo(EventTypes.Builder types) => types
        .Add("ticket-opened.v1", TicketEventsJson.Default.TicketOpened)
        .Add("ticket-answered.v1", TicketEventsJson.Default.TicketAnswered)
        .Add("ticket-closed.v1", TicketEventsJson.Default.TicketClosed);
}

[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web, NumberHandling = JsonNumberHandling.Strict, RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(TicketOpened))]
[JsonSerializable(typeof(TicketAnswered))]
[JsonSerializable(typeof(TicketClosed))]
public sealed partial class TicketEventsJson : JsonSerializerContext;
