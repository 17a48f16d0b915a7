using Orderly.Domain.Customers;
using Orderly.Domain.EventStore;
using Orderly.Domain.Validation;
using Orderly.ReadModels.Customers;
using Orderly.ReadModels.ViewStore;
using Orderly.Subscriptions;

namespace Orderly.Projections;

/// <summary>customer-search: what a customer is searched for and listed by, from the customer's stream.</summary>
public sealed class CustomerSearchProjection : IProjection<CustomerSearch>
{
    public View<CustomerSearch> View => CustomerSearch.View;

    public EventFilter Filter { get; } = EventFilter.ByStreamPrefix("customer-");

    public IReadOnlyList<string> DocumentIdsOf(EventEnvelope envelope) => envelope.Event is ICustomerEvent e ? [e.CustomerId] : [];

    public CustomerSearch? Project(string id, CustomerSearch? document, EventEnvelope envelope)
    {
        var customer = envelope.Event is CustomerRegistered registered
            ? Named(
                new CustomerSearch(id, "", "", LowerCase<CustomerLevel>.NameOf(registered.Level), registered.RegisteredAt, 0, []),
                registered.Name, registered.Email)
            : document;
        return customer is null ? null : Step(customer, envelope.Event) is { } after
            ? after with { Revision = envelope.Recorded.Revision }
            : null;
    }

    private static CustomerSearch? Step(CustomerSearch customer, object @event) => @event switch
    {
        CustomerDetailsChanged e => Named(customer, e.Name, e.Email),
        CustomerLevelChanged e => customer with { Level = LowerCase<CustomerLevel>.NameOf(e.Level) },
        CustomerForgotten => null,
        _ => customer,
    };

    private static CustomerSearch Named(CustomerSearch customer, string name, string email)
        => customer with { Name = name, Email = email, Words = SearchWords.Of(customer.CustomerId, name, email) };
}
