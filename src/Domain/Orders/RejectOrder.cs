using FluentValidation;
using Orderly.Domain.Deciding;
using Orderly.Domain.Validation;

namespace Orderly.Domain.Orders;

/// <summary>A check failed, or never answered.</summary>
public sealed record RejectOrder(string OrderId, IReadOnlyList<string> Reasons) : Command<Order>
{
    public override string AggregateId => OrderId;

    public override Decision Decide(Order state)
        => state.RefuseUnless(OrderId, "reject", OrderStatus.Placed)
            ?? Decision.Accept(new OrderRejected(OrderId, state.CustomerId, state.Lines, state.Total, Reasons, Context.At));
}

public sealed class RejectOrderValidator : AbstractValidator<RejectOrder>
{
    public RejectOrderValidator()
    {
        RuleFor(command => command.OrderId).ValidId();
        RuleFor(command => command.Reasons).NotEmpty().WithMessage("must name at least one reason.");
    }
}
