using FluentValidation;
using Orderly.Access;
using Orderly.Domain.Deciding;
using Orderly.Domain.Validation;

namespace Orderly.Domain.Orders;

/// <summary>The parcel was handed to a carrier.</summary>
public sealed record ShipOrder(string OrderId, string Carrier, string TrackingNumber) : Command<Order>
{
    public override string AggregateId => OrderId;

    public override bool IsAllowedTo(Caller caller) => caller.Has(Scopes.OrdersShip);

    public override Decision Decide(Order state)
        => state.RefuseUnless(OrderId, "ship", OrderStatus.Paid)
            ?? Decision.Accept(new OrderShipped(OrderId, state.CustomerId, state.Lines, Carrier, TrackingNumber, Context.At));
}

public sealed class ShipOrderValidator : AbstractValidator<ShipOrder>
{
    public ShipOrderValidator()
    {
        RuleFor(command => command.OrderId).ValidId();
        RuleFor(command => command.Carrier).RequiredText(100);
        RuleFor(command => command.TrackingNumber).RequiredText(100);
    }
}
