using Orderly.Domain;
using Orderly.Domain.Orders;
using Orderly.ReadModels.Sales;
using Orderly.Testing;
using static Orderly.Testing.Scenario;

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
        var (hour, day)
            = (new DateTimeOffset(2026, 11, 21, 23, 0, 0, TimeSpan.Zero), new DateTimeOffset(2026, 11, 21, 0, 0, 0, TimeSpan.Zero));

        var buckets = After(Placed("o-1"), Confirmed("o-1", s_confirmed))
            .Is("hour/*/2026-11-21T23", new SalesBucket("hour", null, hour, [new("EUR", 44.5m)], 5, 1))
            .Is("hour/LAMP/2026-11-21T23", new SalesBucket("hour", "LAMP", hour, [new("EUR", 40)], 2, 1))
            .Is("day/TEA/2026-11-21", new SalesBucket("day", "TEA", day, [new("EUR", 4.5m)], 3, 1))
            .Is("day/*/2026-11-21", new SalesBucket("day", null, day, [new("EUR", 44.5m)], 5, 1));
        Assert.Equal(
            [
                "day/*/2026-11-21", "day/LAMP/2026-11-21", "day/TEA/2026-11-21", "hour/*/2026-11-21T23", "hour/LAMP/2026-11-21T23",
                "hour/TEA/2026-11-21T23",
            ],
            buckets.Ids);
    }

    [Fact]
    public void Currencies_are_summed_apart()
        => After(
            Confirmed("o-1", s_confirmed), Confirmed("o-2", s_confirmed, new Money(6, "CHF"), new OrderLine("TEA", 4, 1.5m, 6)),
            Confirmed("o-3", s_confirmed))
            .Is(
                "hour/TEA/2026-11-21T23",
                new SalesBucket("hour", "TEA", new(2026, 11, 21, 23, 0, 0, TimeSpan.Zero), [new("CHF", 6), new("EUR", 9)], 10, 3));

    /// <summary>Cancelled days later, in whichever state, it is taken out where it was counted.</summary>
    [Theory]
    [InlineData(OrderStatus.Confirmed)]
    [InlineData(OrderStatus.Paid)]
    public void A_cancelled_order_is_taken_out_of_the_bucket_of_its_confirmation(OrderStatus from)
    {
        var other = Confirmed("o-2", s_confirmed.AddMinutes(1), new Money(6, "CHF"), new OrderLine("TEA", 4, 1.5m, 6));
        After(Confirmed("o-1", s_confirmed), other, Cancelled("o-1", from, s_confirmed))
            .Is("day/TEA/2026-11-21", new("day", "TEA", new(2026, 11, 21, 0, 0, 0, TimeSpan.Zero), [new("CHF", 6)], 4, 1))
            .Is("hour/LAMP/2026-11-21T23", new("hour", "LAMP", new(2026, 11, 21, 23, 0, 0, TimeSpan.Zero), [], 0, 0))
            .Is("day/*/2026-11-25", null);
    }

    [Fact]
    public void An_order_that_was_never_confirmed_never_counts()
        => Assert.Empty(After(
            Placed("o-1"), ("order-o-1", new OrderRejected("o-1", "ada", s_lines, s_total, ["no"], Now)),
            Cancelled("o-1", OrderStatus.Placed, null), ("order-o-1", new OrderPaid("o-1", "ada", s_total, Now))).Ids);

    [Fact]
    public void A_cancellation_that_does_not_tell_when_the_order_was_confirmed_is_parked()
    {
        var failed = Assert.ThrowsAny<Exception>(() => After(Cancelled("o-1", OrderStatus.Confirmed, null)));
        Assert.IsType<InvalidOperationException>(failed.InnerException);
    }

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

    private static ViewOutcome<SalesBucket> After(params (string, object)[] events) => View(new SalesProjection()).After(events);

    private static (string, object) Placed(string id) => ($"order-{id}", new OrderPlaced(id, "ada", s_lines, s_total, null, Now));

    private static (string, object) Confirmed(string id, DateTimeOffset at, Money? total = null, params OrderLine[] lines)
        => ($"order-{id}", new OrderConfirmed(id, "ada", lines.Length == 0 ? s_lines : lines, total ?? s_total, at));

    private static (string, object) Cancelled(string id, OrderStatus from, DateTimeOffset? confirmedAt)
        => ($"order-{id}", new OrderCancelled(id, "ada", s_lines, s_total, from, "no", s_confirmed.AddDays(4), confirmedAt));
}
