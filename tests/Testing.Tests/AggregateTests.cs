using Orderly.Domain.Deciding;
using static Orderly.Testing.Scenario;

namespace Orderly.Testing.Tests;

/// <summary>Given events, when command, then events; and each check fails on an aggregate that it is meant for.</summary>
public class AggregateTests
{
    private static readonly Filled s_filled = new("p", 5, "thanks");

    [Fact]
    public void An_aggregate_that_does_as_expected_passes()
    {
        When<Purse>(purse => Decision.Accept(new Filled("p", purse.Sum * 2, null)), s_filled).Then(new Filled("p", 10, null));
        When<Purse>(_ => Decision.Nothing).ThenNothing();
        Assert.Equal("p", When<Purse>(_ => new Refusal(RefusalKind.NotFound, "p")).ThenRefused(RefusalKind.NotFound).Detail);
        Assert.Equal(5, Given<Purse>(PurseEvents.Types, s_filled).State.Sum);
    }

    [Fact]
    public void Events_of_an_older_version_can_be_given()
        => Assert.Equal(
            7, Given<Purse>(PurseEvents.Types, new Written("filled.v1", """{"purseId":"p","amount":7,"coins":[]}""")).State.Sum);

    [Fact]
    public void What_differs_is_told_line_by_line()
    {
        var outcome = When<Purse>(_ => Decision.Accept(s_filled, new Emptied("p")));

        Failing.With(
            () => outcome.Then(new Filled("p", 6, "thanks"), new Emptied("p")),
            """- filled.v2 {"purseId":"p","amount":6,"note":"thanks"}""",
            """+ filled.v2 {"purseId":"p","amount":5,"note":"thanks"}""",
            """  emptied.v1 {"purseId":"p"}""");
        Failing.With(() => outcome.ThenNothing(), "+ filled.v2", "+ emptied.v1");
        Failing.With(() => outcome.ThenRefused(RefusalKind.Invalid), "It is not refused as Invalid", "emptied.v1");
    }

    [Fact]
    public void A_refusal_is_no_accepted_command_and_no_other_refusal()
    {
        var outcome = When<Purse>(_ => new Refusal(RefusalKind.NotFound, "There is no purse."));

        Failing.With(() => outcome.ThenNothing(), "There is no purse.");
        Failing.With(() => outcome.ThenRefused(RefusalKind.Invalid), "There is no purse.");
    }

    [Fact]
    public void A_decision_that_is_another_one_the_second_time_fails()
        => Failing.With(
            () => When<Purse>(_ => Decision.Accept(new Filled("p", 1, Guid.NewGuid().ToString()))), "decided otherwise the second time");

    [Fact]
    public void A_state_that_is_changed_in_place_fails()
        => Failing.With(
            () => When<ChangedInPlace>(state => Decision.Accept(new Filled("p", state.Amounts.Count, null))),
            "decided otherwise the second time");

    [Fact]
    public void A_state_that_is_another_one_of_the_same_events_fails()
        => Failing.With(() => When<Unsteady>(state => Decision.Accept(new Filled("p", 1, state.Id)), s_filled), "folded anew");

    [Fact]
    public void An_event_that_does_not_come_back_from_its_json_fails_given_or_produced()
    {
        var whispered = new Whispered("p") { Word = "secret" };
        const string Failure = "Whispered is not the same after it was written and read";

        Failing.With(() => Given<Purse>(PurseEvents.Types, whispered), Failure);
        Failing.With(() => When<Purse>(_ => Decision.Accept(whispered)), Failure);
    }

    [Fact]
    public void An_event_that_can_t_be_evolved_fails()
        => Failing.With(
            () => When<Purse>(_ => Decision.Accept(new Whispered("p"))), """Evolve threw for whispered.v1 {"purseId":"p"}""");

    [Fact]
    public void A_decision_that_throws_on_what_it_has_produced_fails()
        => Failing.With(
            () => When<Purse>(purse => purse.Sum == 0
                ? Decision.Accept(new Filled("p", 1, null))
                : throw new InvalidOperationException("It is full.")),
            "threw instead of deciding on Purse { Sum = 1 }");

    [Fact]
    public void A_state_that_an_event_of_others_changes_fails()
        => Failing.With(
            () => When<Grabbing>(_ => Decision.Nothing, s_filled), "Grabbing changes with an event that is not its own");

    [Fact]
    public void An_event_that_nobody_registered_is_an_error()
        => Assert.Throws<ArgumentException>(() => Given<Purse>(PurseEvents.Types, "not an event"));

    private static Decided When<TState>(Func<TState, Decision> decision, params IReadOnlyList<object> events)
        where TState : class, IAggregate<TState>
        => Given<TState>(PurseEvents.Types, events).When(new Do<TState>("p", decision) { Context = Context });

    private sealed class ChangedInPlace : IAggregate<ChangedInPlace>
    {
        public static string Category => "purse";

        public static ChangedInPlace Initial => new();

        public List<long> Amounts { get; } = [];

        public static ChangedInPlace Evolve(ChangedInPlace state, object @event)
        {
            if (@event is Filled e)
            {
                state.Amounts.Add(e.Amount);
            }

            return state;
        }
    }

    private sealed record Unsteady(string Id) : IAggregate<Unsteady>
    {
        public static string Category => "purse";

        public static Unsteady Initial { get; } = new("");

        public static Unsteady Evolve(Unsteady state, object @event)
            => @event is Filled ? new Unsteady(Guid.NewGuid().ToString()) : state;
    }

    private sealed record Grabbing(long Events) : IAggregate<Grabbing>
    {
        public static string Category => "purse";

        public static Grabbing Initial { get; } = new(0);

        public static Grabbing Evolve(Grabbing state, object @event) => new(state.Events + 1);
    }
}
