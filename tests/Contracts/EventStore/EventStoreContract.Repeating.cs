using Orderly.Domain.EventStore;

namespace Orderly.Contracts.EventStore;

public abstract partial class EventStoreContract
{
    public enum Expecting
    {
        NoStream,
        Exactly,
        Any,
        StreamExists,
    }

    [SkippableTheory]
    [InlineData(Expecting.NoStream)]
    [InlineData(Expecting.Exactly)]
    [InlineData(Expecting.Any)]
    [InlineData(Expecting.StreamExists)]
    public async Task Repeating_an_append_answers_what_the_first_one_answered_and_writes_nothing(Expecting expecting)
    {
        var (stream, expected) = await StreamForAsync(expecting);
        var events = NewEvents(3);
        var first = Assert.IsType<AppendResult.Appended>(await AppendAsync(stream, expected, events));
        var before = await ReadAsync(stream);

        Assert.Equal(first, await AppendAsync(stream, expected, events));
        Assert.Equal(IdsOf(before), IdsOf(await ReadAsync(stream)));
    }

    [SkippableTheory]
    [InlineData(Expecting.NoStream)]
    [InlineData(Expecting.Exactly)]
    [InlineData(Expecting.Any)]
    [InlineData(Expecting.StreamExists)]
    public async Task Repeating_an_append_after_others_followed_answers_what_the_first_one_answered(Expecting expecting)
    {
        var (stream, expected) = await StreamForAsync(expecting);
        var events = NewEvents(2);
        var first = Assert.IsType<AppendResult.Appended>(await AppendAsync(stream, expected, events));
        await AppendedAsync(stream, NewEvents(2));
        var before = await ReadAsync(stream);

        Assert.Equal(first, await AppendAsync(stream, expected, events));
        Assert.Equal(IdsOf(before), IdsOf(await ReadAsync(stream)));
    }

    [SkippableTheory]
    [InlineData(Expecting.NoStream)]
    [InlineData(Expecting.Exactly)]
    [InlineData(Expecting.Any)]
    [InlineData(Expecting.StreamExists)]
    public async Task Repeating_an_append_with_an_event_more_is_refused(Expecting expecting)
    {
        var (stream, expected) = await StreamForAsync(expecting);
        var events = NewEvents(2);
        var first = Assert.IsType<AppendResult.Appended>(await AppendAsync(stream, expected, events));

        Assert.Equal(new AppendResult.WrongExpectedRevision(first.Revision), await AppendAsync(stream, expected, [.. events, NewEvent()]));
        Assert.Equal(first.Revision + 1, (await ReadAsync(stream)).Count);
    }

    [SkippableTheory]
    [InlineData(Expecting.NoStream)]
    [InlineData(Expecting.Exactly)]
    public async Task An_append_that_shares_only_its_first_event_with_an_earlier_one_is_refused(Expecting expecting)
    {
        var (stream, expected) = await StreamForAsync(expecting);
        var events = NewEvents(2);
        var first = Assert.IsType<AppendResult.Appended>(await AppendAsync(stream, expected, events));

        Assert.Equal(new AppendResult.WrongExpectedRevision(first.Revision), await AppendAsync(stream, expected, events[0], NewEvent()));
        Assert.Equal(first.Revision + 1, (await ReadAsync(stream)).Count);
    }

    [SkippableFact]
    public async Task Ids_decide_what_a_repetition_is_and_the_first_data_stays()
    {
        var stream = NewStream();
        var @event = NewEvent(data: """{"is":"first"}""");
        var first = await AppendAsync(stream, ExpectedRevision.NoStream, @event);
        Assert.Equal(
            first, await AppendAsync(stream, ExpectedRevision.NoStream, NewEvent(data: """{"is":"second"}""") with { Id = @event.Id }));
        Assert.True(Assert.Single(await ReadAsync(stream)).Data.Span.SequenceEqual(@event.Data.Span));
    }

    [SkippableFact]
    public async Task The_same_event_id_in_another_stream_is_another_event()
    {
        var (one, other) = (NewStream(), NewStream());
        var @event = NewEvent();
        await AppendedAsync(one, @event);
        await AppendedAsync(other, @event);
        Assert.Equal([one, other], (await ReadLogAsync(LogPosition.Start, OwnStreams)).Select(recorded => recorded.Stream));
    }

    [SkippableFact]
    public async Task The_same_append_sent_many_times_at_once_is_written_once()
    {
        var stream = NewStream();
        var events = NewEvents(3);
        var answers = await Task.WhenAll(Enumerable.Range(0, 32).Select(_ => AppendAsync(stream, ExpectedRevision.NoStream, events)));
        Assert.IsType<AppendResult.Appended>(Assert.Single(answers.Distinct()));
        Assert.Equal(IdsOf(events), IdsOf(await ReadAsync(stream)));
    }

    /// <summary>A stream as this expectation needs it, and the expectation that it fulfils.</summary>
    private async Task<(string Stream, ExpectedRevision Expected)> StreamForAsync(Expecting expecting)
    {
        var stream = NewStream();
        switch (expecting)
        {
            case Expecting.NoStream:
                return (stream, ExpectedRevision.NoStream);
            case Expecting.Any:
                return (stream, ExpectedRevision.Any);
            case Expecting.StreamExists:
                await AppendedAsync(stream, NewEvent());
                return (stream, ExpectedRevision.StreamExists);
            default:
                await AppendedAsync(stream, NewEvents(2));
                return (stream, ExpectedRevision.Exactly(1));
        }
    }
}
