using Orderly.Domain.Deciding;
using Orderly.Domain.EventStore;
using Orderly.Domain.Orders;
using Orderly.ReadModels.ViewStore;
using Orderly.Subscriptions;

namespace Orderly.Processes;

/// <summary>
/// A process that acts on one kind of event of orders and has nothing to remember. An order waits behind its parked events.
/// </summary>
/// <param name="name">The process's name.</param>
public abstract class StatelessProcess<TEvent>(string name) : IProcess<Stateless>
    where TEvent : class, IOrderEvent
{
    public View<Stateless> View { get; } = new(name, 1, ProcessesJson.Default.Stateless);

    public EventFilter Filter { get; } = EventFilter.ByStreamPrefix("order-");

    public IReadOnlyList<string> DocumentIdsOf(EventEnvelope envelope) => envelope.Event is TEvent e ? [e.OrderId] : [];

    public Stateless? Project(string id, Stateless? document, EventEnvelope envelope) => null;

    public bool ReactsTo(EventEnvelope envelope) => envelope.Event is TEvent;

    public Task ReactAsync(Reaction<Stateless> reaction, CancellationToken cancellationToken)
        => ReactAsync((TEvent)reaction.Envelope.Event, EventReference.To(reaction.Envelope.Recorded), cancellationToken);

    /// <inheritdoc cref="IProcess{TState}.ReactAsync"/>
    /// <param name="order">The event.</param>
    /// <param name="cause">The event as the cause of commands.</param>
    protected abstract Task ReactAsync(TEvent order, EventReference cause, CancellationToken cancellationToken);
}
