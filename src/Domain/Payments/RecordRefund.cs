using FluentValidation;
using Orderly.Domain.Deciding;
using Orderly.Domain.Validation;

namespace Orderly.Domain.Payments;

/// <summary>A refund that was asked for was paid.</summary>
/// <param name="Amount">In the payment's currency.</param>
public sealed record RecordRefund(string PaymentId, decimal Amount) : Command<Payment>
{
    public override string AggregateId => PaymentId;

    public override Decision Decide(Payment state)
        => !state.Received ? Refusal.NotFound("payment", PaymentId)
            : Rules.RefuseUnlessAmount(Amount, state.Amount.Currency) is { } refusal ? refusal
            : Amount > state.RefundsRequested - state.Refunded
                ? Refusal.InvalidTransition("payment", "not to be refunded", "record refund")
            : Decision.Accept(new PaymentRefunded(PaymentId, state.OrderId, state.Amount with { Amount = Amount }, Context.At));
}

public sealed class RecordRefundValidator : AbstractValidator<RecordRefund>
{
    public RecordRefundValidator()
    {
        RuleFor(command => command.PaymentId).ValidId();
        RuleFor(command => command.Amount).ValidAmount();
    }
}
