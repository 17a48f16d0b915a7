using FluentValidation;
using Orderly.Domain.Deciding;
using Orderly.Domain.Validation;

namespace Orderly.Domain.Orders;

/// <summary>A message is to be tried again, unless it is settled.</summary>
/// <inheritdoc cref="OrderEmailDeferred" path="/param"/>
public sealed record DeferEmail(string OrderId, Guid MessageId, string About, long Revision, string Reason, DateTimeOffset RetryAt)
    : Command<OrderEmails>
{
    public override string AggregateId => OrderId;

    public override Decision Decide(OrderEmails state)
        => state.Settled.Contains(MessageId)
            ? Decision.Nothing
            : Decision.Accept(new OrderEmailDeferred(
                OrderId, MessageId, About, Revision, state.Attempts.GetValueOrDefault(MessageId) + 1, Reason, RetryAt, Context.At));
}

public sealed class DeferEmailValidator : AbstractValidator<DeferEmail>
{
    public DeferEmailValidator()
    {
        RuleFor(command => command.OrderId).ValidId();
        RuleFor(command => command.Reason).RequiredText(500);
    }
}
