using Orderly.Domain;
using Orderly.Domain.Checks;
using Orderly.Domain.Orders;
using Orderly.Domain.Payments;
using Orderly.ReadModels.Orders;
using static Orderly.Testing.Scenario;

namespace Orderly.Projections.Tests;

public class OrderDetailsProjectionTests
{
    private static readonly OrderLine[] s_lines = [new("LAMP", 2, 19.9999m, 39.9998m)];
    private static readonly Money s_total = new(39.9998m, "EUR");
    private static readonly (string, object) s_placed =
        ("order-o-1", new OrderPlaced(
            "o-1", "ada", s_lines, s_total, new ShippingAddress("Ada", "Street 1", null, "1010", "Wien", "AT"), Now));

    [Fact]
    public void A_placed_order_shows_what_was_ordered()
    {
        var order = Order(s_placed);
        Assert.Equal(
            ("o-1", "ada", "placed", "EUR", 39.9998m, Now, 0),
            (order.OrderId, order.CustomerId, order.Status, order.Currency, order.Total, order.PlacedAt, order.Revision));
        Assert.Equal([new OrderDetailsLine("LAMP", null, 2, 19.9999m, 39.9998m)], order.Lines);
        Assert.Equal(new PostalAddress("Ada", "Street 1", null, "1010", "Wien", "AT"), order.ShippingAddress);
        Assert.Equal([new TimelineEntry(Now, "order-placed", null)], order.Timeline);
        Assert.Equal(0, order.RelatedEvents);
    }

    [Fact]
    public void A_whole_life_is_told_in_order()
    {
        var order = Order(
            s_placed,
            ("checks-o-1", new CheckPassed("o-1", "details", Now)),
            ("order-o-1", new OrderConfirmed("o-1", "ada", s_lines, s_total, Now.AddHours(1))),
            ("payment-p-1", new PaymentReceived("p-1", "o-1", new Money(50, "EUR"), "ref", Now.AddHours(2))),
            ("payment-p-1", new RefundRequested("p-1", "o-1", new Money(10.0002m, "EUR"), "over-paid", Now.AddHours(2))),
            ("order-o-1", new OrderPaid("o-1", "ada", s_total, Now.AddHours(3))),
            ("payment-p-1", new PaymentRefunded("p-1", "o-1", new Money(10.0002m, "EUR"), Now.AddHours(3))),
            ("order-o-1", new OrderShipped("o-1", "ada", s_lines, "post", "T-1", Now.AddHours(4))),
            ("order-o-1", new OrderDelivered("o-1", "ada", Now.AddHours(5))));
        Assert.Equal(("delivered", 4), (order.Status, order.Revision));
        Assert.Equal(("details", "passed"), (Assert.Single(order.Checks).Check, order.Checks[0].Outcome));
        Assert.Equal([new OrderPayment("p-1", 50, "EUR", "ref", Now.AddHours(2), 10.0002m, 10.0002m)], order.Payments);
        Assert.Equal(new Shipment("post", "T-1", Now.AddHours(4), Now.AddHours(5)), order.Shipment);
        Assert.Equal(
            [
                "order-placed",
                "check-passed",
                "order-confirmed",
                "payment-received",
                "refund-requested",
                "order-paid",
                "payment-refunded",
                "order-shipped",
                "order-delivered",
            ],
            order.Timeline.Select(entry => entry.Event));
        Assert.Equal(4, order.RelatedEvents);
    }

    [Fact]
    public void A_rejection_and_a_cancellation_say_why()
    {
        var rejected = Order(
            s_placed,
            ("checks-o-1", new CheckFailed("o-1", "fraud", ["over the limit"], Now)),
            ("order-o-1", new OrderRejected("o-1", "ada", s_lines, s_total, ["over the limit"], Now)));
        Assert.Equal("rejected", rejected.Status);
        Assert.Equal(["over the limit"], rejected.RejectionReasons);
        Assert.Equal(["over the limit"], Assert.Single(rejected.Checks).Reasons);

        var cancelled = Order(
            s_placed, ("order-o-1", new OrderCancelled("o-1", "ada", s_lines, s_total, OrderStatus.Placed, "changed my mind", Now)));
        Assert.Equal(("cancelled", "changed my mind"), (cancelled.Status, cancelled.CancellationReason));
    }

    [Fact]
    public void Events_of_another_order_and_of_none_change_nothing()
    {
        View(new OrderDetailsProjection()).After(s_placed).Is("o-2", null);
        View(new OrderDetailsProjection()).After("checks-o-1", new CheckPassed("o-1", "details", Now)).Is("o-1", null);
    }

    private static OrderDetails Order(params (string, object)[] events)
        => View(new OrderDetailsProjection()).After(events).Of("o-1")!;
}
