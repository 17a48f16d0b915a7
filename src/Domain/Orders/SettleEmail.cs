using FluentValidation;
using Orderly.Domain.Deciding;
using Orderly.Domain.Validation;

namespace Orderly.Domain.Orders;

/// <summary>A message was taken over in the end, or it can't be delivered. The first answer counts.</summary>
/// <param name="Fault">Why it can't be delivered; null: it was taken over.</param>
public sealed record SettleEmail(string OrderId, Guid MessageId, string About, string? Fault) : Command<OrderEmails>
{
    public override string AggregateId => OrderId;

    public override Decision Decide(OrderEmails state)
        => state.Settled.Contains(MessageId) ? Decision.Nothing
            : Fault is null ? Decision.Accept(new OrderEmailDelivered(OrderId, MessageId, About, Context.At))
            : Decision.Accept(new OrderEmailUndeliverable(OrderId, MessageId, About, Fault, Context.At));
}

public sealed class SettleEmailValidator : AbstractValidator<SettleEmail>
{
    public SettleEmailValidator()
    {
        RuleFor(command => command.OrderId).ValidId();
        RuleFor(command => command.Fault).OptionalText(500);
    }
}
