using FluentValidation;
using Orderly.Access;
using Orderly.Domain.Deciding;
using Orderly.Domain.Validation;

namespace Orderly.Domain.Products;

/// <summary>A new product in the catalogue, with no stock yet.</summary>
public sealed record AddProduct(string Sku, string Name, string? Description, decimal UnitPrice, string Currency) : Command<Product>
{
    public override string AggregateId => Sku;

    public override bool IsAllowedTo(Caller caller) => caller.Has(Scopes.CatalogueWrite);

    public override Decision Decide(Product state)
        => state.Status != ProductStatus.Unknown
            ? Refusal.AlreadyExists("product", Sku)
            : Decision.Accept(new ProductAdded(Sku, Name, Description, new Money(UnitPrice, Currency), Context.At));
}

public sealed class AddProductValidator : AbstractValidator<AddProduct>
{
    public AddProductValidator()
    {
        RuleFor(command => command.Sku).ValidSku();
        RuleFor(command => command.Name).RequiredText(200);
        RuleFor(command => command.Description).OptionalText(2000);
        RuleFor(command => command.UnitPrice).ValidAmount(command => command.Currency);
        RuleFor(command => command.Currency).ValidCurrency();
    }
}
