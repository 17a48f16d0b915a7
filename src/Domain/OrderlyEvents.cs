using Orderly.Domain.Serialization;

namespace Orderly.Domain;

/// <summary>A fact in the log. Each has a name there: <see cref="IEventNames"/>.</summary>
public interface IEvent;

/// <summary>Every event of the domain by its name in the log, as each aggregate says.</summary>
public static class OrderlyEvents
{
    private static readonly Lazy<EventTypes> s_types = new(() => EventTypes.Of(typeof(OrderlyEvents).Assembly.GetTypes()));

    /// <exception cref="IncompleteException">An event has no name, or JSON that reads less strictly than the log's.</exception>
    public static EventTypes Types => s_types.Value;
}
