using FluentValidation;
using Orderly.Access;
using Orderly.Domain.Deciding;
using Orderly.Domain.Validation;

namespace Orderly.Domain.Tickets;

/// <summary>Somebody asks for help.</summary>
public sealed record OpenTicket(string TicketId, string Subject) : Command<Ticket>
{
    public override string AggregateId => TicketId;

    public override bool IsAllowedTo(Caller caller) => caller.Has(Scopes.TicketsWrite);

    public override Decision Decide(Ticket state)
        => state.Status != TicketStatus.Unknown
            ? Refusal.AlreadyExists("ticket", TicketId)
            : Decision.Accept(new TicketOpened(TicketId, Subject, Context.At));
}

public sealed class OpenTicketValidator : AbstractValidator<OpenTicket>
{
    public OpenTicketValidator()
    {
        RuleFor(command => command.TicketId).ValidId();
        RuleFor(command => command.Subject).RequiredText(200);
    }
}

/// <summary>Somebody helps.</summary>
public sealed record AnswerTicket(string TicketId, string Text) : Command<Ticket>
{
    public override string AggregateId => TicketId;

    public override bool IsAllowedTo(Caller caller) => caller.Has(Scopes.TicketsWrite);

    public override Decision Decide(Ticket state)
        => state.RefuseUnlessOpen(TicketId, "answer") ?? Decision.Accept(new TicketAnswered(TicketId, Text, Context.At));
}

public sealed class AnswerTicketValidator : AbstractValidator<AnswerTicket>
{
    public AnswerTicketValidator()
    {
        RuleFor(command => command.TicketId).ValidId();
        RuleFor(command => command.Text).RequiredText(2000);
    }
}

/// <summary>Nothing more is to be done.</summary>
public sealed record CloseTicket(string TicketId, string Reason) : Command<Ticket>
{
    public override string AggregateId => TicketId;

    public override bool IsAllowedTo(Caller caller) => caller.Has(Scopes.TicketsWrite);

    public override Decision Decide(Ticket state)
        => state.RefuseUnlessOpen(TicketId, "close") ?? Decision.Accept(new TicketClosed(TicketId, Reason, Context.At));
}

public sealed class CloseTicketValidator : AbstractValidator<CloseTicket>
{
    public CloseTicketValidator()
    {
        RuleFor(command => command.TicketId).ValidId();
        RuleFor(command => command.Reason).RequiredText(500);
    }
}
