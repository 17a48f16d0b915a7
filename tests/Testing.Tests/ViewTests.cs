using System.Text;
using Orderly.Domain.EventStore;
using Orderly.ReadModels.ViewStore;
using Orderly.Subscriptions;
using static Orderly.Testing.Scenario;

namespace Orderly.Testing.Tests;

/// <summary>Given events, then documents; and each check fails on a projection that it is meant for.</summary>
public class ViewTests
{
    private static readonly Tally s_tally = new((document, e) => new Total((document?.Sum ?? 0) + e.Amount));

    [Fact]
    public void A_projection_that_does_as_expected_passes()
    {
        var outcome = After(s_tally, new Filled("a", 5, "x"), new Filled("b", 1, null), new Filled("a", 2, "y"), new Emptied("b"));

        outcome.Is("a", new Total(7)).Is("b", null).Is("c", null);
        Assert.Equal(["a"], outcome.Ids);
        Assert.Equal(7, outcome.Of("a")!.Sum);
        Assert.Equal([5, 5, 7, 7], outcome.EachOf("a").Select(total => total!.Sum));
        Assert.Equal([null, 1, 1, null], outcome.EachOf("b").Select(total => total?.Sum));
    }

    [Fact]
    public void Many_events_are_folded_too()
        => After(s_tally, [.. Enumerable.Range(1, 100).Select(i => new Filled("a", i, null))]).Is("a", new Total(5050));

    [Fact]
    public void What_differs_is_told_field_by_field()
    {
        Failing.With(
            () => After(s_tally, new Filled("a", 5, null)).Is("a", new Total(6)),
            "tally: the document 'a' is another one", """-   "sum": 6,""", """+   "sum": 5,""");
        Failing.With(() => After(s_tally, new Filled("a", 5, null)).Is("a", null), "- no document");
    }

    [Fact]
    public void A_projection_that_makes_another_document_the_second_time_fails()
    {
        var calls = 0;
        Tally tally = new((_, _) => new Total(++calls));
        Failing.With(() => After(tally, new Filled("a", 1, null)), "another document 'a' the second time");
    }

    [Fact]
    public void A_projection_that_names_other_documents_the_second_time_fails()
    {
        Tally tally = new((_, e) => new Total(e.Amount)) { IdsOf = _ => [Guid.NewGuid().ToString()] };
        Failing.With(() => After(tally, new Filled("a", 1, null)), "names other documents the second time");
    }

    [Fact]
    public void A_projection_that_names_a_document_twice_fails()
    {
        Tally tally = new((_, e) => new Total(e.Amount)) { IdsOf = id => [id, id] };
        Failing.With(() => After(tally, new Filled("a", 1, null)), "names a document twice");
    }

    [Fact]
    public void A_projection_that_changes_the_document_it_was_given_fails()
    {
        Tally tally = new((document, e) =>
        {
            var total = document ?? new Total(0);
            total.Amounts.Add(e.Amount);
            return total;
        });
        Failing.With(
            () => After(tally, new Filled("a", 1, null), new Filled("a", 2, null)), "changed the document 'a' that it was given");
    }

    [Fact]
    public void State_that_the_document_s_json_does_not_keep_fails()
    {
        Tally tally = new((document, e) => new Total(document?.Unkept ?? 0) { Unkept = e.Amount });
        Failing.With(
            () => After(tally, new Filled("a", 1, null), new Filled("a", 2, null)),
            "another one when the events are folded in one batch, without JSON in between");
    }

    /// <summary>Only a document knows which events it holds: one that was removed takes them again.</summary>
    [Fact]
    public void A_projection_that_counts_an_event_again_when_it_comes_again_fails()
    {
        Tally tally = new((document, e) => (document?.Sum ?? 0) + e.Amount is var sum and not 0 ? new Total(sum) : null);
        Failing.With(
            () => After(tally, new Filled("a", 1, null), new Filled("a", -1, null), new Filled("b", 1, null)),
            "the document 'a' is another one when the events are delivered again from event 2 on");
    }

    [Fact]
    public void A_projection_that_throws_on_an_older_version_of_an_event_fails()
    {
        Tally tally = new((document, e) => new Total((document?.Sum ?? 0) + e.Note!.Length));
        Failing.With(
            () => After(tally, new Filled("a", 1, "first"), new Filled("a", 2, "second")),
            """tally threw at position 1, for purse-1: filled.v1 {"purseId":"a","amount":1,"coins":[]}""");
    }

    [Fact]
    public void An_older_version_that_is_given_is_the_one_that_is_tried()
    {
        Tally tally = new((document, e) => new Total((document?.Sum ?? 0) + (e.Amount == 1 ? e.Note!.Length : e.Amount)));
        After(tally, new Filled("a", 1, "first"), new Written("filled.v1", """{"purseId":"a","amount":7,"coins":["x"]}"""))
            .Is("a", new Total(12));
    }

    [Fact]
    public void An_event_for_which_it_throws_is_told()
    {
        Tally tally = new((_, _) => throw new InvalidOperationException("It is full."));
        Failing.With(() => After(tally, new Filled("a", 1, null)), "tally threw at position 1, for purse-1: filled.v2", "It is full.");
    }

    [Fact]
    public void An_event_that_the_view_does_not_hear_is_an_error()
        => Failing.With(
            () => View(s_tally, PurseEvents.Types).After("wallet-1", new Filled("a", 1, null)), "tally does not hear wallet-1");

    [Fact]
    public async Task A_whole_log_is_folded_and_the_event_for_which_it_throws_is_told()
    {
        Tally tally = new((_, e) => e.Amount < 0 ? throw new InvalidOperationException("No.") : new Total(e.Amount));
        var log = await LogAsync([.. Enumerable.Range(0, 1200).Select(i => new Filled($"p-{i % 7}", i, null))]);
        await View(tally, PurseEvents.Types).NeverThrowsOnAsync(log);

        await AppendAsync(log, new Filled("bad", -1, null));
        await Failing.WithAsync(
            () => View(tally, PurseEvents.Types).NeverThrowsOnAsync(log),
            """tally threw at position 1201, for purse-1: filled.v2 {"purseId":"bad","amount":-1,"note":null}""");
    }

    [Fact]
    public async Task An_event_of_a_log_that_can_t_be_read_is_told()
    {
        var log = await LogAsync(new Filled("a", 1, null), new Written("filled.v9", "{}"));
        await Failing.WithAsync(
            () => View(s_tally, PurseEvents.Types).NeverThrowsOnAsync(log),
            "An event at position 2 can't be read: event type 'filled.v9' is newer");
    }

    private static ViewOutcome<Total> After(Tally tally, params IReadOnlyList<object> events)
        => View(tally, PurseEvents.Types).After("purse-1", events);

    private static async Task<MemoryEventStore> LogAsync(params IReadOnlyList<object> events)
    {
        var log = new MemoryEventStore();
        foreach (var e in events)
        {
            await AppendAsync(log, e);
        }

        return log;
    }

    private static Task<AppendResult> AppendAsync(MemoryEventStore log, object @event)
    {
        var encoded = @event is Written written
            ? new NewEvent(Guid.NewGuid(), written.Type, Encoding.UTF8.GetBytes(written.Json), default)
            : PurseEvents.Types.Encode(
                Guid.NewGuid(), @event, version => new(Guid.Empty, Guid.Empty, Guid.Empty, "tester", Now, version));
        return log.AppendAsync("purse-1", ExpectedRevision.Any, [encoded], CancellationToken.None);
    }

    /// <summary>What was put into each purse, as a test has it counted.</summary>
    private sealed class Tally(Func<Total?, Filled, Total?> count) : IProjection<Total>
    {
        public Func<string, IReadOnlyList<string>> IdsOf { get; init; } = id => [id];

        public View<Total> View { get; } = new("tally", 1, PurseJson.Default.Total);

        public EventFilter Filter { get; } = EventFilter.ByStreamPrefix("purse-");

        public IReadOnlyList<string> DocumentIdsOf(EventEnvelope envelope) => envelope.Event switch
        {
            Filled e => IdsOf(e.PurseId),
            Emptied e => IdsOf(e.PurseId),
            _ => [],
        };

        public Total? Project(string id, Total? document, EventEnvelope envelope)
            => envelope.Event is Filled e ? count(document, e) : null;
    }
}
