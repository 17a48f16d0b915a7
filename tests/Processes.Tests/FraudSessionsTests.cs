using Microsoft.Extensions.Logging.Abstractions;
using Orderly.Domain;
using Orderly.Domain.Orders;
using Orderly.Processes.Checks;
using static Orderly.Testing.Scenario;

namespace Orderly.Processes.Tests;

public class FraudSessionsTests
{
    private static readonly TimeSpan s_gap = TimeSpan.FromHours(1);

    [Fact]
    public void Orders_that_follow_one_another_in_less_than_the_gap_are_one_session()
    {
        Assert.Equal([100, 200, 300], Sums((0, 100), (59, 100), (118, 100)));
        Assert.Equal([100, 100, 200], Sums((0, 100), (60, 100), (119, 100)));
    }

    [Fact]
    public void An_order_that_comes_late_counts_in_the_session_of_its_time()
        => Assert.Equal([100, 10, 150, 11], Sums((0, 100), (300, 10), (30, 50), (301, 1)));

    [Fact]
    public void An_order_between_two_sessions_makes_them_one()
        => Assert.Equal([100, 10, 111, 112], Sums((0, 100), (100, 10), (50, 1), (0, 1)));

    [Fact]
    public void Currencies_are_counted_apart()
    {
        var sessions = FraudSessions.None.With(Now, new Money(100, "EUR"), s_gap).With(Now, new Money(50, "USD"), s_gap).With(
            Now, new Money(1, "EUR"), s_gap);
        decimal SumAt(string currency) => sessions.SumAt(Now, currency);
        Assert.Equal((101, 50, 0), (SumAt("EUR"), SumAt("USD"), SumAt("GBP")));
    }

    [Fact]
    public void What_is_remembered_does_not_grow()
    {
        var sessions = Enumerable.Range(0, 1_000).Aggregate(
            FraudSessions.None, (all, i) => all.With(Now.AddHours(i * 1.5), new Money(1, "EUR"), s_gap));
        Assert.InRange(sessions.Sessions.Count, 1, 24);
    }

    /// <summary>Whatever comes first: at the end the sessions are the same, and each holds what falls into it.</summary>
    [Fact]
    public void The_order_in_which_orders_come_does_not_change_the_sessions()
    {
        var random = new Random(7);
        for (var run = 0; run < 200; run++)
        {
            (int Minute, int Amount)[] orders = [.. Enumerable.Range(0, 12).Select(_ => (random.Next(600), random.Next(1, 100)))];
            var expected = All(orders.OrderBy(order => order.Minute));
            Assert.Equal(expected, All(orders));
            Assert.Equal(orders.Sum(order => order.Amount), expected.Sum(session => session.Sum));
        }
    }

    [Fact]
    public void A_rejected_order_counts_neither_with_its_sum_nor_with_its_time()
    {
        var states = Judge(new ProcessOptions(), Placed("o-1", 0, 1_500), Confirmed("o-1"), Placed("o-2", 50, 700), Rejected("o-2"));
        Assert.Equal((2_200, 1_500, 0), (SumAt(states[2], 50), SumAt(states[3], 0), SumAt(states[3], 50)));

        // Fifty minutes after the rejected one, and an hour and more after the other.
        var late = Judge(
            new ProcessOptions(), Placed("o-1", 0, 1_500), Confirmed("o-1"), Placed("o-2", 50, 700), Rejected("o-2"),
            Placed("o-3", 100, 700));
        Assert.Equal(700, SumAt(late[^1], 100));
    }

    [Fact]
    public void An_order_counts_once_whether_it_is_decided_or_not()
        => Assert.Equal(
            [10, 10, 10, 10],
            Judge(new ProcessOptions(), Placed("o-1", 0, 10), Confirmed("o-1"), Paid("o-1"), Cancelled("o-1", OrderStatus.Paid))
                .Select(state => SumAt(state, 0)));

    [Fact]
    public void Orders_are_unpaid_until_they_are_paid_rejected_or_cancelled()
    {
        Assert.Equal(
            [1, 2, 2, 1, 2, 1, 0],
            Judge(
                new ProcessOptions(), Placed("o-1", 0, 10), Placed("o-2", 0, 10), Confirmed("o-1"), Paid("o-1"), Placed("o-3", 0, 1),
                Rejected("o-2"), Cancelled("o-3", OrderStatus.Placed)).Select(state => state.Unpaid));
        Assert.Equal(
            [1, 1, 0, 0],
            Judge(new ProcessOptions(), Placed("o-1", 0, 10), Confirmed("o-1"), Paid("o-1"), Cancelled("o-1", OrderStatus.Paid))
                .Select(state => state.Unpaid));
    }

    [Fact]
    public void What_is_remembered_of_undecided_orders_does_not_grow()
    {
        var options = new ProcessOptions { MaxUnpaidOrders = 10 };
        var states = Judge(options, [.. Enumerable.Range(0, 100).Select(i => Placed($"o-{i}", i, 1))]);
        Assert.Equal((100, 10), (states[^1].Unpaid, states[^1].Undecided!.Count));
    }

    [Theory]
    [InlineData("EUR", 2_000)]
    [InlineData("JPY", 200_000)]
    [InlineData("KWD", 200)]
    [InlineData("USD", 3_000)]
    public void The_limit_is_that_of_the_currency(string currency, int limit)
        => Assert.Equal(
            limit, new ProcessOptions { FraudLimits = new Dictionary<string, decimal> { ["USD"] = 3_000 } }.FraudLimitOf(currency));

    private static IReadOnlyList<FraudSessions> Judge(ProcessOptions options, params IReadOnlyList<object> events)
        => View(new FraudCheck(null!, options, NullLogger<FraudCheck>.Instance)).After("order-o", events).EachOf("ann")!;

    private static decimal SumAt(FraudSessions sessions, int minute) => sessions.WithUndecided(s_gap).SumAt(Now.AddMinutes(minute), "EUR");

    private static OrderPlaced Placed(string id, int minute, decimal amount)
        => new(id, "ann", [], new Money(amount, "EUR"), null, Now.AddMinutes(minute));

    private static OrderConfirmed Confirmed(string id) => new(id, "ann", [], new Money(1, "EUR"), Now);

    private static OrderRejected Rejected(string id) => new(id, "ann", [], new Money(1, "EUR"), ["no"], Now);

    private static OrderPaid Paid(string id) => new(id, "ann", new Money(1, "EUR"), Now);

    private static OrderCancelled Cancelled(string id, OrderStatus from) => new(id, "ann", [], new Money(1, "EUR"), from, "no", Now);

    private static List<(DateTimeOffset From, DateTimeOffset To, decimal Sum)> All(IEnumerable<(int Minute, int Amount)> orders)
        => [.. orders.Aggregate(
            FraudSessions.None, (all, order) => all.With(Now.AddMinutes(order.Minute), new Money(order.Amount, "EUR"), s_gap))
            .Sessions.Select(session => (session.From, session.To, session.Totals.Single().Amount))];

    /// <summary>The sum of the session that each order falls into, when it comes.</summary>
    private static List<decimal> Sums(params (int Minute, decimal Amount)[] orders)
    {
        var sessions = FraudSessions.None;
        List<decimal> sums = [];
        foreach (var (minute, amount) in orders)
        {
            sessions = sessions.With(Now.AddMinutes(minute), new Money(amount, "EUR"), s_gap);
            sums.Add(sessions.SumAt(Now.AddMinutes(minute), "EUR"));
        }

        return sums;
    }
}
