using Orderly.Domain.Deciding;
using Orderly.Domain.Orders;
using Orderly.Domain.Validation;
using static Orderly.Testing.Scenario;

namespace Orderly.Domain.Tests;

public class OrderTests
{
    private static readonly OrderLine[] s_lines = [new("LAMP", 2, 19.9999m, 39.9998m), new("BULB", 3, 0.5m, 1.5m)];
    private static readonly Money s_total = new(41.4998m, "EUR");
    private static readonly OrderPlaced s_placed = new("o-1", "ada", s_lines, s_total, null, Now);

    private static readonly Dictionary<OrderStatus, object[]> s_histories = new()
    {
        [OrderStatus.Unknown] = [],
        [OrderStatus.Placed] = [s_placed],
        [OrderStatus.Confirmed] = [s_placed, new OrderConfirmed("o-1", "ada", s_lines, s_total, Now)],
        [OrderStatus.Rejected] = [s_placed, new OrderRejected("o-1", "ada", s_lines, s_total, ["no"], Now)],
        [OrderStatus.Paid] = [s_placed, new OrderPaid("o-1", "ada", s_total, Now)],
        [OrderStatus.Shipped] = [s_placed, new OrderShipped("o-1", "ada", s_lines, "post", "1", Now)],
        [OrderStatus.Delivered] = [s_placed, new OrderDelivered("o-1", "ada", Now)],
        [OrderStatus.Cancelled] = [s_placed, new OrderCancelled("o-1", "ada", s_lines, s_total, OrderStatus.Placed, "no", Now)],
    };

    private static readonly (Command<Order> Command, string Step, OrderStatus[] From)[] s_steps =
    [
        (new ConfirmOrder("o-1") { Context = Context }, "confirm", [OrderStatus.Placed]),
        (new RejectOrder("o-1", ["no"]) { Context = Context }, "reject", [OrderStatus.Placed]),
        (new MarkOrderPaid("o-1") { Context = Context }, "pay", [OrderStatus.Confirmed]),
        (new ShipOrder("o-1", "post", "1") { Context = Context }, "ship", [OrderStatus.Paid]),
        (new DeliverOrder("o-1") { Context = Context }, "deliver", [OrderStatus.Shipped]),
        (new CancelOrder("o-1", "no") { Context = Context }, "cancel", [OrderStatus.Placed, OrderStatus.Confirmed, OrderStatus.Paid]),
    ];

    public static TheoryData<int, OrderStatus> EveryStepInEveryState()
    {
        var data = new TheoryData<int, OrderStatus>();
        for (var step = 0; step < s_steps.Length; step++)
        {
            foreach (var status in Enum.GetValues<OrderStatus>())
            {
                data.Add(step, status);
            }
        }

        return data;
    }

    [Fact]
    public void An_order_is_placed_with_its_exact_amounts()
        => Given<Order>()
            .When(new PlaceOrder("o-1", "ada", "EUR", [new("LAMP", 2, 19.9999m), new("BULB", 3, 0.5m)], null) { Context = Context })
            .Then(s_placed);

    [Fact]
    public void An_order_is_placed_once()
        => Given<Order>(s_placed)
            .When(new PlaceOrder("o-1", "bob", "EUR", [new("LAMP", 1, 1)], null) { Context = Context })
            .ThenRefused(RefusalKind.AlreadyExists);

    [Theory]
    [MemberData(nameof(EveryStepInEveryState))]
    public void A_step_is_taken_exactly_from_its_states(int step, OrderStatus status)
    {
        var (command, name, from) = s_steps[step];
        var outcome = Given<Order>(s_histories[status]).When(command);
        if (from.Contains(status))
        {
            Assert.Null(outcome.Decision.Refusal);
            Assert.Single(outcome.Decision.Events);
        }
        else if (status == OrderStatus.Unknown)
        {
            outcome.ThenRefused(RefusalKind.NotFound);
        }
        else
        {
            var refusal = outcome.ThenRefused(RefusalKind.InvalidTransition);
            Assert.Equal((LowerCase<OrderStatus>.NameOf(status), name), (refusal.State, refusal.Step));
        }
    }

    [Fact]
    public void Events_that_others_act_on_state_the_whole_fact()
    {
        Given<Order>(s_histories[OrderStatus.Confirmed])
            .When(new CancelOrder("o-1", "changed my mind") { Context = Context })
            .Then(new OrderCancelled("o-1", "ada", s_lines, s_total, OrderStatus.Confirmed, "changed my mind", Now, ConfirmedAt: Now));
        Given<Order>(s_placed)
            .When(new ConfirmOrder("o-1") { Context = Context })
            .Then(new OrderConfirmed("o-1", "ada", s_lines, s_total, Now));
        Given<Order>(s_histories[OrderStatus.Paid])
            .When(new ShipOrder("o-1", "post", "T-1") { Context = Context })
            .Then(new OrderShipped("o-1", "ada", s_lines, "post", "T-1", Now));
    }
}
