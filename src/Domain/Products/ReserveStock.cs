using FluentValidation;
using Orderly.Domain.Deciding;
using Orderly.Domain.Validation;

namespace Orderly.Domain.Products;

/// <summary>
/// Sets pieces aside for an order. Too few are a fact worth keeping, so that is an event and not a refusal.
/// An order that has its reservation keeps it.
/// </summary>
public sealed record ReserveStock(string Sku, string OrderId, long Quantity) : Command<Product>
{
    public override string AggregateId => Sku;

    public override Decision Decide(Product state)
        => state.Reservations.ContainsKey(OrderId) ? Decision.Nothing
            : state.RefuseUnlessOffered(Sku, "reserve stock") is { } refusal ? refusal
            : Quantity <= state.Available ? Decision.Accept(new StockReserved(Sku, OrderId, Quantity, Context.At))
            : Decision.Accept(new StockReservationRefused(Sku, OrderId, Quantity, state.Available, Context.At));
}

public sealed class ReserveStockValidator : AbstractValidator<ReserveStock>
{
    public ReserveStockValidator()
    {
        RuleFor(command => command.Sku).ValidSku();
        RuleFor(command => command.OrderId).ValidId();
        RuleFor(command => command.Quantity).ValidQuantity();
    }
}
