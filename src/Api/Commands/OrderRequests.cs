using System.ComponentModel.DataAnnotations;
using Orderly.Domain.Deciding;
using Orderly.Domain.Orders;
using Orderly.Domain.Payments;
using Orderly.Domain.Validation;

namespace Orderly.Api.Commands;

/// <param name="OrderId">Made by the service when it is left out.</param>
/// <param name="CustomerId">Of a caller who is a customer, the caller's own; then it can be left out.</param>
/// <param name="Currency">ISO 4217; of all prices.</param>
/// <param name="Lines">Each SKU once.</param>
internal sealed record PlaceOrderRequest(
    [property: MaxLength(64)] string? OrderId,
    [property: Required, MaxLength(64)] string? CustomerId,
    [property: Required] string? Currency,
    [property: Required, MinLength(1), MaxLength(Rules.MaxLines)] IReadOnlyList<PlaceOrderLine?>? Lines,
    PlaceOrderAddress? ShippingAddress) : IRequestBody<PlaceOrderRequest>
{
    public PlaceOrder ToCommand(CommandContext context)
        => new(
            OrderId.OrNewId(context), CustomerId ?? context.Caller.OwnAccountId!, Currency!,
            [.. Lines?.Select(line => line?.ToItem()!) ?? []],
            ShippingAddress?.ToAddress())
        {
            Context = context,
        };
}

/// <param name="Quantity">Pieces.</param>
/// <param name="UnitPrice">More than 0, with at most as many decimals as the currency has (ISO 4217).</param>
internal sealed record PlaceOrderLine(
    [property: Required, MaxLength(64)] string? Sku,
    [property: Required, Range(1, Rules.MaxQuantity)] long? Quantity,
    [property: Required] decimal? UnitPrice)
{
    public OrderLineItem ToItem() => new(Sku!, Quantity ?? 0, UnitPrice ?? 0);
}

internal sealed record PlaceOrderAddress(
    [property: Required, MaxLength(200)] string? Recipient,
    [property: Required, MaxLength(200)] string? Line1,
    [property: MaxLength(200)] string? Line2,
    [property: Required, MaxLength(20)] string? PostalCode,
    [property: Required, MaxLength(100)] string? City,
    [property: Required, MaxLength(100)] string? Country)
{
    public ShippingAddress ToAddress() => new(Recipient!, Line1!, Line2, PostalCode!, City!, Country!);
}

/// <param name="PaymentId">Made by the service when it is left out.</param>
/// <param name="Amount">More than 0, with at most as many decimals as the currency has (ISO 4217).</param>
/// <param name="Currency">ISO 4217.</param>
/// <param name="Reference">Such as the text on the bank statement.</param>
internal sealed record RecordPaymentRequest(
    [property: MaxLength(64)] string? PaymentId,
    [property: Required] decimal? Amount,
    [property: Required] string? Currency,
    [property: MaxLength(100)] string? Reference) : IRequestBody<RecordPaymentRequest>
{
    public RecordPayment ToCommand(string orderId, CommandContext context)
        => new(PaymentId.OrNewId(context), orderId, Amount ?? 0, Currency!, Reference) { Context = context };
}

/// <param name="Amount">In the payment's currency; all that was asked back and is not paid yet when it is left out.</param>
/// <param name="Reference">Such as the text on the bank statement.</param>
internal sealed record RecordRefundRequest(decimal? Amount, [property: MaxLength(100)] string? Reference)
    : IRequestBody<RecordRefundRequest>
{
    public static RecordRefundRequest WhenEmpty { get; } = new(null, null);

    public RecordRefund ToCommand(string paymentId, CommandContext context) => new(paymentId, Amount, Reference) { Context = context };
}

internal sealed record ShipOrderRequest(
    [property: Required, MaxLength(100)] string? Carrier,
    [property: Required, MaxLength(100)] string? TrackingNumber) : IRequestBody<ShipOrderRequest>
{
    public ShipOrder ToCommand(string orderId, CommandContext context) => new(orderId, Carrier!, TrackingNumber!) { Context = context };
}

/// <summary>There is nothing to say about a delivery.</summary>
internal sealed record DeliverOrderRequest : IRequestBody<DeliverOrderRequest>
{
    public static DeliverOrderRequest WhenEmpty { get; } = new();
}

internal sealed record CancelOrderRequest([property: Required, MaxLength(500)] string? Reason) : IRequestBody<CancelOrderRequest>
{
    public CancelOrder ToCommand(string orderId, CommandContext context) => new(orderId, Reason!) { Context = context };
}
