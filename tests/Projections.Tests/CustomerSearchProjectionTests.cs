using Orderly.Domain.Customers;
using Orderly.ReadModels.Customers;
using static Orderly.Testing.Scenario;

namespace Orderly.Projections.Tests;

public class CustomerSearchProjectionTests
{
    private static readonly CustomerRegistered s_registered = new("ada", "Ada Lovelace", "ada@example.com", CustomerLevel.Gold, Now);

    [Fact]
    public void A_customer_is_found_by_id_name_and_address_as_they_are_now()
    {
        var customer = Customer(
            s_registered, new CustomerDetailsChanged("ada", "Ada Müller", "ada@example.org", Now),
            new CustomerLevelChanged("ada", CustomerLevel.Platinum, Now))!;

        Assert.Equal(
            ("Ada Müller", "ada@example.org", "platinum", Now, 2L),
            (customer.Name, customer.Email, customer.Level, customer.RegisteredAt, customer.Revision));
        Assert.Equal(["ada", "example", "muller", "org"], customer.Words);
    }

    [Fact]
    public void A_customer_who_was_forgotten_is_not_found()
        => Assert.Null(Customer(s_registered, new CustomerForgotten("ada", Now)));

    private static CustomerSearch? Customer(params object[] events)
        => View(new CustomerSearchProjection()).After("customer-ada", events).Of("ada");
}
