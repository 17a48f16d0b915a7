using FluentValidation;
using Orderly.Access;
using Orderly.Domain.Deciding;
using Orderly.Domain.Validation;

namespace Orderly.Domain.Customers;

/// <summary>The customer's name and address are now these.</summary>
public sealed record ChangeCustomerDetails(string CustomerId, string Name, string Email) : Command<Customer>
{
    public override string AggregateId => CustomerId;

    public override bool IsAllowedTo(Caller caller) => caller.Has(Scopes.CustomersWrite) || caller.OwnAccountId is not null;

    public override Refusal? RefuseTo(Caller caller, Customer state)
        => caller.May(Scopes.CustomersWrite, CustomerId) ? null : Refusal.NotFound("customer", CustomerId);

    public override Decision Decide(Customer state)
        => state.RefuseUnlessActive(CustomerId, "change details")
            ?? Decision.Accept(new CustomerDetailsChanged(CustomerId, Name, Email, Context.At));
}

public sealed class ChangeCustomerDetailsValidator : AbstractValidator<ChangeCustomerDetails>
{
    public ChangeCustomerDetailsValidator()
    {
        RuleFor(command => command.CustomerId).ValidId();
        RuleFor(command => command.Name).RequiredText(200);
        RuleFor(command => command.Email).ValidEmail();
    }
}
