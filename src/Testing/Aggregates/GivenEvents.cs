using Orderly.Domain.Deciding;
using Orderly.Domain.Serialization;
using Xunit.Sdk;

namespace Orderly.Testing;

/// <summary>The events of one stream, on which a command is decided.</summary>
/// <remarks>
/// It checks that each event comes back as it was from the JSON of the log, that the same command is decided alike on the same events
/// however often, that what it produces can be evolved and decided on, and that an event of others leaves the state alone.
/// </remarks>
public sealed class GivenEvents<TState>
    where TState : class, IAggregate<TState>
{
    private readonly EventTypes _types;
    private readonly IReadOnlyList<object> _events;

    internal GivenEvents(EventTypes types, IReadOnlyList<object> events)
    {
        _types = types;
        _events = [.. GivenLog.Record(types, [.. events.Select(e => (TState.Category, e))]).Select(e => GivenLog.Read(types, e))];
    }

    /// <summary>The state after the events, as they are read from the log.</summary>
    public TState State => _events.Aggregate(TState.Initial, Evolve);

    /// <summary>Decides a command.</summary>
    public Decided When(Command<TState> command)
    {
        var state = State;
        var decision = Decide(command, state);
        var after = decision.Events.Aggregate(state, EvolveProduced);
        Decide(command, after);

        var name = command.GetType().Name;
        AssertSame($"{name} is decided otherwise the second time, on the same state.", decision, Decide(command, state));
        AssertSame($"{name} is decided otherwise on a state that was folded anew from the same events.", decision, Decide(command, State));
        return new Decided(_types, decision);
    }

    private TState EvolveProduced(TState state, object @event)
    {
        GivenLog.CheckRoundTrip(_types, @event);
        return Evolve(state, @event);
    }

    private TState Evolve(TState state, object @event)
    {
        try
        {
            return ReferenceEquals(TState.Evolve(state, new object()), state)
                ? TState.Evolve(state, @event)
                : throw new XunitException($"{typeof(TState).Name} changes with an event that is not its own.");
        }
        catch (Exception e) when (e is not XunitException)
        {
            throw Failure.Of($"Evolve threw for {GivenLog.Describe(_types, @event)}", e);
        }
    }

    private static Decision Decide(Command<TState> command, TState state)
    {
        try
        {
            return command.Decide(state);
        }
        catch (Exception e)
        {
            throw Failure.Of($"{command.GetType().Name} threw instead of deciding on {state}", e);
        }
    }

    private void AssertSame(string what, Decision first, Decision second)
        => Difference.AssertNone(what, Decided.Describe(_types, first), Decided.Describe(_types, second));
}
