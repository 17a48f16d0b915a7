using Orderly.Domain.EventStore;
using Orderly.Domain.Orders;
using Orderly.ReadModels.Products;
using Orderly.ReadModels.ViewStore;
using Orderly.Subscriptions;

namespace Orderly.Projections;

/// <summary>
/// bought-together: how many orders hold two SKUs, from the orders' streams. An order counts from its confirmation until it is
/// cancelled; one cancelled before never did.
/// </summary>
public sealed class BoughtTogetherProjection : IProjection<BoughtTogether>
{
    public View<BoughtTogether> View => BoughtTogether.View;

    public EventFilter Filter { get; } = EventFilter.ByStreamPrefix("order-");

    public IReadOnlyList<string> DocumentIdsOf(EventEnvelope envelope) => envelope.Event switch
    {
        OrderConfirmed e => Pairs(e.Lines),
        OrderCancelled { From: not OrderStatus.Placed } e => Pairs(e.Lines),
        _ => [],
    };

    public BoughtTogether? Project(string id, BoughtTogether? document, EventEnvelope envelope)
    {
        // At 0 it stays: only a document knows which events it holds already.
        var edge = document ?? BoughtTogether.Of(id);
        return envelope.Event switch
        {
            OrderConfirmed => edge with { Weight = edge.Weight + 1 },
            OrderCancelled => edge with { Weight = edge.Weight - 1 },
            _ => document,
        };
    }

    /// <summary>The ids of the edges between the SKUs, in both directions; none when there are too many.</summary>
    private static List<string> Pairs(IReadOnlyList<OrderLine> lines)
    {
        List<string> skus = [.. lines.Select(line => line.Sku).Distinct(StringComparer.Ordinal)];
        if (skus.Count > BoughtTogether.MaxSkus)
        {
            return [];
        }

        List<string> ids = new(skus.Count * (skus.Count - 1));
        foreach (var from in skus)
        {
            ids.AddRange(skus.Where(to => to != from).Select(to => BoughtTogether.IdOf(from, to)));
        }

        return ids;
    }
}
