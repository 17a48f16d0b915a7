using Orderly.Domain.Checks;
using Orderly.Domain.Deciding;
using Orderly.Domain.Orders;
using Orderly.Domain.Products;

namespace Orderly.Processes.Checks;

/// <summary>
/// inventory-check: sets the pieces of every line aside for the order. Where some are not to be had, it gives the others back and fails,
/// naming the SKUs.
/// </summary>
public sealed class InventoryCheck(Decider decider, CommandSender sender) : StatelessProcess<OrderPlaced>(InventoryCheck.Name)
{
    public const string Name = "inventory-check";

    protected override async Task ReactAsync(OrderPlaced order, EventReference cause, CancellationToken cancellationToken)
    {
        // With the result in the log the pieces were set aside, and may have left the house by now, however long ago that was.
        var checks = await decider.ReadAsync<OrderChecks>(order.OrderId, cancellationToken).ConfigureAwait(false);
        var isDone = checks.Recorded.Contains(CheckNames.Inventory);
        var answers = await Task.WhenAll(
            (isDone ? [] : order.Lines).Select(line => ReserveAsync(order.OrderId, line, cause, cancellationToken))).ConfigureAwait(false);
        List<string> reasons = [.. answers.OfType<string>()];

        // First the result, then what is given back: whoever does this once more finds the one, and does the other.
        if (!isDone)
        {
            await sender.SendAsync(
                cause, Name, CheckNames.Inventory,
                context => new RecordCheck(order.OrderId, CheckNames.Inventory, reasons) { Context = context },
                cancellationToken).ConfigureAwait(false);
        }

        // An order that was closed before its pieces were set aside had none to give back then; one that is closed from here on
        // has them, and Compensation gives them back. A failed check closes it too.
        var isClosed = (await decider.ReadAsync<Order>(order.OrderId, cancellationToken).ConfigureAwait(false))
            .Status is OrderStatus.Rejected or OrderStatus.Cancelled;
        var hasFailed = reasons.Count > 0 || checks.Failed.Contains(CheckNames.Inventory);
        foreach (var line in hasFailed || isClosed ? order.Lines : [])
        {
            await sender.ReleaseAsync(order.OrderId, line.Sku, cause, Name, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Sets the pieces of a line aside. Answers why that was not possible; null when it was.</summary>
    private async Task<string?> ReserveAsync(string orderId, OrderLine line, EventReference cause, CancellationToken cancellationToken)
    {
        var product = await decider.ReadAsync<Product>(line.Sku, cancellationToken).ConfigureAwait(false);
        if (product.Status == ProductStatus.Unknown)
        {
            return $"There is no product '{line.Sku}'.";
        }

        var answer = await sender.SendAsync(
            cause, Name, line.Sku, context => new ReserveStock(line.Sku, orderId, line.Quantity) { Context = context }, cancellationToken)
            .ConfigureAwait(false);
        if (answer is CommandResult.Refused refused)
        {
            return $"'{line.Sku}' can't be reserved: {refused.Refusal.Detail}";
        }

        // Too few pieces are an event and no refusal, so the state tells.
        product = await decider.ReadAsync<Product>(line.Sku, cancellationToken).ConfigureAwait(false);
        return product.Reservations.ContainsKey(orderId)
            ? null
            : FormattableString.Invariant($"Of '{line.Sku}', fewer than {line.Quantity} are available.");
    }
}
