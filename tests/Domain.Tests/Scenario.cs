using Orderly.Domain.Deciding;

namespace Orderly.Domain.Tests;

/// <summary>Given events, when command, then events.</summary>
internal static class Scenario
{
    public static readonly DateTimeOffset Now = new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);

    public static CommandContext Context { get; } = CommandContext.ForRequest(
        Guid.Parse("0193504e-0000-7000-8000-000000000001"), "tester", Now);

    public static State<TState> Given<TState>(params IReadOnlyList<object> events)
        where TState : class, IAggregate<TState>
        => new(events.Aggregate(TState.Initial, TState.Evolve));

    public sealed record State<TState>(TState Value)
        where TState : class, IAggregate<TState>
    {
        public Outcome When(Command<TState> command) => new(command.Decide(Value));
    }

    public sealed record Outcome(Decision Decision)
    {
        public void Then(params IReadOnlyList<object> events)
        {
            Assert.Null(Decision.Refusal);
            // Records that hold lists are not equal by value; their JSON is.
            Assert.Equal(events.Select(Describe), Decision.Events.Select(Describe));
        }

        public void ThenNothing()
        {
            Assert.Null(Decision.Refusal);
            Assert.Empty(Decision.Events);
        }

        public Refusal ThenRefused(RefusalKind kind)
        {
            Assert.Empty(Decision.Events);
            Assert.Equal(kind, Decision.Refusal?.Kind);
            return Decision.Refusal!;
        }

        private static string Describe(object @event)
            => $"{@event.GetType().Name} {System.Text.Json.JsonSerializer.Serialize(@event, @event.GetType())}";
    }
}
