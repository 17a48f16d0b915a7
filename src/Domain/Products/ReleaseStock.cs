using FluentValidation;
using Orderly.Domain.Deciding;
using Orderly.Domain.Validation;

namespace Orderly.Domain.Products;

/// <summary>Gives an order's reservation back. Nothing to give back is fine.</summary>
public sealed record ReleaseStock(string Sku, string OrderId) : Command<Product>
{
    public override string AggregateId => Sku;

    public override Decision Decide(Product state)
        => state.Status == ProductStatus.Unknown ? Refusal.NotFound("product", Sku)
            : state.Reservations.TryGetValue(OrderId, out var quantity)
                ? Decision.Accept(new StockReleased(Sku, OrderId, quantity, Context.At))
            : Decision.Nothing;
}

public sealed class ReleaseStockValidator : AbstractValidator<ReleaseStock>
{
    public ReleaseStockValidator()
    {
        RuleFor(command => command.Sku).ValidSku();
        RuleFor(command => command.OrderId).ValidId();
    }
}
