using FluentValidation;
using Orderly.Access;
using Orderly.Domain.Deciding;
using Orderly.Domain.Validation;

namespace Orderly.Domain.Customers;

/// <summary>A new customer. A forgotten customer's id is not given out again.</summary>
/// <param name="Level">A lower-case <see cref="CustomerLevel"/>.</param>
public sealed record RegisterCustomer(string CustomerId, string Name, string Email, string Level) : Command<Customer>
{
    public override string AggregateId => CustomerId;

    public override bool IsAllowedTo(Caller caller) => caller.May(Scopes.CustomersWrite, CustomerId);

    public override Decision Decide(Customer state)
        => state.Status != CustomerStatus.Unknown
            ? Refusal.AlreadyExists("customer", CustomerId)
            : Decision.Accept(new CustomerRegistered(CustomerId, Name, Email, LowerCase<CustomerLevel>.Parse(Level), Context.At));
}

public sealed class RegisterCustomerValidator : AbstractValidator<RegisterCustomer>
{
    public RegisterCustomerValidator()
    {
        RuleFor(command => command.CustomerId).ValidId();
        RuleFor(command => command.Name).RequiredText(200);
        RuleFor(command => command.Email).ValidEmail();
        RuleFor(command => command.Level).OneOf<RegisterCustomer, CustomerLevel>();
    }
}
