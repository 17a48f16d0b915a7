using FluentValidation;
using Orderly.Domain.Deciding;
using Orderly.Domain.Validation;

namespace Orderly.Domain.Products;

/// <summary>What was reserved for the order left the house.</summary>
public sealed record DispatchStock(string Sku, string OrderId) : Command<Product>
{
    public override string AggregateId => Sku;

    public override Decision Decide(Product state)
        => state.Status == ProductStatus.Unknown ? Refusal.NotFound("product", Sku)
            : state.Reservations.TryGetValue(OrderId, out var quantity)
                ? Decision.Accept(new StockDispatched(Sku, OrderId, quantity, Context.At))
            : Refusal.InvalidTransition("product", "not reserved for the order", "dispatch stock");
}

public sealed class DispatchStockValidator : AbstractValidator<DispatchStock>
{
    public DispatchStockValidator()
    {
        RuleFor(command => command.Sku).ValidSku();
        RuleFor(command => command.OrderId).ValidId();
    }
}
