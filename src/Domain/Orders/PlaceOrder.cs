using FluentValidation;
using Orderly.Domain.Deciding;
using Orderly.Domain.Validation;

namespace Orderly.Domain.Orders;

/// <summary>A customer orders. Whether customer, prices and stock are right is checked afterwards, by the processes that hear of it.</summary>
public sealed record PlaceOrder(
    string OrderId, string CustomerId, string Currency, IReadOnlyList<OrderLineItem> Lines, ShippingAddress? ShippingAddress) : Command<Order>
{
    public override string AggregateId => OrderId;

    public override Decision Decide(Order state)
    {
        if (state.Status != OrderStatus.Unknown)
        {
            return Refusal.AlreadyExists("order", OrderId);
        }

        OrderLine[] lines = [.. Lines.Select(line => new OrderLine(line.Sku, line.Quantity, line.UnitPrice, line.Quantity * line.UnitPrice))];
        var total = new Money(lines.Sum(line => line.Amount), Currency);
        return Decision.Accept(new OrderPlaced(OrderId, CustomerId, lines, total, ShippingAddress, Context.At));
    }
}

/// <summary>A line as it is ordered.</summary>
public sealed record OrderLineItem(string Sku, long Quantity, decimal UnitPrice);

public sealed class PlaceOrderValidator : AbstractValidator<PlaceOrder>
{
    private static readonly OrderLineItemValidator s_line = new();
    private static readonly ShippingAddressValidator s_address = new();

    public PlaceOrderValidator()
    {
        RuleFor(command => command.OrderId).ValidId();
        RuleFor(command => command.CustomerId).ValidId();
        RuleFor(command => command.Currency).ValidCurrency();
        RuleFor(command => command.Lines)
            .Cascade(CascadeMode.Stop)
            .Must(lines => lines is { Count: > 0 and <= Rules.MaxLines }).WithMessage($"must be 1 to {Rules.MaxLines} lines.")
            .Must(lines => !lines.Contains(null!)).WithMessage("must not hold null.")
            .Must(lines => lines.Select(line => line.Sku).Distinct(StringComparer.Ordinal).Count() == lines.Count).WithMessage("must name each SKU once.");

        // Too many lines are one error, not one for each.
        RuleForEach(command => command.Lines).SetValidator(s_line).When(command => command.Lines is { Count: <= Rules.MaxLines });
        RuleFor(command => command.ShippingAddress!).SetValidator(s_address).When(command => command.ShippingAddress is not null);
    }
}

public sealed class OrderLineItemValidator : AbstractValidator<OrderLineItem>
{
    public OrderLineItemValidator()
    {
        RuleFor(line => line.Sku).ValidSku();
        RuleFor(line => line.Quantity).ValidQuantity();
        RuleFor(line => line.UnitPrice).ValidAmount();
    }
}

public sealed class ShippingAddressValidator : AbstractValidator<ShippingAddress>
{
    public ShippingAddressValidator()
    {
        RuleFor(address => address.Recipient).RequiredText(200);
        RuleFor(address => address.Line1).RequiredText(200);
        RuleFor(address => address.Line2).OptionalText(200);
        RuleFor(address => address.PostalCode).RequiredText(20);
        RuleFor(address => address.City).RequiredText(100);
        RuleFor(address => address.Country).RequiredText(100);
    }
}
