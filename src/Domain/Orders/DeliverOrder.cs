using FluentValidation;
using Orderly.Access;
using Orderly.Domain.Deciding;
using Orderly.Domain.Validation;

namespace Orderly.Domain.Orders;

/// <summary>The customer has it.</summary>
public sealed record DeliverOrder(string OrderId) : Command<Order>
{
    public override string AggregateId => OrderId;

    public override bool IsAllowedTo(Caller caller) => caller.Has(Scopes.OrdersShip);

    public override Decision Decide(Order state)
        => state.RefuseUnless(OrderId, "deliver", OrderStatus.Shipped)
            ?? Decision.Accept(new OrderDelivered(OrderId, state.CustomerId, Context.At));
}

public sealed class DeliverOrderValidator : AbstractValidator<DeliverOrder>
{
    public DeliverOrderValidator() => RuleFor(command => command.OrderId).ValidId();
}
