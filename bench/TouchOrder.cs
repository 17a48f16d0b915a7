using Orderly.Domain.Deciding;
using Orderly.Domain.Orders;

namespace Orderly.Bench;

/// <summary>
/// A command that an order can take again and again, where the domain's own lead to an end: it decides on the loaded
/// state and appends one event of an ordinary size.
/// </summary>
internal sealed record TouchOrder(string OrderId) : Command<Order>
{
    public override string AggregateId => OrderId;

    public override Decision Decide(Order state)
        => state.Status == OrderStatus.Unknown
            ? Refusal.NotFound("order", OrderId)
            : Decision.Accept(new OrderConfirmed(OrderId, state.CustomerId, state.Lines, state.Total, Context.At));
}
