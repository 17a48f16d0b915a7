using FluentValidation;
using Orderly.Access;
using Orderly.Domain.Deciding;
using Orderly.Domain.Validation;

namespace Orderly.Domain.Customers;

/// <summary>The customer's level is now this one.</summary>
/// <param name="Level">A lower-case <see cref="CustomerLevel"/>.</param>
public sealed record ChangeCustomerLevel(string CustomerId, string Level) : Command<Customer>
{
    public override string AggregateId => CustomerId;

    public override bool IsAllowedTo(Caller caller) => caller.Has(Scopes.CustomersWrite);

    public override Decision Decide(Customer state)
        => state.RefuseUnlessActive(CustomerId, "change level")
            ?? Decision.Accept(new CustomerLevelChanged(CustomerId, LowerCase<CustomerLevel>.Parse(Level), Context.At));
}

public sealed class ChangeCustomerLevelValidator : AbstractValidator<ChangeCustomerLevel>
{
    public ChangeCustomerLevelValidator()
    {
        RuleFor(command => command.CustomerId).ValidId();
        RuleFor(command => command.Level).OneOf<ChangeCustomerLevel, CustomerLevel>();
    }
}
