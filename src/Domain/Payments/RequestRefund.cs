using FluentValidation;
using Orderly.Domain.Deciding;
using Orderly.Domain.Validation;

namespace Orderly.Domain.Payments;

/// <summary>A payment, or a part of it, is to be paid back.</summary>
/// <param name="Amount">In the payment's currency.</param>
public sealed record RequestRefund(string PaymentId, decimal Amount, string Reason) : Command<Payment>
{
    public override string AggregateId => PaymentId;

    public override Decision Decide(Payment state)
        => !state.Received ? Refusal.NotFound("payment", PaymentId)
            : Rules.RefuseUnlessAmount(Amount, state.Amount.Currency) is { } refusal ? refusal
            : Amount > state.Amount.Amount - state.RefundsRequested
                ? Refusal.InvalidTransition("payment", "refunded as far as possible", "request refund")
            : Decision.Accept(new RefundRequested(PaymentId, state.OrderId, state.Amount with { Amount = Amount }, Reason, Context.At));
}

public sealed class RequestRefundValidator : AbstractValidator<RequestRefund>
{
    public RequestRefundValidator()
    {
        RuleFor(command => command.PaymentId).ValidId();
        RuleFor(command => command.Amount).ValidAmount();
        RuleFor(command => command.Reason).RequiredText(500);
    }
}
