using Orderly.Domain.EventStore;

namespace Orderly.Contracts.EventStore;

public abstract partial class EventStoreContract
{
    private const int Writers = 64;

    [SkippableFact]
    public async Task Of_many_writers_that_expect_the_same_revision_exactly_one_wins()
    {
        var stream = NewStream();
        for (var revision = 0L; revision < 10; revision++)
        {
            var expected = ExpectedRevision.Exactly(revision - 1);
            var answers = await Task.WhenAll(Enumerable.Range(0, Writers).Select(_ => AppendAsync(stream, expected, NewEvent())));
            Assert.Equal(revision, Assert.Single(answers.OfType<AppendResult.Appended>()).Revision);
            Assert.Equal(Writers - 1, answers.OfType<AppendResult.WrongExpectedRevision>().Count(answer => answer.Actual == revision));
        }

        Assert.Equal(10, (await ReadAsync(stream)).Count);
    }

    [SkippableFact]
    public async Task Writers_that_retry_on_conflict_all_get_through_and_no_event_is_lost()
    {
        var stream = NewStream();
        await Task.WhenAll(Enumerable.Range(0, 16).Select(async _ =>
        {
            var (@event, revision) = (NewEvent(), -1L);
            while (await AppendAsync(stream, ExpectedRevision.Exactly(revision), @event) is AppendResult.WrongExpectedRevision wrong)
            {
                revision = wrong.Actual;
            }
        }));
        Assert.Equal(
            Enumerable.Range(0, 16).Select(revision => (long)revision), (await ReadAsync(stream)).Select(@event => @event.Revision));
    }

    [SkippableFact]
    public async Task Batches_of_many_writers_to_one_stream_are_never_mixed()
    {
        var stream = NewStream();
        var batches = Enumerable.Range(0, Writers).Select(_ => NewEvents(3)).ToList();
        var answers = await Task.WhenAll(batches.Select(batch => AppendedAsync(stream, batch)));

        var inOrder = batches.Zip(answers).OrderBy(pair => pair.Second.Revision).SelectMany(pair => pair.First);
        Assert.Equal(IdsOf(inOrder), IdsOf(await ReadAsync(stream)));
    }

    [SkippableFact]
    public async Task While_many_write_every_subscriber_sees_every_event_once_and_in_one_order()
    {
        const int EventsEach = 20;
        const int Total = Writers * EventsEach;
        var start = await Store.ReadHeadAsync(Guard);
        var early = Enumerable.Range(0, 3).Select(_ => FollowEventsAsync(start, OwnStreams, Total)).ToList();
        var everything = FollowAsync(start, EventFilter.Everything, OnceOwnEventsSeen(Total));

        var answers = await Task.WhenAll(Enumerable.Range(0, Writers).Select(_ => WriteStreamAsync(NewStream(), EventsEach)));

        var late = await FollowEventsAsync(start, OwnStreams, Total);
        var seen = await Task.WhenAll(early);
        AssertInLogOrder([.. late.Select(@event => @event.Position)]);
        Assert.All(seen, events => Assert.Equal(IdsOf(late), IdsOf(events)));
        Assert.Equal(IdsOf(late), IdsOf(EventsOf(await everything).Where(IsOwn)));
        Assert.Equal(IdsOf(late), IdsOf(await ReadLogAsync(start, OwnStreams)));
        Assert.Equal(answers.SelectMany(positions => positions).Order(), late.Select(@event => @event.Position));
        Assert.All(
            late.GroupBy(@event => @event.Stream),
            events => Assert.Equal(
                Enumerable.Range(0, EventsEach).Select(revision => (long)revision), events.Select(@event => @event.Revision)));
    }

    /// <summary>Appends one event after the other and answers their positions.</summary>
    private async Task<List<LogPosition>> WriteStreamAsync(string stream, int events)
    {
        var positions = new List<LogPosition>();
        for (var revision = -1L; revision < events - 1; revision++)
        {
            var answer = await AppendAsync(stream, ExpectedRevision.Exactly(revision), NewEvent());
            positions.Add(Assert.IsType<AppendResult.Appended>(answer).Position);
        }

        return positions;
    }

    private Func<SubscriptionMessage, bool> OnceOwnEventsSeen(int count)
        => message => message.Event is { } @event && IsOwn(@event) && --count == 0;

    private bool IsOwn(RecordedEvent @event) => @event.Stream.StartsWith(_category, StringComparison.Ordinal);
}
