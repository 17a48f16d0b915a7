using System.Text.Json.Serialization;
using Orderly.Domain.Deciding;
using Orderly.Domain.Validation;

namespace Orderly.Domain.Customers;

/// <summary>An event about a customer, in the customer's stream or in another one.</summary>
public interface ICustomerEvent : IEvent
{
    string CustomerId { get; }
}

public sealed record CustomerRegistered(string CustomerId, string Name, string Email, CustomerLevel Level, DateTimeOffset RegisteredAt)
    : ICustomerEvent;

public sealed record CustomerDetailsChanged(string CustomerId, string Name, string Email, DateTimeOffset ChangedAt) : ICustomerEvent;

public sealed record CustomerLevelChanged(string CustomerId, CustomerLevel Level, DateTimeOffset ChangedAt) : ICustomerEvent;

/// <summary>The customer's personal data is to be forgotten by everything that holds it.</summary>
public sealed record CustomerForgotten(string CustomerId, DateTimeOffset ForgottenAt) : ICustomerEvent;

[JsonConverter(typeof(LowerCaseConverter<CustomerLevel>))]
public enum CustomerLevel
{
    Bronze,
    Silver,
    Gold,
    Platinum,
}

/// <summary>A customer of the shop: <c>unknown → active → forgotten</c>.</summary>
/// <param name="Name">Empty unless it is active.</param>
/// <param name="Email">Empty unless it is active.</param>
public sealed record Customer(CustomerStatus Status, string Name, string Email) : IAggregate<Customer>
{
    public static string Category => "customer";

    public static Customer Initial { get; } = new(CustomerStatus.Unknown, "", "");

    public static Customer Evolve(Customer customer, object @event) => @event switch
    {
        CustomerRegistered e => new Customer(CustomerStatus.Active, e.Name, e.Email),
        CustomerDetailsChanged e => customer with { Name = e.Name, Email = e.Email },
        CustomerForgotten => new Customer(CustomerStatus.Forgotten, "", ""),
        _ => customer,
    };

    /// <summary>A step that only an active customer can take; null when this one can.</summary>
    internal Refusal? RefuseUnlessActive(string customerId, string step) => Status switch
    {
        CustomerStatus.Active => null,
        CustomerStatus.Unknown => Refusal.NotFound("customer", customerId),
        _ => Refusal.InvalidTransition("customer", LowerCase<CustomerStatus>.NameOf(Status), step),
    };
}

public enum CustomerStatus
{
    Unknown,
    Active,
    Forgotten,
}
