using Orderly.Domain;
using Orderly.Domain.EventStore;
using Orderly.Domain.Orders;
using Orderly.ReadModels.Sales;
using Orderly.Subscriptions;
using static Orderly.Projections.Tests.Fold;

namespace Orderly.Projections.Tests;

public class SalesProjectionTests
{
    private static readonly OrderLine[] s_lines = [new("LAMP", 2, 20, 40), new("TEA", 3, 1.5m, 4.5m)];
    private static readonly Money s_total = new(44.5m, "EUR");

    /// <summary>Late in the evening of the 21st in UTC, though the next day where it happened.</summary>
    private static readonly DateTimeOffset s_confirmed = new(2026, 11, 22, 0, 30, 0, TimeSpan.FromHours(1));

    [Fact]
    public void A_confirmed_order_counts_by_hour_and_by_day_in_total_and_by_sku()
    {
        (string, object)[] events = [Placed("o-1"), Confirmed("o-1", s_confirmed)];
        var (hour, day)
            = (new DateTimeOffset(2026, 11, 21, 23, 0, 0, TimeSpan.Zero), new DateTimeOffset(2026, 11, 21, 0, 0, 0, TimeSpan.Zero));

        Assert.Equal(
            [
                "hour/*/2026-11-21T23", "hour/LAMP/2026-11-21T23", "hour/TEA/2026-11-21T23", "day/*/2026-11-21", "day/LAMP/2026-11-21",
                "day/TEA/2026-11-21",
            ],
            new SalesProjection().DocumentIdsOf(EnvelopeOf(events[1].Item2)));
        AssertBucket(new SalesBucket("hour", null, hour, [new("EUR", 44.5m)], 5, 1), Bucket("hour/*/2026-11-21T23", events));
        AssertBucket(new SalesBucket("hour", "LAMP", hour, [new("EUR", 40)], 2, 1), Bucket("hour/LAMP/2026-11-21T23", events));
        AssertBucket(new SalesBucket("day", "TEA", day, [new("EUR", 4.5m)], 3, 1), Bucket("day/TEA/2026-11-21", events));
        AssertBucket(new SalesBucket("day", null, day, [new("EUR", 44.5m)], 5, 1), Bucket("day/*/2026-11-21", events));
    }

    [Fact]
    public void Currencies_are_summed_apart()
        => AssertBucket(
            new SalesBucket("hour", "TEA", new(2026, 11, 21, 23, 0, 0, TimeSpan.Zero), [new("CHF", 6), new("EUR", 9)], 10, 3),
            Bucket(
                "hour/TEA/2026-11-21T23",
                Confirmed("o-1", s_confirmed),
                Confirmed("o-2", s_confirmed, new Money(6, "CHF"), new OrderLine("TEA", 4, 1.5m, 6)),
                Confirmed("o-3", s_confirmed)));

    /// <summary>Cancelled days later, in whichever state, it is taken out where it was counted.</summary>
    [Theory]
    [InlineData(OrderStatus.Confirmed)]
    [InlineData(OrderStatus.Paid)]
    public void A_cancelled_order_is_taken_out_of_the_bucket_of_its_confirmation(OrderStatus from)
    {
        (string, object)[] events = [Confirmed("o-1", s_confirmed), Confirmed(
            "o-2", s_confirmed.AddMinutes(1), new Money(6, "CHF"), new OrderLine("TEA", 4, 1.5m, 6)), Cancelled("o-1", from, s_confirmed)];

        AssertBucket(
            new SalesBucket("day", "TEA", new(2026, 11, 21, 0, 0, 0, TimeSpan.Zero), [new("CHF", 6)], 4, 1),
            Bucket("day/TEA/2026-11-21", events));
        AssertBucket(
            new SalesBucket("hour", "LAMP", new(2026, 11, 21, 23, 0, 0, TimeSpan.Zero), [], 0, 0),
            Bucket("hour/LAMP/2026-11-21T23", events));
        Assert.Null(Of(new SalesProjection(), "day/*/2026-11-25", events));
    }

    [Fact]
    public void An_order_that_was_never_confirmed_never_counts()
    {
        var projection = new SalesProjection();
        foreach (var (_, @event) in new[] { Placed("o-1"), ("", new OrderRejected("o-1", "ada", s_lines, s_total, ["no"], Now)), Cancelled(
            "o-1", OrderStatus.Placed, null), ("", new OrderPaid("o-1", "ada", s_total, Now)) })
        {
            Assert.Empty(projection.DocumentIdsOf(EnvelopeOf(@event)));
        }
    }

    [Fact]
    public void A_cancellation_that_does_not_tell_when_the_order_was_confirmed_is_parked()
        => Assert.Throws<InvalidOperationException>(
            () => new SalesProjection().DocumentIdsOf(EnvelopeOf(Cancelled("o-1", OrderStatus.Confirmed, null).Item2)));

    [Fact]
    public void The_ids_of_a_series_lie_in_the_order_of_time_and_apart_from_others()
    {
        var start = new DateTimeOffset(2025, 12, 31, 22, 0, 0, TimeSpan.Zero);
        foreach (var step in Enum.GetValues<SalesStep>())
        {
            var ids = Enumerable.Range(0, 5000).Select(i => SalesBucket.IdOf(step, "A", start + (i * step.Length()))).ToList();
            Assert.Equal(ids.Order(StringComparer.Ordinal), ids);
            foreach (var other in new[] { null, "A-", "A-1", "AB", "9", "B" })
            {
                var id = SalesBucket.IdOf(step, other, start.AddDays(3));
                Assert.True(string.CompareOrdinal(id, ids[0]) < 0 || string.CompareOrdinal(id, ids[^1]) > 0, id);
            }
        }
    }

    private static void AssertBucket(SalesBucket expected, SalesBucket? found)
    {
        Assert.NotNull(found);
        Assert.Equal(expected.Revenue, found.Revenue);
        Assert.Equal(expected with { Revenue = found.Revenue }, found);
    }

    private static SalesBucket? Bucket(string id, params (string, object)[] events) => Of(new SalesProjection(), id, events);

    private static EventEnvelope EnvelopeOf(object @event)
        => new(new RecordedEvent(Guid.Empty, "order-o-1", 0, new LogPosition(1), "order.v1", default, default, Now), @event);

    private static (string, object) Placed(string id) => ($"order-{id}", new OrderPlaced(id, "ada", s_lines, s_total, null, Now));

    private static (string, object) Confirmed(string id, DateTimeOffset at, Money? total = null, params OrderLine[] lines)
        => ($"order-{id}", new OrderConfirmed(id, "ada", lines.Length == 0 ? s_lines : lines, total ?? s_total, at));

    private static (string, object) Cancelled(string id, OrderStatus from, DateTimeOffset? confirmedAt)
        => ($"order-{id}", new OrderCancelled(id, "ada", s_lines, s_total, from, "no", s_confirmed.AddDays(4), confirmedAt));
}
