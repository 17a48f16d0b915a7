using Orderly.Domain;
using Orderly.Domain.EventStore;
using Orderly.Domain.Orders;
using Orderly.ReadModels;
using Orderly.ReadModels.Sales;
using Orderly.ReadModels.ViewStore;
using Orderly.Subscriptions;

namespace Orderly.Projections;

/// <summary>
/// sales: what was sold by hour and by day, in total and by SKU, from the orders' streams. An order counts from its confirmation until it
/// is cancelled, both in the buckets of the time of its confirmation, however late the events come.
/// </summary>
/// <remarks>A bucket that has become empty stays: without its position, an event that comes again would count again.</remarks>
public sealed class SalesProjection : IProjection<SalesBucket>
{
    private static readonly SalesStep[] s_steps = [SalesStep.Hour, SalesStep.Day];

    public View<SalesBucket> View => SalesBucket.View;

    public EventFilter Filter { get; } = EventFilter.ByStreamPrefix("order-");

    public IReadOnlyList<string> DocumentIdsOf(EventEnvelope envelope) => envelope.Event switch
    {
        OrderConfirmed e => [.. BucketsOf(e.Lines, e.ConfirmedAt).Select(IdOf)],
        OrderCancelled { From: not OrderStatus.Placed } e => [.. BucketsOf(e.Lines, ConfirmedAtOf(e)).Select(IdOf)],
        _ => [],
    };

    public SalesBucket? Project(string id, SalesBucket? document, EventEnvelope envelope) => envelope.Event switch
    {
        OrderConfirmed e => Count(id, document, e.Lines, e.Total, e.ConfirmedAt, 1),
        OrderCancelled { From: not OrderStatus.Placed } e => Count(id, document, e.Lines, e.Total, ConfirmedAtOf(e), -1),
        _ => document,
    };

    /// <exception cref="InvalidOperationException">
    /// The event is from before it told that. It is parked then: leaving it out would make the sales too high for good.
    /// </exception>
    private static DateTimeOffset ConfirmedAtOf(OrderCancelled e)
        => e.ConfirmedAt
            ?? throw new InvalidOperationException($"The cancellation of the order '{e.OrderId}' does not tell when it was confirmed.");

    private static IEnumerable<(SalesStep Step, string? Sku, DateTimeOffset From)> BucketsOf(
        IReadOnlyList<OrderLine> lines, DateTimeOffset confirmedAt)
        => from step in s_steps
           from sku in lines.Select(line => line.Sku).Distinct(StringComparer.Ordinal).Prepend(null)
           select (step, sku, step.StartOf(confirmedAt));

    private static string IdOf((SalesStep Step, string? Sku, DateTimeOffset From) bucket)
        => SalesBucket.IdOf(bucket.Step, bucket.Sku, bucket.From);

    /// <param name="sign">1: the order counts; -1: it does not any more.</param>
    private static SalesBucket Count(
        string id, SalesBucket? document, IReadOnlyList<OrderLine> lines, Money total, DateTimeOffset confirmedAt, int sign)
    {
        var bucket = document ?? EmptyOf(id, confirmedAt);
        var counted = bucket.Sku is null ? lines : lines.Where(line => line.Sku == bucket.Sku);
        var amount = bucket.Sku is null ? total.Amount : counted.Sum(line => line.Amount);
        return bucket with
        {
            Revenue = Add(bucket.Revenue, total.Currency, sign * amount),
            Units = checked(bucket.Units + (sign * counted.Sum(line => line.Quantity))),
            Orders = bucket.Orders + sign,
        };
    }

    private static SalesBucket EmptyOf(string id, DateTimeOffset confirmedAt)
    {
        var (name, sku) = id.Split('/') is [var first, var second, _]
            ? (first, second)
            : throw new ArgumentException($"'{id}' is not a bucket's id.", nameof(id));
        var step = SalesSteps.Parse(name);
        return new SalesBucket(name, sku == SalesBucket.AllSkus ? null : sku, step.StartOf(confirmedAt), [], 0, 0);
    }

    private static IReadOnlyList<CurrencyAmount> Add(IReadOnlyList<CurrencyAmount> revenue, string currency, decimal amount)
    {
        var sum = revenue.Where(one => one.Currency == currency).Sum(one => one.Amount) + amount;
        var others = revenue.Where(one => one.Currency != currency);
        var all = sum == 0 ? others : others.Append(new CurrencyAmount(currency, sum));
        return [.. all.OrderBy(one => one.Currency, StringComparer.Ordinal)];
    }
}
