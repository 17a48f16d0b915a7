using Orderly.Domain.EventStore;

namespace Orderly.Contracts.EventStore;

public abstract partial class EventStoreContract
{
    [SkippableFact]
    public async Task A_stream_that_is_not_there_reads_as_empty()
    {
        Assert.Empty(await ReadAsync(NewStream()));
        Assert.Empty(await ReadAsync(NewStream(), ReadDirection.Backwards));
    }

    [SkippableFact]
    public async Task An_event_is_read_exactly_as_it_was_appended()
    {
        var stream = NewStream();
        var @event = NewEvent("price-changed.v12", """{"name":"Zoë ☃ 𝄞","spaced" : 1.50}""", """{"who":"Ωmega"}""");
        var answer = await AppendedAsync(stream, @event);

        var recorded = Assert.Single(await ReadAsync(stream));
        Assert.Equal(
            (@event.Id, stream, 0L, answer.Position, "price-changed.v12"),
            (recorded.Id, recorded.Stream, recorded.Revision, recorded.Position, recorded.Type));
        Assert.Equal(@event.Data.ToArray(), recorded.Data.ToArray());
        Assert.Equal(@event.Metadata.ToArray(), recorded.Metadata.ToArray());
        Assert.Equal(TimeSpan.Zero, recorded.RecordedAt.Offset);
    }

    [SkippableFact]
    public async Task Metadata_may_be_empty()
    {
        var stream = NewStream();
        await AppendedAsync(stream, NewEvent(metadata: ""));
        var recorded = Assert.Single(await ReadAsync(stream));
        Assert.True(recorded.Metadata.IsEmpty);
        Assert.False(recorded.Data.IsEmpty);
    }

    [SkippableFact]
    public async Task The_stream_and_the_log_show_the_same_event()
    {
        var stream = NewStream();
        await AppendedAsync(stream, NewEvents(2));
        var inStream = await ReadAsync(stream);
        var inLog = await ReadLogAsync(LogPosition.Start, OwnStreams);
        Assert.Equal(inStream.Select(Describe), inLog.Select(Describe));

        static object Describe(RecordedEvent e)
            => (e.Id, e.Stream, e.Revision, e.Position, e.Type, Convert.ToHexString(e.Data.Span), e.RecordedAt);
    }

    [SkippableTheory]
    [InlineData(ReadDirection.Forwards, 0, 3, new long[] { 0, 1, 2 })]
    [InlineData(ReadDirection.Forwards, 2, 2, new long[] { 2, 3 })]
    [InlineData(ReadDirection.Forwards, 4, long.MaxValue, new long[] { 4, 5 })]
    [InlineData(ReadDirection.Forwards, 6, long.MaxValue, new long[0])]
    [InlineData(ReadDirection.Backwards, long.MaxValue, 2, new long[] { 5, 4 })]
    [InlineData(ReadDirection.Backwards, long.MaxValue, long.MaxValue, new long[] { 5, 4, 3, 2, 1, 0 })]
    [InlineData(ReadDirection.Backwards, 3, 2, new long[] { 3, 2 })]
    [InlineData(ReadDirection.Backwards, 1, 100, new long[] { 1, 0 })]
    public async Task A_stream_is_read_from_any_revision_in_both_directions(
        ReadDirection direction, long from, long limit, long[] revisions)
    {
        var stream = NewStream();
        await AppendedAsync(stream, NewEvents(6));
        Assert.Equal(revisions, (await ReadAsync(stream, direction, from, limit)).Select(@event => @event.Revision));
    }

    [SkippableTheory]
    [InlineData(ReadDirection.Forwards)]
    [InlineData(ReadDirection.Backwards)]
    public async Task A_long_stream_is_read_whole(ReadDirection direction)
    {
        var stream = NewStream();
        var events = NewEvents(2500);
        foreach (var piece in events.Chunk(500))
        {
            await AppendedAsync(stream, piece);
        }

        var ids = direction == ReadDirection.Forwards ? IdsOf(events) : IdsOf(events).Reverse();
        Assert.Equal(ids, IdsOf(await ReadAsync(stream, direction)));
    }

    [SkippableFact]
    public async Task A_stream_shows_only_its_own_events()
    {
        var stream = NewStream();
        await AppendedAsync(stream, NewEvent());
        await AppendedAsync(stream + "0", NewEvent());
        Assert.Equal(stream, Assert.Single(await ReadAsync(stream)).Stream);
    }

    [SkippableFact]
    public async Task The_log_is_read_in_the_order_of_the_appends()
    {
        var start = await Store.ReadHeadAsync(Guard);
        var ids = new List<Guid>();
        var streams = new[] { NewStream(), NewStream(), NewStream() };
        for (var i = 0; i < 30; i++)
        {
            var @event = NewEvent();
            await AppendedAsync(streams[i % 3], @event);
            ids.Add(@event.Id);
        }

        var log = await ReadLogAsync(start, OwnStreams);
        Assert.Equal(ids, IdsOf(log));
        AssertInLogOrder([.. log.Select(@event => @event.Position)]);
        Assert.Equal(ids, IdsOf(await ReadLogAsync(LogPosition.Start, OwnStreams)));
    }

    [SkippableFact]
    public async Task The_log_is_read_up_to_a_limit()
    {
        var start = await Store.ReadHeadAsync(Guard);
        var events = NewEvents(10);
        await AppendedAsync(NewStream(), events);
        Assert.Equal(IdsOf(events[..4]), IdsOf(await ReadLogAsync(start, OwnStreams, 4)));
    }

    [SkippableFact]
    public async Task Reading_the_log_after_a_position_yields_exactly_the_rest()
    {
        var start = await Store.ReadHeadAsync(Guard);
        await AppendedAsync(NewStream(), NewEvents(20));
        var log = await ReadLogAsync(start, OwnStreams);
        for (var i = 0; i < log.Count; i++)
        {
            Assert.Equal(IdsOf(log[(i + 1)..]), IdsOf(await ReadLogAsync(log[i].Position, OwnStreams)));
        }
    }

    [SkippableFact]
    public async Task The_log_is_read_backwards_from_its_end_and_from_every_event()
    {
        var (a, b) = (NewStream("a"), NewStream("b"));
        for (var i = 0; i < 20; i++)
        {
            await AppendedAsync(i % 3 == 0 ? a : b, NewEvents(2));
        }

        var log = await ReadLogAsync(LogPosition.Start, OwnStreams);
        Assert.Equal(IdsOf(log).Reverse(), IdsOf(await ReadLogBackwardsAsync(LogPosition.End, OwnStreams)));
        for (var i = 0; i < log.Count; i++)
        {
            Assert.Equal(IdsOf(log[..(i + 1)]).Reverse(), IdsOf(await ReadLogBackwardsAsync(log[i].Position, OwnStreams)));
        }

        Assert.Equal(IdsOf(log).Reverse().Take(3), IdsOf(await ReadLogBackwardsAsync(LogPosition.End, OwnStreams, 3)));
        Assert.Equal([log[4].Id], IdsOf(await ReadLogBackwardsAsync(log[4].Position, EventFilter.Everything, 1)));
        Assert.Empty(await ReadLogBackwardsAsync(LogPosition.End, OwnStreams, 0));
        Assert.Empty(await ReadLogBackwardsAsync(LogPosition.Start, EventFilter.Everything));
    }

    [SkippableFact]
    public async Task The_log_is_filtered_backwards_too()
    {
        var (a, b) = (NewStream("a"), NewStream("b"));
        var (one, two) = ($"{_category}.v1", $"{_category}.v2");
        foreach (var (stream, type) in new[] { (a, one), (b, two), (a, two), (b, one) })
        {
            await AppendedAsync(stream, NewEvent(type));
        }

        var byStream = await ReadLogBackwardsAsync(LogPosition.End, EventFilter.ByStreamPrefix($"{_category}a-"));
        var byType = await ReadLogBackwardsAsync(LogPosition.End, EventFilter.ByEventType(two));
        Assert.Equal([(a, two), (a, one)], byStream.Select(@event => (@event.Stream, @event.Type)));
        Assert.Equal([a, b], byType.Select(@event => @event.Stream));
        Assert.Equal([b], (await ReadLogBackwardsAsync(byType[1].Position, EventFilter.ByEventType(two))).Select(@event => @event.Stream));
    }

    [SkippableFact]
    public async Task The_log_is_filtered_by_stream_prefix()
    {
        var start = await Store.ReadHeadAsync(Guard);
        var (a, b, aa, upper) = (NewStream("a"), NewStream("b"), NewStream("aa"), NewStream("A"));
        foreach (var stream in new[] { a, b, aa, upper, a })
        {
            await AppendedAsync(stream, NewEvent());
        }

        Assert.Equal([a, a], (await ReadLogAsync(start, EventFilter.ByStreamPrefix($"{_category}a-"))).Select(@event => @event.Stream));
        Assert.Equal([a, aa, a], (await ReadLogAsync(start, EventFilter.ByStreamPrefix($"{_category}a"))).Select(@event => @event.Stream));
        Assert.Equal(
            [b, upper],
            (await ReadLogAsync(start, EventFilter.ByStreamPrefix($"{_category}A-", $"{_category}b-"))).Select(@event => @event.Stream));
    }

    [SkippableFact]
    public async Task The_log_is_filtered_by_event_type()
    {
        var start = await Store.ReadHeadAsync(Guard);
        var (one, two, three) = ($"{_category}.v1", $"{_category}.v2", $"{_category}.v11");
        await AppendedAsync(NewStream(), NewEvent(one), NewEvent(two), NewEvent(three), NewEvent(one), NewEvent());

        Assert.Equal([one, one], (await ReadLogAsync(start, EventFilter.ByEventType(one))).Select(@event => @event.Type));
        Assert.Equal([two, three], (await ReadLogAsync(start, EventFilter.ByEventType(three, two))).Select(@event => @event.Type));
    }

    [SkippableFact]
    public async Task The_head_is_at_or_after_every_append_that_was_answered()
    {
        var before = await Store.ReadHeadAsync(Guard);
        var answer = await AppendedAsync(NewStream(), NewEvents(2));
        var head = await Store.ReadHeadAsync(Guard);
        Assert.True(before < answer.Position);
        Assert.True(head >= answer.Position);
        Assert.Empty(await ReadLogAsync(head, OwnStreams));
    }
}
