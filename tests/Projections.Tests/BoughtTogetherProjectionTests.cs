using Orderly.Domain;
using Orderly.Domain.Orders;
using Orderly.ReadModels.Products;
using Orderly.Testing;
using static Orderly.Testing.Scenario;

namespace Orderly.Projections.Tests;

public class BoughtTogetherProjectionTests
{
    [Fact]
    public void Each_confirmed_order_with_both_counts_once_in_both_directions()
    {
        var edges = After(
            Confirmed("o-1", "LAMP", "BULB", "SHADE"), Confirmed("o-2", "BULB", "LAMP"), Confirmed("o-3", "LAMP"),
            Confirmed("o-4", "SHADE", "BULB"));

        Assert.Equal(6, edges.Ids.Count);
        foreach (var edge in new BoughtTogether[] { new("LAMP", "BULB", 2), new("LAMP", "SHADE", 1), new("BULB", "SHADE", 2) })
        {
            edges.Is(BoughtTogether.IdOf(edge.From, edge.To), edge);
            edges.Is(BoughtTogether.IdOf(edge.To, edge.From), edge with { From = edge.To, To = edge.From });
        }
    }

    [Fact]
    public void An_order_counts_from_its_confirmation_until_it_is_cancelled()
    {
        var placed = ("order-o-1", (object)new OrderPlaced("o-1", "ada", Lines("LAMP", "BULB"), s_total, null, Now));
        var paid = ("order-o-1", (object)new OrderPaid("o-1", "ada", s_total, Now));

        Assert.Null(Edge("LAMP", "BULB", placed));
        Assert.Equal(1, Edge("LAMP", "BULB", placed, Confirmed("o-1", "LAMP", "BULB"), paid)!.Weight);
        Assert.Equal(0, Edge(
            "LAMP", "BULB", placed, Confirmed("o-1", "LAMP", "BULB"), Cancelled("o-1", OrderStatus.Confirmed, "LAMP", "BULB"))!.Weight);
        Assert.Equal(0, Edge(
            "LAMP", "BULB", placed, Confirmed("o-1", "LAMP", "BULB"), paid, Cancelled("o-1", OrderStatus.Paid, "LAMP", "BULB"))!.Weight);
        Assert.Null(Edge("LAMP", "BULB", placed, Cancelled("o-1", OrderStatus.Placed, "LAMP", "BULB")));
        Assert.Null(
            Edge("LAMP", "BULB", placed, ("order-o-1", new OrderRejected("o-1", "ada", Lines("LAMP", "BULB"), s_total, ["no"], Now))));
    }

    [Theory]
    [InlineData(2, 2)]
    [InlineData(BoughtTogether.MaxSkus, BoughtTogether.MaxSkus * (BoughtTogether.MaxSkus - 1))]
    [InlineData(BoughtTogether.MaxSkus + 1, 0)]
    [InlineData(100, 0)]
    public void An_order_of_very_many_products_is_left_out_and_so_is_its_cancellation(int skus, int documents)
    {
        string[] lines = [.. Enumerable.Range(0, skus).Select(i => $"SKU-{i}")];

        Assert.Equal(documents, After(Confirmed("o-1", lines)).Ids.Count);
        Assert.Equal(documents, After(Cancelled("o-1", OrderStatus.Confirmed, lines)).Ids.Count);
    }

    [Fact]
    public void Random_orders_are_counted_as_by_hand()
    {
        var random = new Random(11);
        List<string[]> standing = [];
        List<(string, object)> events = [];
        for (var i = 0; i < 300; i++)
        {
            string[] skus = [.. Enumerable.Range(0, 8).Where(_ => random.Next(3) == 0).Select(sku => $"SKU-{sku}")];
            events.Add(Confirmed($"o-{i}", skus));
            if (random.Next(4) == 0)
            {
                events.Add(Cancelled($"o-{i}", OrderStatus.Confirmed, skus));
            }
            else
            {
                standing.Add(skus);
            }
        }

        var edges = After([.. events]);
        var pairs = from a in Enumerable.Range(0, 8) from b in Enumerable.Range(0, 8) where a != b select ($"SKU-{a}", $"SKU-{b}");
        Assert.All(pairs, pair => Assert.Equal(
            standing.Count(skus => skus.Contains(pair.Item1) && skus.Contains(pair.Item2)),
            edges.Of(BoughtTogether.IdOf(pair.Item1, pair.Item2))?.Weight ?? 0));
    }

    private static readonly Money s_total = new(1, "EUR");

    private static ViewOutcome<BoughtTogether> After(params (string, object)[] events)
        => View(new BoughtTogetherProjection()).After(events);

    private static BoughtTogether? Edge(string from, string to, params (string, object)[] events)
        => After(events).Of(BoughtTogether.IdOf(from, to));

    private static (string, object) Confirmed(string id, params string[] skus)
        => ($"order-{id}", new OrderConfirmed(id, "ada", Lines(skus), s_total, Now));

    private static (string, object) Cancelled(string id, OrderStatus from, params string[] skus)
        => ($"order-{id}", new OrderCancelled(id, "ada", Lines(skus), s_total, from, "no", Now, from == OrderStatus.Placed ? null : Now));

    private static List<OrderLine> Lines(params string[] skus) => [.. skus.Select(sku => new OrderLine(sku, 2, 1, 2))];
}
