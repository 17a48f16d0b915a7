using FluentValidation;
using Orderly.Access;
using Orderly.Domain.Deciding;
using Orderly.Domain.Validation;

namespace Orderly.Domain.Products;

/// <summary>The product is not offered any more.</summary>
public sealed record DiscontinueProduct(string Sku, string? Reason) : Command<Product>
{
    public override string AggregateId => Sku;

    public override bool IsAllowedTo(Caller caller) => caller.Has(Scopes.CatalogueWrite);

    public override Decision Decide(Product state)
        => state.RefuseUnlessOffered(Sku, "discontinue") ?? Decision.Accept(new ProductDiscontinued(Sku, Reason, Context.At));
}

public sealed class DiscontinueProductValidator : AbstractValidator<DiscontinueProduct>
{
    public DiscontinueProductValidator()
    {
        RuleFor(command => command.Sku).ValidSku();
        RuleFor(command => command.Reason).OptionalText(500);
    }
}
