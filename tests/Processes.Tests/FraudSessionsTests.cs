using Orderly.Domain;
using Orderly.Processes.Checks;
using static Orderly.Processes.Tests.Fold;

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
        Assert.Equal((101, 50, 0), (sessions.SumAt(Now, "EUR"), sessions.SumAt(Now, "USD"), sessions.SumAt(Now, "GBP")));
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
