using FluentValidation;
using Orderly.Access;
using Orderly.Domain.Deciding;
using Orderly.Domain.Validation;

namespace Orderly.Domain.Payments;

/// <summary>A refund that was asked for was paid.</summary>
/// <param name="Amount">In the payment's currency; null: all that was asked for and is not paid yet.</param>
/// <param name="Reference">Such as the text on the bank statement.</param>
public sealed record RecordRefund(string PaymentId, decimal? Amount = null, string? Reference = null) : Command<Payment>
{
    public override string AggregateId => PaymentId;

    public override bool IsAllowedTo(Caller caller) => caller.Has(Scopes.PaymentsWrite);

    public override Decision Decide(Payment state)
    {
        if (!state.Received)
        {
            return Refusal.NotFound("payment", PaymentId);
        }

        var asked = state.RefundsRequested - state.Refunded;
        var amount = Amount ?? asked;
        return Amount is { } given && Rules.RefuseUnlessAmount(given, state.Amount.Currency) is { } refusal ? refusal
            : asked == 0 || amount > asked ? Refusal.InvalidTransition("payment", "not to be refunded", "record refund")
            : Decision.Accept(
                new PaymentRefunded(PaymentId, state.OrderId, state.Amount with { Amount = amount }, Context.At, Reference));
    }
}

public sealed class RecordRefundValidator : AbstractValidator<RecordRefund>
{
    public RecordRefundValidator()
    {
        RuleFor(command => command.PaymentId).ValidId();
        RuleFor(command => command.Amount!.Value).ValidAmount().When(command => command.Amount is not null)
            .OverridePropertyName(nameof(RecordRefund.Amount));
        RuleFor(command => command.Reference).OptionalText(100);
    }
}
