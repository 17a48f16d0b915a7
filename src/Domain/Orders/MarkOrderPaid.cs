using FluentValidation;
using Orderly.Domain.Deciding;
using Orderly.Domain.Validation;

namespace Orderly.Domain.Orders;

/// <summary>What was received covers the total.</summary>
public sealed record MarkOrderPaid(string OrderId) : Command<Order>
{
    public override string AggregateId => OrderId;

    public override Decision Decide(Order state)
        => state.RefuseUnless(OrderId, "pay", OrderStatus.Confirmed)
            ?? Decision.Accept(new OrderPaid(OrderId, state.CustomerId, state.Total, Context.At));
}

public sealed class MarkOrderPaidValidator : AbstractValidator<MarkOrderPaid>
{
    public MarkOrderPaidValidator() => RuleFor(command => command.OrderId).ValidId();
}
