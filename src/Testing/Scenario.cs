using Orderly.Domain;
using Orderly.Domain.Deciding;
using Orderly.Domain.Serialization;
using Orderly.Subscriptions;

namespace Orderly.Testing;

/// <summary>
/// Where a test begins: given events, when command, then events; given events, then documents; given events, then what a process does.
/// Each also checks what always has to hold, and fails with what does not.
/// </summary>
/// <remarks>For <c>using static Orderly.Testing.Scenario</c>. Where no event types are named, they are those of Orderly.</remarks>
public static class Scenario
{
    /// <summary>The time at which a scenario begins; its clock stands still there.</summary>
    public static DateTimeOffset Now { get; } = new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);

    /// <summary>The context of a command that is sent <see cref="Now"/>.</summary>
    public static CommandContext Context { get; }
        = CommandContext.ForRequest(Guid.Parse("0193504e-0000-7000-8000-000000000001"), "tester", Now);

    /// <summary>Given the events of one stream.</summary>
    /// <example>
    /// <code>
    /// Given&lt;Product&gt;(new ProductAdded("LAMP", "Lamp", null, new Money(20, "EUR"), Now))
    ///     .When(new ChangePrice("LAMP", 25, "EUR") { Context = Context })
    ///     .Then(new PriceChanged("LAMP", new Money(25, "EUR"), Now));
    /// </code>
    /// </example>
    public static GivenEvents<TState> Given<TState>(params IReadOnlyList<object> events)
        where TState : class, IAggregate<TState>
        => new(OrderlyEvents.Types, events);

    /// <inheritdoc cref="Given{TState}(IReadOnlyList{object})"/>
    public static GivenEvents<TState> Given<TState>(EventTypes types, params IReadOnlyList<object> events)
        where TState : class, IAggregate<TState>
        => new(types, events);

    /// <summary>An event as the log has it, read as the newest version of its type.</summary>
    /// <example>
    /// <code>
    /// Assert.Equal(new PriceChanged("LAMP", new Money(25, "EUR"), Now), Read(new Written("price-changed.v1", json)));
    /// </code>
    /// </example>
    public static object Read(Written written, EventTypes? types = null)
    {
        var read = types ?? OrderlyEvents.Types;
        return GivenLog.Read(read, GivenLog.Record(read, [("a-1", written)])[0]);
    }

    /// <summary>A view, or what a process remembers.</summary>
    /// <example>
    /// <code>
    /// View(new PriceHistoryProjection())
    ///     .After("product-LAMP", new ProductAdded("LAMP", "Lamp", null, new Money(20, "EUR"), Now))
    ///     .Is("LAMP", new PriceHistory("LAMP", [new PricePoint(20, "EUR", Now)]));
    /// </code>
    /// </example>
    public static ViewScenario<TDocument> View<TDocument>(IProjection<TDocument> projection, EventTypes? types = null)
        where TDocument : class
        => new(projection, types ?? OrderlyEvents.Types);

    /// <summary>A process, with all that it does.</summary>
    /// <param name="start">Starts it: called at the beginning and again after each crash, so it must make a new process each time.</param>
    /// <example>
    /// <code>
    /// await Process(services => new Dispatch(services.Commands))
    ///     .After(("product-LAMP", reserved), ("order-o-1", shipped))
    ///     .ThenAsync(("product-LAMP", new StockDispatched("LAMP", "o-1", 2, Now)));
    /// </code>
    /// </example>
    public static ProcessScenario<TState> Process<TState>(Func<ProcessServices, IProcess<TState>> start, EventTypes? types = null)
        where TState : class
        => new(start, types ?? OrderlyEvents.Types, []);
}
