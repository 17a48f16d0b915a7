using Orderly.Domain;
using Orderly.Domain.Checks;
using Orderly.Domain.Customers;
using Orderly.Domain.Deciding;
using Orderly.Domain.Orders;
using Orderly.Domain.Products;
using Orderly.Domain.Validation;

namespace Orderly.Processes.Checks;

/// <summary>
/// details-check: the customer is known, and every line has a product of the catalogue at the price that it has now. What customer and
/// products are called is told with the result, so that who hears it can look for an order by these names.
/// </summary>
public sealed class DetailsCheck(Decider decider, CommandSender sender) : StatelessProcess<OrderPlaced>(DetailsCheck.Name)
{
    public const string Name = "details-check";

    protected override async Task ReactAsync(OrderPlaced order, EventReference cause, CancellationToken cancellationToken)
    {
        List<string> reasons = [];
        var customer = await decider.ReadAsync<Customer>(order.CustomerId, cancellationToken).ConfigureAwait(false);
        if (customer.Status != CustomerStatus.Active)
        {
            reasons.Add($"The customer '{order.CustomerId}' is {LowerCase<CustomerStatus>.NameOf(customer.Status)}.");
        }

        SortedDictionary<string, string> products = new(StringComparer.Ordinal);
        foreach (var line in order.Lines)
        {
            var product = await decider.ReadAsync<Product>(line.Sku, cancellationToken).ConfigureAwait(false);
            if (product.Status != ProductStatus.Unknown)
            {
                products[line.Sku] = product.Name;
            }

            if (FaultOf(line, order.Total.Currency, product) is { } fault)
            {
                reasons.Add(fault);
            }
        }

        var names = new CheckedNames(customer.Status == CustomerStatus.Active ? customer.Name : null, products);
        await sender.SendAsync(
            cause, Name, CheckNames.Details,
            context => new RecordCheck(order.OrderId, CheckNames.Details, reasons) { Names = names, Context = context },
            cancellationToken).ConfigureAwait(false);
    }

    private static string? FaultOf(OrderLine line, string currency, Product product)
        => product.Status != ProductStatus.Offered ? $"The product '{line.Sku}' is {LowerCase<ProductStatus>.NameOf(product.Status)}."
            : line.Quantity < 1 ? $"The quantity of '{line.Sku}' is not positive."
            : new Money(line.UnitPrice, currency) is var price && product.UnitPrice == price ? null
            : $"The price of '{line.Sku}' is {product.UnitPrice}, not {price}.";
}
