using FluentValidation;
using Orderly.Access;
using Orderly.Domain.Deciding;
using Orderly.Domain.Validation;

namespace Orderly.Domain.Products;

/// <summary>So many pieces came in.</summary>
/// <param name="Reference">Such as the number of the delivery note.</param>
public sealed record ReceiveStock(string Sku, long Quantity, string? Reference) : Command<Product>
{
    public override string AggregateId => Sku;

    public override bool IsAllowedTo(Caller caller) => caller.Has(Scopes.StockWrite);

    public override Decision Decide(Product state)
        => state.RefuseUnlessOffered(Sku, "receive stock") ?? Decision.Accept(new StockReceived(Sku, Quantity, Reference, Context.At));
}

public sealed class ReceiveStockValidator : AbstractValidator<ReceiveStock>
{
    public ReceiveStockValidator()
    {
        RuleFor(command => command.Sku).ValidSku();
        RuleFor(command => command.Quantity).ValidQuantity();
        RuleFor(command => command.Reference).OptionalText(100);
    }
}
