using Orderly.Domain;
using Orderly.Domain.Customers;
using Orderly.Domain.Orders;
using Orderly.ReadModels;
using Orderly.ReadModels.Customers;
using static Orderly.Testing.Scenario;

namespace Orderly.Projections.Tests;

public class CustomerOverviewProjectionTests
{
    private static readonly (string, object) s_registered
        = ("customer-ada", new CustomerRegistered("ada", "Ada", "ada@example.com", CustomerLevel.Gold, Now));

    [Fact]
    public void A_customer_shows_the_details_that_are_true_now()
    {
        var customer = Customer(
            s_registered,
            ("customer-ada", new CustomerDetailsChanged("ada", "Ada L.", "al@example.com", Now)),
            ("customer-ada", new CustomerLevelChanged("ada", CustomerLevel.Platinum, Now)));
        Assert.Equal(
            ("Ada L.", "al@example.com", "platinum", 2, Now),
            (customer.Name, customer.Email, customer.Level, customer.Revision, customer.RegisteredAt));
    }

    [Fact]
    public void A_forgotten_customer_has_no_personal_data()
    {
        var customer = Customer(s_registered, ("customer-ada", new CustomerForgotten("ada", Now)));
        Assert.Equal((null, null, true), (customer.Name, customer.Email, customer.Forgotten));
    }

    [Fact]
    public void Orders_are_counted_by_the_steps_they_took()
    {
        var customer = Customer([
            s_registered,
            Placed("o-1", 10, "EUR"), Confirmed("o-1", 10, "EUR"), ("order-o-1", new OrderPaid("o-1", "ada", new Money(10, "EUR"), Now)),
            ("order-o-1", new OrderShipped("o-1", "ada", [], "post", "1", Now)), ("order-o-1", new OrderDelivered("o-1", "ada", Now)),
            Placed("o-2", 20, "EUR"), ("order-o-2", new OrderRejected("o-2", "ada", [], new Money(20, "EUR"), ["no"], Now)),
            Placed("o-3", 30, "EUR"), ("order-o-3", Cancelled("o-3", 30, OrderStatus.Placed)),
        ]);
        Assert.Equal(new OrderCounts(3, 1, 1, 1, 1, 1, 1), customer.Orders);
        Assert.Equal(
            [("o-3", "cancelled"), ("o-2", "rejected"), ("o-1", "delivered")],
            customer.LastOrders.Select(order => (order.OrderId, order.Status)));
        Assert.Equal(customer.Orders.Total, customer.RelatedEvents);
    }

    [Fact]
    public void The_lifetime_value_counts_confirmed_orders_until_they_are_cancelled()
    {
        var customer = Customer([
            s_registered,
            Placed("o-1", 10.1m, "EUR"), Confirmed("o-1", 10.1m, "EUR"),
            Placed("o-2", 5, "CHF"), Confirmed("o-2", 5, "CHF"),
            Placed("o-3", 20, "EUR"), Confirmed("o-3", 20, "EUR"), ("order-o-3", Cancelled("o-3", 20, OrderStatus.Confirmed)),
            Placed("o-4", 40, "EUR"), ("order-o-4", Cancelled("o-4", 40, OrderStatus.Placed)),
        ]);
        Assert.Equal([new CurrencyAmount("CHF", 5), new CurrencyAmount("EUR", 10.1m)], customer.LifetimeValue);
    }

    [Fact]
    public void The_last_twenty_orders_are_kept_newest_first()
    {
        var customer = Customer([s_registered, .. Enumerable.Range(1, 25).Select(i => Placed($"o-{i}", i, "EUR"))]);
        Assert.Equal(Enumerable.Range(6, 20).Reverse().Select(i => $"o-{i}"), customer.LastOrders.Select(order => order.OrderId));
        Assert.Equal(25, customer.Orders.Placed);
    }

    [Fact]
    public void Orders_that_come_before_the_registration_count_too()
    {
        var before = Customer(Placed("o-1", 10, "EUR"));
        Assert.Null(before.RegisteredAt);
        Assert.Equal(1, Customer(Placed("o-1", 10, "EUR"), s_registered).Orders.Placed);
    }

    private static CustomerOverview Customer(params (string, object)[] events)
        => View(new CustomerOverviewProjection()).After(events).Of("ada")!;

    private static (string, object) Placed(string id, decimal total, string currency)
        => ($"order-{id}", new OrderPlaced(id, "ada", [], new Money(total, currency), null, Now));

    private static (string, object) Confirmed(string id, decimal total, string currency)
        => ($"order-{id}", new OrderConfirmed(id, "ada", [], new Money(total, currency), Now));

    private static OrderCancelled Cancelled(string id, decimal total, OrderStatus from)
        => new(id, "ada", [], new Money(total, "EUR"), from, "no", Now);
}
