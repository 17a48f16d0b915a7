using Orderly.Domain;
using Orderly.Domain.EventStore;
using Orderly.Subscriptions;

namespace Orderly.Processes.Tests;

/// <summary>Given events, then what a process remembers.</summary>
internal static class Fold
{
    public static readonly DateTimeOffset Now = new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);

    private static readonly Dictionary<Type, string> s_names = OrderlyEvents.Types.Current.ToDictionary();

    /// <summary>The state of one document after each of these events, all of one stream.</summary>
    public static IReadOnlyList<TState?> Of<TState>(IProjection<TState> process, string id, params IReadOnlyList<object> events)
        where TState : class
    {
        List<TState?> states = [];
        foreach (var @event in events)
        {
            var envelope = new EventEnvelope(
                new RecordedEvent(
                    Guid.NewGuid(),
                    "order-o",
                    states.Count,
                    new LogPosition(states.Count + 1),
                    s_names[@event.GetType()],
                    default,
                    default,
                    Now), @event);
            Assert.Contains(id, process.DocumentIdsOf(envelope));
            states.Add(process.Project(id, states.LastOrDefault(), envelope));
        }

        return states;
    }
}
