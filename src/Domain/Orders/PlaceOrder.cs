using FluentValidation;
using Orderly.Access;
using Orderly.Domain.Deciding;
using Orderly.Domain.Validation;

namespace Orderly.Domain.Orders;

/// <summary>A customer orders. Whether customer, prices and stock are right is checked afterwards, by processes.</summary>
public sealed record PlaceOrder(
    string OrderId, string CustomerId, string Currency, IReadOnlyList<OrderLineItem> Lines, ShippingAddress? ShippingAddress)
    : Command<Order>
{
    public override string AggregateId => OrderId;

    public override bool IsAllowedTo(Caller caller) => caller.May(Scopes.OrdersWrite, CustomerId);

    public override Decision Decide(Order state)
    {
        if (state.Status != OrderStatus.Unknown)
        {
            return Refusal.AlreadyExists("order", OrderId);
        }

        OrderLine[] lines =
            [.. Lines.Select(line => new OrderLine(line.Sku, line.Quantity, line.UnitPrice, line.Quantity * line.UnitPrice))];
        var total = new Money(lines.Sum(line => line.Amount), Currency);
        return Decision.Accept(new OrderPlaced(OrderId, CustomerId, lines, total, ShippingAddress, Context.At));
    }
}

/// <summary>A line as it is ordered.</summary>
public sealed record OrderLineItem(string Sku, long Quantity, decimal UnitPrice);

public sealed class PlaceOrderValidator : AbstractValidator<PlaceOrder>
{
    public PlaceOrderValidator()
    {
        RuleFor(command => command.OrderId).ValidId();
        RuleFor(command => command.CustomerId).ValidId();
        RuleFor(command => command.Currency).ValidCurrency();

        // RuleForEach with a validator for a line, and one for the address, takes 3.4 microseconds for three lines where this
        // takes 0.6, and seven times the memory: a tenth of the rate at which orders are placed (FluentValidation 12.2).
        RuleFor(command => command.Lines).Custom(CheckLines);
        RuleFor(command => command.ShippingAddress).Custom(CheckAddress);
    }

    private static void CheckLines(IReadOnlyList<OrderLineItem>? lines, ValidationContext<PlaceOrder> context)
    {
        const string Lines = nameof(PlaceOrder.Lines);
        if (lines is not { Count: > 0 and <= Rules.MaxLines })
        {
            context.AddFailure(Lines, $"must be 1 to {Rules.MaxLines} lines.");
            return;
        }

        if (lines.Contains(null!))
        {
            context.AddFailure(Lines, "must not hold null.");
            return;
        }

        var currency = context.InstanceToValidate.Currency;
        HashSet<string> skus = new(StringComparer.Ordinal);
        for (var i = 0; i < lines.Count; i++)
        {
            var line = lines[i];
            Check(i, Rules.IsSku(line.Sku), nameof(line.Sku), Rules.SkuMessage);
            Check(i, Rules.IsQuantity(line.Quantity), nameof(line.Quantity), Rules.QuantityMessage);
            if (!Rules.IsAmount(line.UnitPrice, currency))
            {
                context.AddFailure($"{Lines}[{i}].{nameof(line.UnitPrice)}", Rules.AmountMessage(currency));
            }

            skus.Add(line.Sku);
        }

        if (skus.Count < lines.Count)
        {
            context.AddFailure(Lines, "must name each SKU once.");
        }

        void Check(int index, bool holds, string field, string message)
        {
            if (!holds)
            {
                context.AddFailure($"{Lines}[{index}].{field}", message);
            }
        }
    }

    private static void CheckAddress(ShippingAddress? address, ValidationContext<PlaceOrder> context)
    {
        if (address is null)
        {
            return;
        }

        Required(address.Recipient, nameof(address.Recipient), 200);
        Required(address.Line1, nameof(address.Line1), 200);
        if (!Rules.IsOptionalText(address.Line2, 200))
        {
            Fail(nameof(address.Line2), Rules.OptionalTextMessage(200));
        }

        Required(address.PostalCode, nameof(address.PostalCode), 20);
        Required(address.City, nameof(address.City), 100);
        Required(address.Country, nameof(address.Country), 100);

        void Required(string value, string field, int maxLength)
        {
            if (!Rules.IsRequiredText(value, maxLength))
            {
                Fail(field, Rules.RequiredTextMessage(maxLength));
            }
        }

        void Fail(string field, string message) => context.AddFailure($"{nameof(PlaceOrder.ShippingAddress)}.{field}", message);
    }
}
