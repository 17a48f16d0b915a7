using Orderly.Domain.EventStore;
using Orderly.Domain.Orders;
using Orderly.Domain.Products;
using Orderly.ReadModels.ViewStore;
using Orderly.Subscriptions;

namespace Orderly.Processes;

/// <summary>dispatch: what was set aside for an order leaves the stock when the order is shipped.</summary>
public sealed class Dispatch(CommandSender sender) : IProcess<Stateless>
{
    public const string Name = "dispatch";

    public View<Stateless> View { get; } = new(Name, 1, ProcessesJson.Default.Stateless);

    public EventFilter Filter { get; } = EventFilter.ByStreamPrefix("order-");

    public IReadOnlyList<string> DocumentIdsOf(EventEnvelope envelope) => envelope.Event is OrderShipped e ? [e.OrderId] : [];

    public Stateless? Project(string id, Stateless? document, EventEnvelope envelope) => null;

    public bool ReactsTo(EventEnvelope envelope) => envelope.Event is OrderShipped;

    public async Task ReactAsync(Reaction<Stateless> reaction, CancellationToken cancellationToken)
    {
        var order = (OrderShipped)reaction.Envelope.Event;
        foreach (var line in order.Lines)
        {
            // Refused when nothing is set aside: it was, or the order would not have been confirmed, so it has left already.
            await sender.SendAsync(
                reaction.Envelope.Recorded, Name, line.Sku, context => new DispatchStock(line.Sku, order.OrderId) { Context = context }, cancellationToken)
                .ConfigureAwait(false);
        }
    }
}
