using FluentValidation;
using Orderly.Domain.Deciding;
using Orderly.Domain.Validation;

namespace Orderly.Domain.Orders;

/// <summary>All checks passed.</summary>
public sealed record ConfirmOrder(string OrderId) : Command<Order>
{
    public override string AggregateId => OrderId;

    public override Decision Decide(Order state)
        => state.RefuseUnless(OrderId, "confirm", OrderStatus.Placed)
            ?? Decision.Accept(new OrderConfirmed(OrderId, state.CustomerId, state.Lines, state.Total, Context.At));
}

public sealed class ConfirmOrderValidator : AbstractValidator<ConfirmOrder>
{
    public ConfirmOrderValidator() => RuleFor(command => command.OrderId).ValidId();
}
