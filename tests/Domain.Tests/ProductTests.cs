using FsCheck;
using FsCheck.Fluent;
using Orderly.Domain.Deciding;
using Orderly.Domain.Products;
using static Orderly.Testing.Scenario;

namespace Orderly.Domain.Tests;

public class ProductTests
{
    private static readonly ProductAdded s_added = new("LAMP", "Lamp", null, new Money(20, "EUR"), Now);

    [Fact]
    public void A_product_is_added_once()
    {
        var add = new AddProduct("LAMP", "Lamp", null, 20, "EUR") { Context = Context };
        Given<Product>().When(add).Then(s_added);
        Given<Product>(s_added).When(add).ThenRefused(RefusalKind.AlreadyExists);
    }

    [Fact]
    public void Stock_and_price_of_an_unknown_product_can_t_change()
    {
        Given<Product>().When(new ChangePrice("LAMP", 1, "EUR") { Context = Context }).ThenRefused(RefusalKind.NotFound);
        Given<Product>().When(new ReceiveStock("LAMP", 1, null) { Context = Context }).ThenRefused(RefusalKind.NotFound);
        Given<Product>().When(new ReserveStock("LAMP", "o-1", 1) { Context = Context }).ThenRefused(RefusalKind.NotFound);
        Given<Product>().When(new ReleaseStock("LAMP", "o-1") { Context = Context }).ThenRefused(RefusalKind.NotFound);
        Given<Product>().When(new DispatchStock("LAMP", "o-1") { Context = Context }).ThenRefused(RefusalKind.NotFound);
        Given<Product>().When(new DiscontinueProduct("LAMP", null) { Context = Context }).ThenRefused(RefusalKind.NotFound);
    }

    [Fact]
    public void Available_stock_is_reserved_and_too_little_is_a_fact()
    {
        var three = Given<Product>(s_added, new StockReceived("LAMP", 3, null, Now));
        three.When(new ReserveStock("LAMP", "o-1", 3) { Context = Context }).Then(new StockReserved("LAMP", "o-1", 3, Now));
        three.When(new ReserveStock("LAMP", "o-1", 4) { Context = Context }).Then(new StockReservationRefused("LAMP", "o-1", 4, 3, Now));
    }

    [Fact]
    public void An_order_reserves_once()
        => Given<Product>(s_added, new StockReceived("LAMP", 3, null, Now), new StockReserved("LAMP", "o-1", 2, Now))
            .When(new ReserveStock("LAMP", "o-1", 2) { Context = Context })
            .ThenNothing();

    [Fact]
    public void A_reservation_is_released_or_dispatched_once()
    {
        var reserved = Given<Product>(s_added, new StockReceived("LAMP", 3, null, Now), new StockReserved("LAMP", "o-1", 2, Now));
        reserved.When(new ReleaseStock("LAMP", "o-1") { Context = Context }).Then(new StockReleased("LAMP", "o-1", 2, Now));
        reserved.When(new ReleaseStock("LAMP", "o-2") { Context = Context }).ThenNothing();
        reserved.When(new DispatchStock("LAMP", "o-1") { Context = Context }).Then(new StockDispatched("LAMP", "o-1", 2, Now));
        reserved.When(new DispatchStock("LAMP", "o-2") { Context = Context }).ThenRefused(RefusalKind.InvalidTransition);
    }

    [Fact]
    public void A_discontinued_product_gives_back_and_dispatches_but_takes_nothing_in()
    {
        var discontinued = Given<Product>(
            s_added,
            new StockReceived("LAMP", 3, null, Now),
            new StockReserved("LAMP", "o-1", 2, Now),
            new ProductDiscontinued("LAMP", null, Now));
        discontinued.When(new ReleaseStock("LAMP", "o-1") { Context = Context }).Then(new StockReleased("LAMP", "o-1", 2, Now));
        discontinued.When(new DispatchStock("LAMP", "o-1") { Context = Context }).Then(new StockDispatched("LAMP", "o-1", 2, Now));
        foreach (Command<Product> command in new Command<Product>[]
        {
            new ReceiveStock("LAMP", 1, null) { Context = Context },
            new ReserveStock("LAMP", "o-2", 1) { Context = Context },
            new ChangePrice("LAMP", 1, "EUR") { Context = Context },
            new DiscontinueProduct("LAMP", null) { Context = Context },
        })
        {
            Assert.Equal("discontinued", discontinued.When(command).ThenRefused(RefusalKind.InvalidTransition).State);
        }
    }

    /// <summary>Whatever is asked for, in whatever order: on hand = received − dispatched, and never less than reserved.</summary>
    [Fact]
    public void Stock_is_never_oversold()
    {
        var quantity = Gen.Choose(1, 20).Select(value => (long)value);
        var order = Gen.Choose(1, 5).Select(value => $"o-{value}");
        var command = Gen.OneOf<Command<Product>>(
            quantity.Select(value => (Command<Product>)new ReceiveStock("LAMP", value, null) { Context = Context }),
            order.Zip(quantity, (id, value) => (Command<Product>)new ReserveStock("LAMP", id, value) { Context = Context }),
            order.Select(id => (Command<Product>)new ReleaseStock("LAMP", id) { Context = Context }),
            order.Select(id => (Command<Product>)new DispatchStock("LAMP", id) { Context = Context }),
            Gen.Constant((Command<Product>)new DiscontinueProduct("LAMP", null) { Context = Context }));
        Prop.ForAll(command.ListOf().ToArbitrary(), commands =>
        {
            var state = Product.Evolve(Product.Initial, s_added);
            var (received, dispatched) = (0L, 0L);
            foreach (var one in commands)
            {
                foreach (var @event in one.Decide(state).Events)
                {
                    state = Product.Evolve(state, @event);
                    received += @event is StockReceived r ? r.Quantity : 0;
                    dispatched += @event is StockDispatched d ? d.Quantity : 0;
                }

                Assert.Equal(received - dispatched, state.OnHand);
                Assert.Equal(state.Reserved, state.Reservations.Values.Sum());
                Assert.InRange(state.Reserved, 0, state.OnHand);
            }
        }).QuickCheckThrowOnFailure();
    }
}
