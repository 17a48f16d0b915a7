using Orderly.Domain;
using Orderly.Domain.Orders;
using Orderly.Domain.Payments;
using Orderly.Processes.Payments;
using static Orderly.Testing.Scenario;

namespace Orderly.Processes.Tests;

public class OrderLedgerTests
{
    private static readonly Money s_total = new(100, "EUR");
    private static readonly OrderPlaced s_placed = new("o", "ada", [], s_total, null, Now);
    private static readonly OrderConfirmed s_confirmed = new("o", "ada", [], s_total, Now);
    private static readonly OrderPaid s_paid = new("o", "ada", s_total, Now);
    private static readonly OrderCancelled s_cancelled = new("o", "ada", [], s_total, OrderStatus.Confirmed, "no", Now);

    [Fact]
    public void What_is_received_is_kept_until_the_total_is_reached()
    {
        Assert.Equal([60, 40, 0], Kept(s_placed, s_confirmed, Paid("p1", 60), Paid("p2", 60), Paid("p3", 5)));
        Assert.Equal([60, 40], Kept(s_placed, Paid("p1", 60), s_confirmed, Paid("p2", 40)));
    }

    [Fact]
    public void What_comes_when_nothing_is_due_is_not_kept()
    {
        Assert.Equal([0], Kept(s_placed, s_confirmed, Paid("p1", 60, "USD")));
        Assert.Equal([0], Kept(s_placed, s_confirmed, s_cancelled, Paid("p1", 60)));
        Assert.Equal([100, 0], Kept(s_placed, s_confirmed, Paid("p1", 100), s_paid, Paid("p2", 1)));
    }

    /// <summary>A free order is covered from the start.</summary>
    [Fact]
    public void A_payment_is_awaited_from_the_confirmation_until_the_total_is_there()
    {
        var due = Now.AddHours(24).ToUnixTimeMilliseconds();
        Assert.Equal([null, due, due, null, null], Due(s_placed, s_confirmed, Paid("p1", 60), Paid("p2", 60), s_paid));
        Assert.Equal([null, due, null], Due(s_placed, s_confirmed, s_cancelled));
        Assert.Equal([null, null], Due(s_placed with { Total = new Money(0, "EUR") }, s_confirmed));
    }

    private static IEnumerable<long?> Due(params object[] events)
        => View(new PaymentDeadline(null!, new ProcessOptions())).After("order-o", events).EachOf("o").Select(state => state!.Due);

    private static IEnumerable<decimal> Kept(params object[] events)
        => View(new PaymentProcess(null!)).After("order-o", events).Of("o")!.Receipts.Select(receipt => receipt.Kept);

    private static PaymentReceived Paid(string id, decimal amount, string currency = "EUR")
        => new(id, "o", new Money(amount, currency), null, Now);
}
