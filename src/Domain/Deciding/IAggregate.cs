using Orderly.Domain.Validation;

namespace Orderly.Domain.Deciding;

/// <summary>
/// The state that one stream's events add up to: the left fold of <see cref="Evolve"/> over them, from <see cref="Initial"/>.
/// </summary>
/// <typeparam name="TState">The state itself, immutable.</typeparam>
public interface IAggregate<TState>
    where TState : class, IAggregate<TState>
{
    /// <summary>The first part of the stream's name: <c>order</c> for <c>order-42</c>.</summary>
    static abstract string Category { get; }

    /// <summary>Whether a text can be the id of one, the part of the stream's name behind the category.</summary>
    static virtual bool IsId(string id) => Rules.IsId(id);

    /// <summary>The state of a stream with no events.</summary>
    static abstract TState Initial { get; }

    /// <summary>The state after one more event. Pure; an event that is not the aggregate's leaves the state as it is.</summary>
    static abstract TState Evolve(TState state, object @event);
}
