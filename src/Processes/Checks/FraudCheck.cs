using Microsoft.Extensions.Logging;
using Orderly.Domain;
using Orderly.Domain.Checks;
using Orderly.Domain.Customers;
using Orderly.Domain.Deciding;
using Orderly.Domain.EventStore;
using Orderly.Domain.Orders;
using Orderly.ReadModels.ViewStore;
using Orderly.Subscriptions;

namespace Orderly.Processes.Checks;

/// <summary>
/// fraud-check: what a customer orders within one session, together with this order, must stay under the limit, and a customer has only
/// so many orders at once that are not paid, since each holds stock. Sessions follow the times of the orders, not the clock, and orders
/// are taken as the log has them: whenever it is read, the answers are the same.
/// </summary>
public sealed partial class FraudCheck(CommandSender sender, ProcessOptions options, ILogger<FraudCheck> logger) : IProcess<FraudSessions>
{
    public const string Name = "fraud-check";

    /// <summary>All that a customer is told: who knows a rule and its number can stay just under it.</summary>
    public const string Declined = "The order was declined.";

    public View<FraudSessions> View { get; } = new(Name, 2, ProcessesJson.Default.FraudSessions);

    public EventFilter Filter { get; } = EventFilter.ByStreamPrefix("order-");

    public IReadOnlyList<string> DocumentIdsOf(EventEnvelope envelope)
        => envelope.Event is ICustomerEvent e and (OrderPlaced or OrderConfirmed or OrderRejected or OrderPaid or OrderCancelled)
            ? [e.CustomerId]
            : [];

    public FraudSessions? Project(string id, FraudSessions? document, EventEnvelope envelope)
    {
        var (sessions, gap) = (document ?? FraudSessions.None, options.FraudSessionGap);
        return envelope.Event switch
        {
            OrderPlaced e => sessions.Placed(new UndecidedOrder(e.OrderId, e.PlacedAt, e.Total), options.MaxUnpaidOrders),
            OrderConfirmed e => sessions.Decided(e.OrderId, counts: true, gap),
            OrderRejected e => sessions.Decided(e.OrderId, counts: false, gap).Closed(),
            OrderPaid => sessions.Closed(),
            OrderCancelled { From: OrderStatus.Paid } => sessions,
            OrderCancelled e => sessions.Decided(e.OrderId, counts: true, gap).Closed(),
            _ => document,
        };
    }

    public bool ReactsTo(EventEnvelope envelope) => envelope.Event is OrderPlaced;

    public async Task ReactAsync(Reaction<FraudSessions> reaction, CancellationToken cancellationToken)
    {
        var (order, state) = ((OrderPlaced)reaction.Envelope.Event, reaction.State!);
        var sum = state.WithUndecided(options.FraudSessionGap).SumAt(order.PlacedAt, order.Total.Currency);
        var limit = options.FraudLimitOf(order.Total.Currency);
        var passes = true;
        if (sum >= limit)
        {
            LogOverLimit(order.OrderId, order.CustomerId, order.Total with { Amount = sum }, limit);
            passes = false;
        }

        if (state.Unpaid > options.MaxUnpaidOrders)
        {
            LogTooManyUnpaid(order.OrderId, order.CustomerId, state.Unpaid, options.MaxUnpaidOrders);
            passes = false;
        }

        await sender.SendAsync(
            EventReference.To(reaction.Envelope.Recorded), Name, CheckNames.Fraud,
            context => new RecordCheck(order.OrderId, CheckNames.Fraud, passes ? [] : [Declined]) { Context = context }, cancellationToken)
            .ConfigureAwait(false);
    }

    [LoggerMessage(
        5201, LogLevel.Information,
        "Declined: order {Order}. The orders of customer {Customer} within one session come to {Sum}; they must stay under {Limit}.")]
    private partial void LogOverLimit(string order, string customer, Money sum, decimal limit);

    [LoggerMessage(
        5202, LogLevel.Information,
        "Declined: order {Order}. Customer {Customer} has {Unpaid} orders that are not paid; at most {Limit} may be.")]
    private partial void LogTooManyUnpaid(string order, string customer, long unpaid, int limit);
}
