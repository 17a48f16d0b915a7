using FluentValidation;
using Orderly.Access;
using Orderly.Domain.Deciding;
using Orderly.Domain.Validation;

namespace Orderly.Domain.Products;

/// <summary>The product's price is now this one.</summary>
public sealed record ChangePrice(string Sku, decimal UnitPrice, string Currency) : Command<Product>
{
    public override string AggregateId => Sku;

    public override bool IsAllowedTo(Caller caller) => caller.Has(Scopes.CatalogueWrite);

    public override Decision Decide(Product state)
        => state.RefuseUnlessOffered(Sku, "change price")
            ?? Decision.Accept(new PriceChanged(Sku, new Money(UnitPrice, Currency), Context.At));
}

public sealed class ChangePriceValidator : AbstractValidator<ChangePrice>
{
    public ChangePriceValidator()
    {
        RuleFor(command => command.Sku).ValidSku();
        RuleFor(command => command.UnitPrice).ValidAmount(command => command.Currency);
        RuleFor(command => command.Currency).ValidCurrency();
    }
}
