using Orderly.Domain;
using Orderly.Domain.Deciding;
using Orderly.Domain.Payments;
using Orderly.Domain.Products;

namespace Orderly.Processes;

/// <summary>Commands that take something back; several processes send them.</summary>
internal static class Undoing
{
    /// <summary>Gives back what is set aside of a product for an order, if anything is.</summary>
    public static async Task ReleaseAsync(
        this CommandSender sender, string orderId, string sku, EventReference cause, string process, CancellationToken cancellationToken)
    {
        try
        {
            await sender.SendAsync(
                cause, process, $"release {sku}", context => new ReleaseStock(sku, orderId) { Context = context }, cancellationToken)
                .ConfigureAwait(false);
        }
        catch (CommandRefusedException e) when (e.Refusal.Kind == RefusalKind.NotFound)
        {
            // An order may name products that never were: nothing of them is set aside.
        }
    }

    /// <summary>Asks for a refund of a payment or a part of it, as far as that can be paid.</summary>
    public static Task RefundAsync(
        this CommandSender sender, string paymentId, Money amount, string reason, EventReference cause, string process,
        CancellationToken cancellationToken)
        => amount.Payable() is { Amount: > 0 } payable
            ? sender.SendAsync(
                cause, process, $"refund {paymentId}",
                context => new RequestRefund(paymentId, payable.Amount, reason) { Context = context }, cancellationToken)
            : Task.CompletedTask;
}
