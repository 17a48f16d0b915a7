using Orderly.Domain.Checks;
using Orderly.Domain.Deciding;
using Orderly.Domain.Payments;
using static Orderly.Testing.Scenario;

namespace Orderly.Domain.Tests;

public class ChecksAndPaymentsTests
{
    private static readonly PaymentReceived s_received = new("p-1", "o-1", new Money(50, "EUR"), null, Now);

    [Fact]
    public void The_first_answer_of_a_check_counts()
    {
        var passed = new RecordCheck("o-1", "fraud", []) { Context = Context };
        var failed = new RecordCheck("o-1", "fraud", ["limit"]) { Context = Context };
        Given<OrderChecks>().When(passed).Then(new CheckPassed("o-1", "fraud", Now));
        Given<OrderChecks>().When(failed).Then(new CheckFailed("o-1", "fraud", ["limit"], Now));
        Given<OrderChecks>(new CheckPassed("o-1", "fraud", Now)).When(failed).ThenNothing();
        Given<OrderChecks>(new CheckPassed("o-1", "details", Now)).When(failed).Then(new CheckFailed("o-1", "fraud", ["limit"], Now));
    }

    [Fact]
    public void A_payment_is_recorded_once()
    {
        var record = new RecordPayment("p-1", "o-1", 50, "EUR", null) { Context = Context };
        Given<Payment>().When(record).Then(s_received);
        Given<Payment>(s_received).When(record).ThenRefused(RefusalKind.AlreadyExists);
    }

    [Fact]
    public void No_more_is_refunded_than_was_received_and_none_that_was_not_asked_for()
    {
        var part = new RefundRequested("p-1", "o-1", new Money(30, "EUR"), "over-paid", Now);
        Given<Payment>().When(new RequestRefund("p-1", 1, "x") { Context = Context }).ThenRefused(RefusalKind.NotFound);
        Given<Payment>(s_received).When(new RequestRefund("p-1", 30, "over-paid") { Context = Context }).Then(part);
        Given<Payment>(s_received).When(new RequestRefund("p-1", 50.01m, "x") { Context = Context }).ThenRefused(
            RefusalKind.InvalidTransition);
        Given<Payment>(s_received, part).When(new RequestRefund("p-1", 20.01m, "x") { Context = Context }).ThenRefused(
            RefusalKind.InvalidTransition);

        Given<Payment>().When(new RecordRefund("p-1", 1) { Context = Context }).ThenRefused(RefusalKind.NotFound);
        Given<Payment>(s_received).When(new RecordRefund("p-1", 1) { Context = Context }).ThenRefused(RefusalKind.InvalidTransition);
        Given<Payment>(s_received, part)
            .When(new RecordRefund("p-1", 30) { Context = Context })
            .Then(new PaymentRefunded("p-1", "o-1", new Money(30, "EUR"), Now));
        Given<Payment>(s_received, part, new PaymentRefunded("p-1", "o-1", new Money(30, "EUR"), Now))
            .When(new RecordRefund("p-1", 0.01m) { Context = Context })
            .ThenRefused(RefusalKind.InvalidTransition);
    }

    [Fact]
    public void Nothing_is_refunded_that_can_t_be_paid()
    {
        var old = new PaymentReceived("p-1", "o-1", new Money(50.0001m, "EUR"), null, Now);
        var asked = new RefundRequested("p-1", "o-1", new Money(50.0001m, "EUR"), "over-paid", Now);
        var refusal = Given<Payment>(old)
            .When(new RequestRefund("p-1", 0.0001m, "over-paid") { Context = Context }).ThenRefused(RefusalKind.Invalid);
        Assert.Equal("amount", Assert.Single(refusal.Errors!).Key);
        Given<Payment>(old, asked)
            .When(new RecordRefund("p-1", 50.0001m) { Context = Context }).ThenRefused(RefusalKind.Invalid);
        Assert.Equal(new Money(50, "EUR"), old.Amount.Payable());
    }
}
