using Microsoft.Extensions.Logging;
using Orderly.Domain;
using Orderly.Domain.Customers;
using Orderly.Domain.Deciding;
using Orderly.Domain.EventStore;
using Orderly.Domain.Orders;
using Orderly.Domain.Products;
using Orderly.Domain.Serialization;
using Orderly.Processes.Payments;
using Orderly.ReadModels.ViewStore;
using Orderly.Subscriptions;

namespace Orderly.Processes.Email;

/// <summary>
/// e-mail: tells the customer when an order is confirmed, rejected, paid, shipped or cancelled. It joins the order and its payments, from
/// the log, with the customer and the products as they are when it writes. Who is not a customer, or is not any more, is not written to.
/// A message that the mail server does not take now is tried again by itself; the log says when, and what becomes of it.
/// </summary>
public sealed partial class EmailProcess(
    Decider decider, IEventStore log, EventTypes types, EmailDeliveries deliveries, EmailOptions options, TimeProvider time,
    ILogger<EmailProcess> logger)
    : ITimedProcess<OrderCorrespondence>
{
    public const string Name = "e-mail";

    public View<OrderCorrespondence> View { get; } = new(
        Name, 2, ProcessesJson.Default.OrderCorrespondence,
        new ViewField<OrderCorrespondence>(ITimedProcess<OrderCorrespondence>.DueField, state => state.Due));

    public EventFilter Filter { get; } = EventFilter.ByStreamPrefix("order-", "payment-", "emails-");

    public int? MostInDoubt => deliveries.MostInDoubt;

    /// <summary>None: what became of a message is in the log before its deadline is met.</summary>
    public TimeSpan Grace => TimeSpan.Zero;

    public IReadOnlyList<string> DocumentIdsOf(EventEnvelope envelope) => OrderLedger.OrderOf(envelope.Event) is { } order ? [order] : [];

    public OrderCorrespondence? Project(string id, OrderCorrespondence? document, EventEnvelope envelope)
    {
        var order = envelope.Event is OrderPlaced e
            ? new OrderCorrespondence(e.CustomerId, e.Lines, e.ShippingAddress, e.PlacedAt, OrderLedger.Empty)
            : document;
        return order is null ? null : envelope.Event switch
        {
            OrderEmailDeferred deferred => order.With(deferred),
            OrderEmailDelivered delivered => order.Without(delivered.MessageId),
            OrderEmailUndeliverable undeliverable => order.Without(undeliverable.MessageId),
            _ => order with { Ledger = order.Ledger.With(envelope.Event) },
        };
    }

    public bool ReactsTo(EventEnvelope envelope)
        => envelope.Event is OrderConfirmed or OrderRejected or OrderPaid or OrderShipped or OrderCancelled;

    public async Task ReactAsync(Reaction<OrderCorrespondence> reaction, CancellationToken cancellationToken)
    {
        var order = reaction.State ?? throw new InvalidOperationException($"The order '{reaction.Id}' was never placed.");
        var emails = await decider.ReadAsync<OrderEmails>(reaction.Id, cancellationToken).ConfigureAwait(false);
        if (emails.Knows(reaction.Envelope.Recorded.Id))
        {
            // A worker that died after it had recorded what became of the message. What is tried again has a deadline.
            return;
        }

        if (await WriteAsync(reaction.Id, order, reaction.Envelope, cancellationToken).ConfigureAwait(false) is not { } email)
        {
            return;
        }

        if (options.MaxAge != Timeout.InfiniteTimeSpan && time.GetUtcNow() - email.At > options.MaxAge)
        {
            LogTooOld(reaction.Id, email.Kind, email.At);
            return;
        }

        try
        {
            var letter = LetterOf(reaction.Id, email, reaction.Envelope.Recorded, 0);
            await deliveries.SendAsync(letter, cancellationToken).ConfigureAwait(false);
        }
        catch (EmailUnavailableException e)
        {
            throw new ReactionDeferredException(e.Message, e);
        }
    }

    public long? DueOf(OrderCorrespondence state) => state.Due;

    public async Task ElapseAsync(string id, OrderCorrespondence state, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow().ToUnixTimeMilliseconds();
        foreach (var deferred in (state.Deferred ?? []).Where(one => one.RetryAt <= now))
        {
            if (!deliveries.CanResend || deliveries.IsUnderWay(deferred.MessageId))
            {
                continue;
            }

            // A message is under way until the log has what became of it, which this state may lack for as long as others are sent.
            var emails = await decider.ReadAsync<OrderEmails>(id, cancellationToken).ConfigureAwait(false);
            if (emails.Attempts.GetValueOrDefault(deferred.MessageId) != deferred.Attempts)
            {
                continue;
            }

            var told = await log.ReadStreamAsync($"{Order.Category}-{id}", ReadDirection.Forwards, deferred.Revision, 1, cancellationToken)
                .FirstOrDefaultAsync(cancellationToken).ConfigureAwait(false);
            if (told?.Id != deferred.MessageId || types.Decode(told) is not DecodedEvent.Known { Event: var @event })
            {
                throw new InvalidOperationException($"The event {deferred.MessageId} of order '{id}' is to be told and can't be read.");
            }

            if (await WriteAsync(id, state, new EventEnvelope(told, @event), cancellationToken).ConfigureAwait(false) is { } email)
            {
                deliveries.TryResend(LetterOf(id, email, told, deferred.Attempts));
            }
            else
            {
                await deliveries.GiveUpAsync(id, told, "The customer is not one any more.", cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private Letter LetterOf(string orderId, OrderEmail email, RecordedEvent told, int attempts)
        => new(orderId, told, EmailTemplates.Compose(email, options), attempts);

    /// <summary>What there is to tell of an event; null: nobody is to be told.</summary>
    private async Task<OrderEmail?> WriteAsync(
        string id, OrderCorrespondence order, EventEnvelope envelope, CancellationToken cancellationToken)
    {
        var customer = await decider.ReadAsync<Customer>(order.CustomerId, cancellationToken).ConfigureAwait(false);
        if (customer.Status != CustomerStatus.Active)
        {
            return null;
        }

        List<OrderEmailLine> lines = [];
        foreach (var line in order.Lines)
        {
            var product = await decider.ReadAsync<Product>(line.Sku, cancellationToken).ConfigureAwait(false);
            lines.Add(new OrderEmailLine(
                line.Sku, product.Status == ProductStatus.Unknown ? null : product.Name, line.Quantity, line.UnitPrice, line.Amount));
        }

        return Tell(
            new OrderEmail
            {
                Kind = default,
                EventId = envelope.Recorded.Id,
                At = default,
                OrderId = id,
                Customer = new EmailAddress(customer.Name, customer.Email),
                Lines = lines,
                Total = order.Ledger.Total!,
                PlacedAt = order.PlacedAt,
                ShippingAddress = order.ShippingAddress,
            },
            envelope.Event,
            order.Ledger);
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
        => ledger.Receipts.Sum(receipt => receipt.KeptMoney.Payable().Amount) is var kept and > 0
            ? [ledger.Total! with { Amount = kept }]
            : [];
}
