using FluentValidation;
using Orderly.Domain.Deciding;
using Orderly.Domain.Orders;
using Orderly.Domain.Validation;

namespace Orderly.Domain.Checks;

/// <summary>A check of an order has its result. The first one counts.</summary>
/// <param name="Check">One of <see cref="CheckNames"/>.</param>
/// <param name="Reasons">Why it failed; empty when it passed.</param>
public sealed record RecordCheck(string OrderId, string Check, IReadOnlyList<string> Reasons) : Command<OrderChecks>
{
    public override string AggregateId => OrderId;

    /// <summary>What the customer and the products are called; null where the check does not look at that.</summary>
    public CheckedNames? Names { get; init; }

    public override RequiredStream Requires => new($"{Order.Category}-{OrderId}", Refusal.NotFound("order", OrderId));

    public override Decision Decide(OrderChecks state)
        => state.Recorded.Contains(Check) ? Decision.Nothing
            : Reasons.Count == 0 ? Decision.Accept(new CheckPassed(OrderId, Check, Context.At, Names))
            : Decision.Accept(new CheckFailed(OrderId, Check, Reasons, Context.At, Names));
}

public sealed class RecordCheckValidator : AbstractValidator<RecordCheck>
{
    public RecordCheckValidator()
    {
        RuleFor(command => command.OrderId).ValidId();
        RuleFor(command => command.Check).ValidId();
        RuleFor(command => command.Reasons).NotNull().WithMessage("must be a list, empty when the check passed.");
    }
}
