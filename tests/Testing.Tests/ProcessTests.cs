using Orderly.Domain.Deciding;
using Orderly.Domain.EventStore;
using Orderly.ReadModels.ViewStore;
using Orderly.Subscriptions;
using static Orderly.Testing.Scenario;

namespace Orderly.Testing.Tests;

/// <summary>Given events, then what a process does; and each check fails on a process that it is meant for.</summary>
public class ProcessTests
{
    private static readonly (string, object)
        s_filled = ("purse-a", new Filled("a", 5, "note")),
        s_more = ("purse-a", new Filled("a", 2, "note"));

    [Fact]
    public async Task A_process_that_does_as_expected_passes_whenever_it_dies()
    {
        var starts = 0;
        var outcome = await Relaying(Start).After(s_filled).ThenAsync(("purse-b", new Filled("b", 5, null)));

        Assert.Equal("purse-b", Assert.Single(outcome.Recorded).Stream);
        Assert.Empty(outcome.Sent);

        // One commit for each event and one for many: undisturbed, and with a crash before and after its command and its commit.
        Assert.Equal(2 * (1 + (4 * 2)), starts);

        Relay Start(ProcessServices services)
        {
            starts++;
            return new Relay(services);
        }
    }

    [Fact]
    public Task What_it_does_is_compared_with_what_was_expected()
        => Failing.WithAsync(
            () => Relaying(services => new(services)).After(s_filled).ThenAsync(("purse-b", new Filled("b", 6, null))),
            """- purse-b: filled.v2 {"purseId":"b","amount":6,"note":null}""",
            """+ purse-b: filled.v2 {"purseId":"b","amount":5,"note":null}""");

    [Fact]
    public Task A_command_that_is_another_one_each_time_takes_effect_twice_and_fails()
        => Failing.WithAsync(
            () => Relaying(services => new(services) { NewContext = () => CommandContext.ForRequest(Guid.CreateVersion7(), "relay", Now) })
                .After(s_filled).RunAsync(),
            "With a commit for each event, and a crash after the append of purse-b: filled.v2",
            "+ purse-b: filled.v2");

    [Fact]
    public Task What_a_process_remembers_outside_of_its_state_fails()
        => Failing.WithAsync(
            () => Relaying(services =>
            {
                var seen = 0;
                return new(services) { AmountOf = _ => ++seen };
            }).After(s_filled, s_more).RunAsync(),
            "and a crash", """- purse-b: filled.v2 {"purseId":"b","amount":2,"note":null}""");

    [Fact]
    public Task What_it_remembers_in_its_state_outlives_it()
        => Relaying(services => new(services) { AmountOf = reaction => reaction.State!.Sum })
            .After(s_filled).After(s_more).ThenAsync(("purse-b", new Filled("b", 5, null)), ("purse-b", new Filled("b", 7, null)));

    [Fact]
    public async Task A_message_may_be_sent_once_more_and_must_be_the_same_then()
    {
        var outcome = await Relaying(services => new(services) { Sending = e => new Note(e.Recorded.Id) }).After(s_filled).RunAsync();
        Assert.IsType<Note>(Assert.Single(outcome.Sent));

        await Failing.WithAsync(
            () => Relaying(services => new(services) { Sending = _ => new Note(Guid.NewGuid()) }).After(s_filled).RunAsync(),
            "something else is sent");
    }

    [Fact]
    public Task An_event_on_which_it_can_t_act_is_told()
        => Failing.WithAsync(
            () => Relaying(services => new(services) { AmountOf = _ => throw new InvalidOperationException("It is full.") })
                .After(s_filled).RunAsync(),
            """relay threw when it acted on purse-a: filled.v2 {"purseId":"a","amount":5,"note":"note"}""", "It is full.");

    [Fact]
    public async Task What_is_due_is_done_when_the_clock_has_come_there_and_once()
    {
        var hour = TimeSpan.FromHours(1);
        var waiting = Process(services => new Emptying(services), PurseEvents.Types).After(s_filled).Later(hour - TimeSpan.FromSeconds(1));

        await waiting.ThenAsync();
        await waiting.Later(TimeSpan.FromSeconds(1)).Later(hour).ThenAsync(("purse-a", new Emptied("a")));
        await waiting.After(("purse-a", new Emptied("a"))).Later(hour).ThenAsync();
    }

    private static ProcessScenario<Total> Relaying(Func<ProcessServices, Relay> start) => Process(start, PurseEvents.Types);

    private sealed record Note(Guid EventId);

    /// <summary>Puts into purse b what is put into another one, and may tell somebody.</summary>
    private sealed class Relay(ProcessServices services) : IProcess<Total>
    {
        public Func<Reaction<Total>, long> AmountOf { get; init; } = reaction => ((Filled)reaction.Envelope.Event).Amount;

        public Func<CommandContext>? NewContext { get; init; }

        public Func<EventEnvelope, Note>? Sending { get; init; }

        public View<Total> View { get; } = new("relay", 1, PurseJson.Default.Total);

        public EventFilter Filter { get; } = EventFilter.ByStreamPrefix("purse-a");

        public IReadOnlyList<string> DocumentIdsOf(EventEnvelope envelope) => [((Filled)envelope.Event).PurseId];

        public Total? Project(string id, Total? document, EventEnvelope envelope)
            => new((document?.Sum ?? 0) + ((Filled)envelope.Event).Amount);

        public bool ReactsTo(EventEnvelope envelope) => true;

        public async Task ReactAsync(Reaction<Total> reaction, CancellationToken cancellationToken)
        {
            if (Sending is not null)
            {
                services.Send(Sending(reaction.Envelope));
                return;
            }

            var filled = new Filled("b", AmountOf(reaction), null);
            await services.Commands.SendAsync(
                EventReference.To(reaction.Envelope.Recorded), "relay", "fill",
                context => new Do<Purse>("b", _ => Decision.Accept(filled)) { Context = NewContext?.Invoke() ?? context },
                cancellationToken);
        }
    }

    /// <summary>Empties a purse an hour after it was filled.</summary>
    private sealed class Emptying(ProcessServices services) : ITimedProcess<Awaited>
    {
        public View<Awaited> View { get; } = new(
            "emptying", 1, PurseJson.Default.Awaited, new ViewField<Awaited>(ITimedProcess<Awaited>.DueField, state => state.Due));

        public EventFilter Filter { get; } = EventFilter.ByStreamPrefix("purse-");

        public TimeSpan Grace => TimeSpan.Zero;

        public IReadOnlyList<string> DocumentIdsOf(EventEnvelope envelope) => ["a"];

        public Awaited? Project(string id, Awaited? document, EventEnvelope envelope)
            => new(envelope.Event is Filled ? envelope.Recorded.RecordedAt.AddHours(1).ToUnixTimeMilliseconds() : null);

        public bool ReactsTo(EventEnvelope envelope) => false;

        public Task ReactAsync(Reaction<Awaited> reaction, CancellationToken cancellationToken) => Task.CompletedTask;

        public long? DueOf(Awaited state) => state.Due;

        public Task ElapseAsync(string id, Awaited state, CancellationToken cancellationToken)
            => services.Decider.ExecuteAsync(
                new Do<Purse>(id, purse => purse.Sum > 0 ? Decision.Accept(new Emptied(id)) : Decision.Nothing) { Context = Context },
                cancellationToken);
    }
}
