using FluentValidation;
using Orderly.Access;
using Orderly.Domain.Deciding;
using Orderly.Domain.Orders;
using Orderly.Domain.Validation;

namespace Orderly.Domain.Payments;

/// <summary>Money came in for an order. That is a fact whatever state the order is in; what can't be kept is refunded.</summary>
/// <param name="Reference">Such as the text on the bank statement.</param>
public sealed record RecordPayment(string PaymentId, string OrderId, decimal Amount, string Currency, string? Reference)
    : Command<Payment>
{
    public override string AggregateId => PaymentId;

    public override RequiredStream Requires => new($"{Order.Category}-{OrderId}", Refusal.NotFound("order", OrderId));

    public override bool IsAllowedTo(Caller caller) => caller.Has(Scopes.PaymentsWrite);

    public override Decision Decide(Payment state)
        => state.Received
            ? Refusal.AlreadyExists("payment", PaymentId)
            : Decision.Accept(new PaymentReceived(PaymentId, OrderId, new Money(Amount, Currency), Reference, Context.At));
}

public sealed class RecordPaymentValidator : AbstractValidator<RecordPayment>
{
    public RecordPaymentValidator()
    {
        RuleFor(command => command.PaymentId).ValidId();
        RuleFor(command => command.OrderId).ValidId();
        RuleFor(command => command.Amount).ValidAmount(command => command.Currency);
        RuleFor(command => command.Currency).ValidCurrency();
        RuleFor(command => command.Reference).OptionalText(100);
    }
}
