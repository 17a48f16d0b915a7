using FluentValidation;
using Orderly.Domain.Deciding;
using Orderly.Domain.Validation;

namespace Orderly.Domain.Customers;

/// <summary>The customer wants to be forgotten. Forgetting twice is forgetting once.</summary>
public sealed record ForgetCustomer(string CustomerId) : Command<Customer>
{
    public override string AggregateId => CustomerId;

    public override Decision Decide(Customer state) => state.Status switch
    {
        CustomerStatus.Unknown => Refusal.NotFound("customer", CustomerId),
        CustomerStatus.Forgotten => Decision.Nothing,
        _ => Decision.Accept(new CustomerForgotten(CustomerId, Context.At)),
    };
}

public sealed class ForgetCustomerValidator : AbstractValidator<ForgetCustomer>
{
    public ForgetCustomerValidator() => RuleFor(command => command.CustomerId).ValidId();
}
