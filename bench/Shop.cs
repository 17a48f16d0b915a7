using Orderly.Domain;
using Orderly.Domain.Deciding;
using Orderly.Domain.EventStore;
using Orderly.Domain.Orders;
using Orderly.Domain.Serialization;

namespace Orderly.Bench;

/// <summary>The orders that all workloads use: three lines and an address each.</summary>
internal static class Shop
{
    private static readonly ShippingAddress s_address = new("Ada Lovelace", "12 St James's Square", null, "SW1Y 4JH", "London", "GB");

    public static PlaceOrder Place(string orderId) => new(
        orderId,
        "customer-" + (Math.Abs(orderId.GetHashCode(StringComparison.Ordinal)) % 1000),
        "EUR",
        [new OrderLineItem("LAMP-100", 2, 19.95m), new OrderLineItem("BULB-E27", 6, 2.5m), new OrderLineItem("CABLE-3M", 1, 12.75m)],
        s_address)
    {
        Context = NewContext(),
    };

    public static CommandContext NewContext() => CommandContext.ForRequest(Guid.CreateVersion7(), "bench", DateTimeOffset.UtcNow);

    /// <summary>The four events of an order that was placed, confirmed, paid and shipped.</summary>
    public static IReadOnlyList<object> Life(string orderId)
    {
        var at = DateTimeOffset.UtcNow;
        var placed = (OrderPlaced)Place(orderId).Decide(Order.Initial).Events[0];
        return
        [
            placed,
            new OrderConfirmed(orderId, placed.CustomerId, placed.Lines, placed.Total, at),
            new OrderPaid(orderId, placed.CustomerId, placed.Total, at),
            new OrderShipped(orderId, placed.CustomerId, placed.Lines, "post", "T-" + orderId, at),
        ];
    }

    public static NewEvent Encode(object @event)
    {
        var context = NewContext();
        return OrderlyEvents.Types.Encode(
            CommandIds.EventId(context, 0),
            @event,
            version
                => new EventMetadata(context.CorrelationId, context.CausationId, context.CommandId, context.Actor, context.At, version));
    }

    /// <summary>
    /// Appends whole lives of orders, interleaved: each of 64 writers has 32 orders open at a time and takes the next step
    /// of one of them at random (seeded), so about 2,000 orders are open at any place of the log.
    /// </summary>
    public static Task AppendLivesAsync(IEventStore store, int orders, string prefix)
        => Task.WhenAll(Enumerable.Range(0, 64).Select(writer => Task.Run(() => AppendLivesAsync(store, orders, prefix, writer))));

    private static async Task AppendLivesAsync(IEventStore store, int orders, string prefix, int writer)
    {
        const int OpenAtOnce = 32;
        var random = new Random(writer);
        List<(string Id, IReadOnlyList<object> Events, int Next)> open = [];
        for (var next = writer; next < orders || open.Count > 0;)
        {
            while (open.Count < OpenAtOnce && next < orders)
            {
                var id = $"{prefix}{next:D9}";
                open.Add((id, Life(id), 0));
                next += 64;
            }

            var index = random.Next(open.Count);
            var (orderId, events, step) = open[index];
            var result = await store.AppendAsync(
                $"order-{orderId}", ExpectedRevision.Exactly(step - 1), [Encode(events[step])], CancellationToken.None);
            if (result is not AppendResult.Appended)
            {
                throw new InvalidOperationException($"{orderId}: {result}");
            }

            if (step + 1 == events.Count)
            {
                open.RemoveAt(index);
            }
            else
            {
                open[index] = (orderId, events, step + 1);
            }
        }
    }
}
