using Microsoft.Extensions.Logging;
using Orderly.Domain;
using Orderly.Domain.Customers;
using Orderly.Domain.Deciding;
using Orderly.Domain.EventStore;
using Orderly.Domain.Orders;
using Orderly.Domain.Products;
using Orderly.Processes.Payments;
using Orderly.ReadModels.ViewStore;
using Orderly.Subscriptions;

namespace Orderly.Processes.Email;

/// <summary>
/// e-mail: tells the customer when an order is confirmed, rejected, paid, shipped or cancelled. It joins the order and its payments, from
/// the log, with the customer and the products as they are when it writes. Who is not a customer, or is not any more, is not written to.
/// </summary>
public sealed partial class EmailProcess(
    Decider decider, IEmailSender sender, EmailOptions options, TimeProvider time, ILogger<EmailProcess> logger)
    : IProcess<OrderCorrespondence>
{
    public const string Name = "e-mail";

    public View<OrderCorrespondence> View { get; } = new(Name, 1, ProcessesJson.Default.OrderCorrespondence);

    public EventFilter Filter { get; } = EventFilter.ByStreamPrefix("order-", "payment-");

    /// <summary>A message that was sent is not sent once more because another one failed.</summary>
    public bool CommitsEach => true;

    public IReadOnlyList<string> DocumentIdsOf(EventEnvelope envelope) => OrderLedger.OrderOf(envelope.Event) is { } order ? [order] : [];

    public OrderCorrespondence? Project(string id, OrderCorrespondence? document, EventEnvelope envelope)
    {
        var order = envelope.Event is OrderPlaced e
            ? new OrderCorrespondence(e.CustomerId, e.Lines, e.ShippingAddress, e.PlacedAt, OrderLedger.Empty)
            : document;
        return order is null ? null : order with { Ledger = order.Ledger.With(envelope.Event) };
    }

    public bool ReactsTo(EventEnvelope envelope)
        => envelope.Event is OrderConfirmed or OrderRejected or OrderPaid or OrderShipped or OrderCancelled;

    public async Task ReactAsync(Reaction<OrderCorrespondence> reaction, CancellationToken cancellationToken)
    {
        var order = reaction.State ?? throw new InvalidOperationException($"The order '{reaction.Id}' was never placed.");
        var customer = await decider.ReadAsync<Customer>(order.CustomerId, cancellationToken).ConfigureAwait(false);
        if (customer.Status != CustomerStatus.Active)
        {
            return;
        }

        List<OrderEmailLine> lines = [];
        foreach (var line in order.Lines)
        {
            var product = await decider.ReadAsync<Product>(line.Sku, cancellationToken).ConfigureAwait(false);
            lines.Add(new OrderEmailLine(
                line.Sku, product.Status == ProductStatus.Unknown ? null : product.Name, line.Quantity, line.UnitPrice, line.Amount));
        }

        var email = Tell(
            new OrderEmail
            {
                Kind = default,
                EventId = reaction.Envelope.Recorded.Id,
                At = default,
                OrderId = reaction.Id,
                Customer = new EmailAddress(customer.Name, customer.Email),
                Lines = lines,
                Total = order.Ledger.Total!,
                PlacedAt = order.PlacedAt,
                ShippingAddress = order.ShippingAddress,
            },
            reaction.Envelope.Event,
            order.Ledger);
        if (time.GetUtcNow() - email.At > options.MaxAge)
        {
            LogTooOld(reaction.Id, email.Kind, email.At);
            return;
        }

        try
        {
            await sender.SendAsync(EmailTemplates.Compose(email, options), cancellationToken).ConfigureAwait(false);
        }
        catch (EmailUnavailableException e)
        {
            throw new ReactionDeferredException(e.Message, e);
        }
    }

    [LoggerMessage(5101, LogLevel.Warning, "Not sent, since it is too old: order {Order}, {Kind} at {At}.")]
    private partial void LogTooOld(string order, OrderEmailKind kind, DateTimeOffset at);

    private static OrderEmail Tell(OrderEmail email, object @event, OrderLedger ledger) => @event switch
    {
        OrderConfirmed e => email with { Kind = OrderEmailKind.Confirmed, At = e.ConfirmedAt },
        OrderRejected e
            => email with { Kind = OrderEmailKind.Rejected, At = e.RejectedAt, Reasons = e.Reasons, Refunds = RefundsOf(ledger) },
        OrderPaid e => email with { Kind = OrderEmailKind.Paid, At = e.PaidAt },
        OrderShipped e
            => email with { Kind = OrderEmailKind.Shipped, At = e.ShippedAt, Carrier = e.Carrier, TrackingNumber = e.TrackingNumber },
        OrderCancelled e
            => email with { Kind = OrderEmailKind.Cancelled, At = e.CancelledAt, Reasons = [e.Reason], Refunds = RefundsOf(ledger) },
        _ => throw new InvalidOperationException($"Nothing is told of {@event.GetType().Name}."),
    };

    /// <summary>What Compensation asks back.</summary>
    private static IReadOnlyList<Money> RefundsOf(OrderLedger ledger)
        => ledger.Receipts.Sum(receipt => receipt.Kept) is var kept and > 0 ? [ledger.Total! with { Amount = kept }] : [];
}

/// <summary>What is known of an order when its customer is written to.</summary>
public sealed record OrderCorrespondence(
    string CustomerId, IReadOnlyList<OrderLine> Lines, ShippingAddress? ShippingAddress, DateTimeOffset PlacedAt, OrderLedger Ledger);
