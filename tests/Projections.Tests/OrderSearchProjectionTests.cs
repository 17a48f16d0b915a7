using Orderly.Domain;
using Orderly.Domain.Checks;
using Orderly.Domain.Orders;
using Orderly.ReadModels.Orders;
using static Orderly.Testing.Scenario;

namespace Orderly.Projections.Tests;

public class OrderSearchProjectionTests
{
    private static readonly OrderLine[] s_lines = [new("LAMP-2", 2, 19.9999m, 39.9998m), new("TEA", 1, 1, 1)];
    private static readonly Money s_total = new(40.9998m, "EUR");
    private static readonly (string, object) s_placed = (
        "order-o-1", new OrderPlaced(
            "o-1",
            "ada",
            s_lines,
            s_total,
            new ShippingAddress("Ada Łovelace", "Große Straße 1", null, "1010", "Wien", "AT"),
            Now.ToOffset(TimeSpan.FromHours(2))));

    [Fact]
    public void A_placed_order_is_found_by_what_was_ordered_and_where_it_goes()
    {
        var order = Order(s_placed);

        Assert.Equal(
            ("o-1", "ada", null, "placed", "EUR", 40.9998m),
            (order.OrderId, order.CustomerId, order.CustomerName, order.Status, order.Currency, order.Total));
        Assert.Equal(["LAMP-2", "TEA"], order.Skus);
        Assert.Equal((Now, Now.ToUnixTimeMilliseconds(), "000000000000000040.9998"), (order.PlacedAt, order.PlacedAtMs, order.TotalKey));
        Assert.Equal(["1", "1010", "2", "ada", "at", "grosse", "lamp-2", "lovelace", "o-1", "strasse", "tea", "wien"], order.Words);
    }

    [Fact]
    public void The_checks_bring_the_names()
    {
        var names = new CheckedNames("Ada Lovelace", new Dictionary<string, string> { ["LAMP-2"] = "Desk lamp", ["TEA"] = "Green tea" });

        foreach (var check in new object[] { new CheckPassed("o-1", "details", Now, names), new CheckFailed(
            "o-1", "details", ["no"], Now, names) })
        {
            var order = Order(s_placed, ("checks-o-1", new CheckPassed("o-1", "fraud", Now)), ("checks-o-1", check));
            Assert.Equal("Ada Lovelace", order.CustomerName);
            Assert.Equal(
                ["1", "1010", "2", "ada", "at", "desk", "green", "grosse", "lamp", "lamp-2", "lovelace", "o-1", "strasse", "tea", "wien"],
                order.Words);
        }

        var unknown = Order(
            s_placed,
            ("checks-o-1", new CheckFailed("o-1", "details", ["no"], Now, new CheckedNames(null, new Dictionary<string, string>()))));
        Assert.Equal((null, Order(s_placed).Words.Count), (unknown.CustomerName, unknown.Words.Count));
    }

    [Fact]
    public void The_status_is_that_of_the_last_step()
    {
        (string, object)[] steps =
        [
            s_placed,
            ("order-o-1", new OrderConfirmed("o-1", "ada", s_lines, s_total, Now)),
            ("order-o-1", new OrderPaid("o-1", "ada", s_total, Now)),
            ("order-o-1", new OrderShipped("o-1", "ada", s_lines, "post", "1", Now)), ("order-o-1", new OrderDelivered("o-1", "ada", Now)),
        ];
        Assert.Equal(
            ["placed", "confirmed", "paid", "shipped", "delivered"],
            Enumerable.Range(1, steps.Length).Select(count => Order(steps[..count]).Status));
        Assert.Equal("rejected", Order(s_placed, ("order-o-1", new OrderRejected("o-1", "ada", s_lines, s_total, ["no"], Now))).Status);
        Assert.Equal(
            "cancelled",
            Order(s_placed, ("order-o-1", new OrderCancelled("o-1", "ada", s_lines, s_total, OrderStatus.Placed, "no", Now))).Status);
    }

    [Fact]
    public void Keys_of_totals_sort_as_the_totals_do()
    {
        decimal[] totals =
            [
                0, 0.0001m, 0.9999m, 1, 9.9999m, 10, 10.0001m, 922_337_203_685_477.5807m, 922_337_203_685_477.5808m,
                100_000_000_000_000_000m, OrderSearch.MaxAmount, OrderSearch.MaxAmount + 0.0001m,
            ];
        Assert.Equal(totals, totals.Reverse().OrderBy(OrderSearch.KeyOf, StringComparer.Ordinal));
        Assert.Equal(totals.Length, totals.Select(OrderSearch.KeyOf).Distinct().Count());
        Assert.Equal(OrderSearch.KeyOf(1), OrderSearch.KeyOf(1.0000m));
    }

    [Fact]
    public void Events_of_another_order_change_nothing()
        => View(new OrderSearchProjection())
            .After(
                s_placed, ("checks-o-1", new CheckPassed("o-1", "details", Now, new CheckedNames("Ada", new Dictionary<string, string>()))))
            .Is("o-2", null);

    private static OrderSearch Order(params (string, object)[] events)
        => View(new OrderSearchProjection()).After(events).Of("o-1")!;
}
