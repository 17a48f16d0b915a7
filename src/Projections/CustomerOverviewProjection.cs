using Orderly.Domain;
using Orderly.Domain.Customers;
using Orderly.Domain.EventStore;
using Orderly.Domain.Orders;
using Orderly.Domain.Validation;
using Orderly.ReadModels;
using Orderly.ReadModels.Customers;
using Orderly.ReadModels.ViewStore;
using Orderly.Subscriptions;

namespace Orderly.Projections;

/// <summary>customer-overview: one customer with a summary of the orders, from the customer's stream and those of the orders.</summary>
public sealed class CustomerOverviewProjection : IProjection<CustomerOverview>
{
    public View<CustomerOverview> View => CustomerOverview.View;

    public EventFilter Filter { get; } = EventFilter.ByStreamPrefix("customer-", "order-");

    public IReadOnlyList<string> DocumentIdsOf(EventEnvelope envelope) => envelope.Event is ICustomerEvent e ? [e.CustomerId] : [];

    public CustomerOverview? Project(string id, CustomerOverview? document, EventEnvelope envelope)
    {
        // An order may name a customer that is registered later or never; its counts must not be lost.
        var customer = document ?? new CustomerOverview(id, null, null, null, OrderCounts.None, [], [], null, false, -1);
        var counts = customer.Orders;
        return envelope.Event switch
        {
            CustomerRegistered e => Own(Registered(customer, e), envelope),
            CustomerDetailsChanged e => Own(customer with { Name = e.Name, Email = e.Email }, envelope),
            CustomerLevelChanged e => Own(customer with { Level = LowerCase<CustomerLevel>.NameOf(e.Level) }, envelope),
            CustomerForgotten => Own(customer with { Name = null, Email = null, Forgotten = true }, envelope),
            OrderPlaced e => customer with
            {
                Orders = counts with { Placed = counts.Placed + 1 },
                LastOrders = WithNewest(customer.LastOrders, e),
            },
            OrderConfirmed e => Step(customer, e, OrderStatus.Confirmed, counts with { Confirmed = counts.Confirmed + 1 }) with
            {
                LifetimeValue = Add(customer.LifetimeValue, e.Total),
            },
            OrderRejected e => Step(customer, e, OrderStatus.Rejected, counts with { Rejected = counts.Rejected + 1 }),
            OrderPaid e => Step(customer, e, OrderStatus.Paid, counts with { Paid = counts.Paid + 1 }),
            OrderShipped e => Step(customer, e, OrderStatus.Shipped, counts with { Shipped = counts.Shipped + 1 }),
            OrderDelivered e => Step(customer, e, OrderStatus.Delivered, counts with { Delivered = counts.Delivered + 1 }),
            OrderCancelled e => Step(customer, e, OrderStatus.Cancelled, counts with { Cancelled = counts.Cancelled + 1 }) with
            {
                LifetimeValue = WithoutCancelled(customer.LifetimeValue, e),
            },
            _ => document,
        };
    }

    private static CustomerOverview Own(CustomerOverview customer, EventEnvelope envelope)
        => customer with { Revision = envelope.Recorded.Revision };

    private static CustomerOverview Registered(CustomerOverview customer, CustomerRegistered e) => customer with
    {
        Name = e.Name,
        Email = e.Email,
        Level = LowerCase<CustomerLevel>.NameOf(e.Level),
        RegisteredAt = e.RegisteredAt,
    };

    private static List<CustomerOrder> WithNewest(IReadOnlyList<CustomerOrder> orders, OrderPlaced e)
    {
        var newest = new CustomerOrder(
            e.OrderId, LowerCase<OrderStatus>.NameOf(OrderStatus.Placed), e.Total.Amount, e.Total.Currency, e.PlacedAt);
        return [newest, .. orders.Take(CustomerOverview.MaxLastOrders - 1)];
    }

    private static CustomerOverview Step(CustomerOverview customer, IOrderEvent e, OrderStatus status, OrderCounts counts) => customer with
    {
        Orders = counts,
        LastOrders =
        [
            .. customer.LastOrders.Select(
                order => order.OrderId == e.OrderId ? order with { Status = LowerCase<OrderStatus>.NameOf(status) } : order),
        ],
    };

    /// <summary>An order counts from its confirmation until it is cancelled; one cancelled before never did.</summary>
    private static IReadOnlyList<CurrencyAmount> WithoutCancelled(IReadOnlyList<CurrencyAmount> amounts, OrderCancelled e)
        => e.From == OrderStatus.Placed ? amounts : Add(amounts, e.Total with { Amount = -e.Total.Amount });

    private static IReadOnlyList<CurrencyAmount> Add(IReadOnlyList<CurrencyAmount> amounts, Money money)
        => amounts.Any(amount => amount.Currency == money.Currency)
            ? [.. amounts.Select(one => one.Currency == money.Currency ? one with { Amount = one.Amount + money.Amount } : one)]
            : [.. amounts.Append(new CurrencyAmount(money.Currency, money.Amount)).OrderBy(one => one.Currency, StringComparer.Ordinal)];
}
