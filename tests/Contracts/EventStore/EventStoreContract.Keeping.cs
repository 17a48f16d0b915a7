using Orderly.Domain.EventStore;

namespace Orderly.Contracts.EventStore;

public abstract partial class EventStoreContract
{
    public static TheoryData<ExpectedRevision> Expectations
        => [ExpectedRevision.Any, ExpectedRevision.NoStream, ExpectedRevision.StreamExists, ExpectedRevision.Exactly(2)];

    [SkippableFact]
    public async Task A_stream_keeps_everything_unless_told_otherwise()
    {
        var stream = NewStream();
        Assert.Equal(StreamMetadata.KeepAll, await Store.ReadMetadataAsync(stream, Guard));
        await AppendedAsync(stream, NewEvent());
        Assert.Equal(StreamMetadata.KeepAll, await Store.ReadMetadataAsync(stream, Guard));
    }

    [SkippableFact]
    public async Task What_a_stream_keeps_is_read_as_it_was_set_and_replaced_as_a_whole()
    {
        var stream = NewStream();
        await AppendedAsync(stream, NewEvents(5));
        foreach (var metadata in new StreamMetadata[]
        {
            new(MaxCount: 3, MaxAge: TimeSpan.FromHours(2), TruncateBefore: 1), new(MaxAge: TimeSpan.FromDays(400)), new(MaxCount: 1),
            StreamMetadata.KeepAll,
        })
        {
            await Store.SetMetadataAsync(stream, metadata, Guard);
            Assert.Equal(metadata, await Store.ReadMetadataAsync(stream, Guard));
        }
    }

    /// <summary>EventStoreDB 23.10.8 cuts an age to whole seconds, and its client 23.3.8 can't read an age of 0 again.</summary>
    [SkippableFact]
    public async Task What_no_store_could_keep_as_it_is_is_refused_and_changes_nothing()
    {
        var stream = NewStream();
        await AppendedAsync(stream, NewEvents(3));
        var kept = new StreamMetadata(MaxCount: int.MaxValue, MaxAge: TimeSpan.FromSeconds(3600), TruncateBefore: 1);
        await Store.SetMetadataAsync(stream, kept, Guard);

        foreach (var metadata in new StreamMetadata[]
        {
            new(MaxCount: 0), new(MaxCount: int.MaxValue + 1L), new(MaxAge: TimeSpan.Zero), new(MaxAge: TimeSpan.FromMilliseconds(500)),
            new(MaxAge: TimeSpan.FromMilliseconds(1500)), new(MaxAge: -TimeSpan.FromSeconds(1)), new(TruncateBefore: -1),
        })
        {
            await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => Store.SetMetadataAsync(stream, metadata, Guard));
        }

        Assert.Equal(kept, await Store.ReadMetadataAsync(stream, Guard));
    }

    [SkippableFact]
    public async Task What_a_stream_keeps_can_be_set_before_its_first_event()
    {
        var stream = NewStream();
        await Store.SetMetadataAsync(stream, new StreamMetadata(MaxCount: 2), Guard);
        Assert.IsType<AppendResult.Appended>(await AppendAsync(stream, ExpectedRevision.NoStream, NewEvents(3)));
        Assert.Equal([1, 2], await RevisionsAsync(stream));
    }

    [SkippableFact]
    public async Task Truncated_events_are_gone_from_the_stream_and_its_revision_stays()
    {
        var stream = NewStream();
        await AppendedAsync(stream, NewEvents(5));
        await Store.SetMetadataAsync(stream, new StreamMetadata(TruncateBefore: 3), Guard);

        Assert.Equal([3, 4], await RevisionsAsync(stream));
        Assert.Equal([4, 3], await RevisionsAsync(stream, ReadDirection.Backwards));
        Assert.Equal(new AppendResult.WrongExpectedRevision(4), await AppendAsync(stream, ExpectedRevision.NoStream, NewEvent()));
        var answer = Assert.IsType<AppendResult.Appended>(await AppendAsync(stream, ExpectedRevision.Exactly(4), NewEvent()));
        Assert.Equal(5, answer.Revision);
    }

    [SkippableFact]
    public async Task All_but_the_last_event_can_be_truncated()
    {
        var stream = NewStream();
        await AppendedAsync(stream, NewEvents(5));
        await Store.SetMetadataAsync(stream, new StreamMetadata(TruncateBefore: 4), Guard);
        Assert.Equal([4], await RevisionsAsync(stream));

        await Assert.ThrowsAnyAsync<ArgumentOutOfRangeException>(
            () => Store.SetMetadataAsync(stream, new StreamMetadata(TruncateBefore: 5), Guard));
        Assert.Equal([4], await RevisionsAsync(stream));
    }

    [SkippableFact]
    public async Task A_stream_shows_only_its_newest_events_when_their_number_is_limited()
    {
        var stream = NewStream();
        await AppendedAsync(stream, NewEvents(5));
        await Store.SetMetadataAsync(stream, new StreamMetadata(MaxCount: 2), Guard);
        Assert.Equal([3, 4], await RevisionsAsync(stream));

        await AppendedAsync(stream, NewEvents(2));
        Assert.Equal([5, 6], await RevisionsAsync(stream));
        Assert.Equal([6, 5], await RevisionsAsync(stream, ReadDirection.Backwards));
    }

    [SkippableFact]
    public async Task A_stream_shows_only_its_younger_events_when_their_age_is_limited()
    {
        var stream = NewStream();
        await AppendedAsync(stream, NewEvents(2));
        await PassTimeAsync(TimeSpan.FromSeconds(2));
        await Store.SetMetadataAsync(stream, new StreamMetadata(MaxAge: TimeSpan.FromSeconds(1)), Guard);
        Assert.Empty(await ReadAsync(stream));
        Assert.Empty(await ReadAsync(stream, ReadDirection.Backwards));

        var answer = Assert.IsType<AppendResult.Appended>(await AppendAsync(stream, ExpectedRevision.Exactly(1), NewEvent()));
        Assert.Equal(2, answer.Revision);
    }

    [SkippableTheory]
    [MemberData(nameof(Expectations))]
    public async Task A_deleted_stream_reads_as_empty_and_takes_no_event_again(ExpectedRevision expected)
    {
        var stream = NewStream();
        await AppendedAsync(stream, NewEvents(3));
        await Store.DeleteStreamAsync(stream, Guard);

        Assert.Empty(await ReadAsync(stream));
        Assert.Empty(await ReadAsync(stream, ReadDirection.Backwards));
        Assert.Equal(new AppendResult.StreamDeleted(), await AppendAsync(stream, expected, NewEvent()));
        Assert.Empty(await ReadAsync(stream));
    }

    [SkippableFact]
    public async Task Deleting_a_stream_again_changes_nothing()
    {
        var stream = NewStream();
        await AppendedAsync(stream, NewEvent());
        await Store.DeleteStreamAsync(stream, Guard);
        await Store.DeleteStreamAsync(stream, Guard);
        Assert.Equal(new AppendResult.StreamDeleted(), await AppendAsync(stream, ExpectedRevision.Any, NewEvent()));
    }

    [SkippableFact]
    public async Task What_a_deleted_stream_keeps_can_be_set_without_effect()
    {
        var stream = NewStream();
        await AppendedAsync(stream, NewEvents(2));
        await Store.DeleteStreamAsync(stream, Guard);
        await Store.SetMetadataAsync(stream, new StreamMetadata(TruncateBefore: 1), Guard);
        Assert.Empty(await ReadAsync(stream));
        Assert.Equal(new AppendResult.StreamDeleted(), await AppendAsync(stream, ExpectedRevision.Any, NewEvent()));
    }

    [SkippableFact]
    public async Task A_stream_that_is_not_there_can_be_deleted_for_good()
    {
        var stream = NewStream();
        await Store.DeleteStreamAsync(stream, Guard);
        Assert.Equal(new AppendResult.StreamDeleted(), await AppendAsync(stream, ExpectedRevision.NoStream, NewEvent()));
    }

    [SkippableFact]
    public async Task Deleting_and_truncating_leave_other_streams_and_later_positions_alone()
    {
        var start = await Store.ReadHeadAsync(Guard);
        var (kept, deleted) = (NewStream("kept"), NewStream("deleted"));
        var events = NewEvents(2);
        await AppendedAsync(kept, events[0]);
        var last = await AppendedAsync(deleted, NewEvents(3));
        await Store.DeleteStreamAsync(deleted, Guard);
        var next = await AppendedAsync(kept, events[1]);

        Assert.True(next.Position > last.Position);
        Assert.Equal(IdsOf(events), IdsOf(await ReadLogAsync(start, EventFilter.ByStreamPrefix(kept))));
    }

    private async Task<IEnumerable<long>> RevisionsAsync(string stream, ReadDirection direction = ReadDirection.Forwards)
        => (await ReadAsync(stream, direction)).Select(@event => @event.Revision);
}
