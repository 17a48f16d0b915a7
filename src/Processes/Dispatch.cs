using Orderly.Domain.Deciding;
using Orderly.Domain.Orders;
using Orderly.Domain.Products;

namespace Orderly.Processes;

/// <summary>dispatch: what was set aside for an order leaves the stock when the order is shipped.</summary>
public sealed class Dispatch(CommandSender sender) : StatelessProcess<OrderShipped>(Dispatch.Name)
{
    public const string Name = "dispatch";

    protected override async Task ReactAsync(OrderShipped order, EventReference cause, CancellationToken cancellationToken)
    {
        foreach (var line in order.Lines)
        {
            // Refused when nothing is set aside: it was, or the order would not have been confirmed, so it has left already.
            await sender.SendAsync(
                cause, Name, line.Sku, context => new DispatchStock(line.Sku, order.OrderId) { Context = context }, cancellationToken)
                .ConfigureAwait(false);
        }
    }
}
