using Orderly.Domain.Customers;
using Orderly.Domain.Deciding;
using static Orderly.Testing.Scenario;

namespace Orderly.Domain.Tests;

public class CustomerTests
{
    private static readonly CustomerRegistered s_registered = new("ada", "Ada", "ada@example.com", CustomerLevel.Bronze, Now);

    [Fact]
    public void A_customer_is_registered_with_the_level_that_was_given()
        => Given<Customer>()
            .When(new RegisterCustomer("ada", "Ada", "ada@example.com", "gold") { Context = Context })
            .Then(new CustomerRegistered("ada", "Ada", "ada@example.com", CustomerLevel.Gold, Now));

    [Fact]
    public void An_id_is_given_out_once_even_after_the_customer_was_forgotten()
    {
        var again = new RegisterCustomer("ada", "Ada", "ada@example.com", "gold") { Context = Context };
        Given<Customer>(s_registered).When(again).ThenRefused(RefusalKind.AlreadyExists);
        Given<Customer>(s_registered, new CustomerForgotten("ada", Now)).When(again).ThenRefused(RefusalKind.AlreadyExists);
    }

    [Fact]
    public void Every_accepted_change_is_an_event_even_when_nothing_differs()
        => Given<Customer>(s_registered)
            .When(new ChangeCustomerLevel("ada", "bronze") { Context = Context })
            .Then(new CustomerLevelChanged("ada", CustomerLevel.Bronze, Now));

    [Fact]
    public void Details_change()
        => Given<Customer>(s_registered)
            .When(new ChangeCustomerDetails("ada", "Ada L.", "al@example.com") { Context = Context })
            .Then(new CustomerDetailsChanged("ada", "Ada L.", "al@example.com", Now));

    [Fact]
    public void An_unknown_customer_can_t_be_changed()
    {
        Given<Customer>().When(new ChangeCustomerDetails("ada", "A", "a@b.c") { Context = Context }).ThenRefused(RefusalKind.NotFound);
        Given<Customer>().When(new ChangeCustomerLevel("ada", "gold") { Context = Context }).ThenRefused(RefusalKind.NotFound);
        Given<Customer>().When(new ForgetCustomer("ada") { Context = Context }).ThenRefused(RefusalKind.NotFound);
    }

    [Fact]
    public void A_forgotten_customer_can_t_be_changed()
    {
        var forgotten = Given<Customer>(s_registered, new CustomerForgotten("ada", Now));
        var refusal = forgotten.When(new ChangeCustomerLevel("ada", "gold") { Context = Context }).ThenRefused(
            RefusalKind.InvalidTransition);
        Assert.Equal(("forgotten", "change level"), (refusal.State, refusal.Step));
        forgotten.When(new ChangeCustomerDetails("ada", "A", "a@b.c") { Context = Context }).ThenRefused(RefusalKind.InvalidTransition);
    }

    [Fact]
    public void Forgetting_twice_is_forgetting_once()
    {
        Given<Customer>(s_registered).When(new ForgetCustomer("ada") { Context = Context }).Then(new CustomerForgotten("ada", Now));
        Given<Customer>(s_registered, new CustomerForgotten("ada", Now))
            .When(new ForgetCustomer("ada") { Context = Context })
            .ThenNothing();
    }
}
