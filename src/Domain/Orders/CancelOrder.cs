using FluentValidation;
using Orderly.Access;
using Orderly.Domain.Deciding;
using Orderly.Domain.Validation;

namespace Orderly.Domain.Orders;

/// <summary>The order is called off; possible until it is shipped.</summary>
public sealed record CancelOrder(string OrderId, string Reason) : Command<Order>
{
    public override string AggregateId => OrderId;

    public override bool IsAllowedTo(Caller caller) => caller.Has(Scopes.OrdersWrite) || caller.OwnAccountId is not null;

    public override Refusal? RefuseTo(Caller caller, Order state)
        => caller.May(Scopes.OrdersWrite, state.CustomerId) ? null : Refusal.NotFound("order", OrderId);

    public override Decision Decide(Order state)
        => state.RefuseUnless(OrderId, "cancel", OrderStatus.Placed, OrderStatus.Confirmed, OrderStatus.Paid)
            ?? Decision.Accept(new OrderCancelled(
                OrderId, state.CustomerId, state.Lines, state.Total, state.Status, Reason, Context.At, state.ConfirmedAt));
}

public sealed class CancelOrderValidator : AbstractValidator<CancelOrder>
{
    public CancelOrderValidator()
    {
        RuleFor(command => command.OrderId).ValidId();
        RuleFor(command => command.Reason).RequiredText(500);
    }
}
