using Orderly.Domain.EventStore;

namespace Orderly.Contracts.EventStore;

public abstract partial class EventStoreContract
{
    public static TheoryData<string> BadStreamNames => ["", "$system", new string('x', IEventStore.MaxStreamNameLength + 1)];

    [SkippableFact]
    public async Task An_append_to_a_new_stream_starts_at_revision_zero_and_counts_its_events()
    {
        var stream = NewStream();
        var answer = await AppendedAsync(stream, NewEvents(3));
        Assert.Equal(2, answer.Revision);
        Assert.Equal([0, 1, 2], (await ReadAsync(stream)).Select(@event => @event.Revision));
    }

    [SkippableFact]
    public async Task The_answer_names_the_revision_and_position_that_the_last_event_is_read_with()
    {
        var stream = NewStream();
        await AppendedAsync(stream, NewEvents(2));
        var answer = await AppendedAsync(stream, NewEvents(3));
        var last = (await ReadAsync(stream))[^1];
        Assert.Equal((last.Revision, last.Position), (answer.Revision, answer.Position));
        Assert.Equal(last.Position, (await ReadLogAsync(LogPosition.Start, EventFilter.ByStreamPrefix(stream)))[^1].Position);
    }

    [SkippableFact]
    public async Task An_append_that_expects_no_stream_succeeds_once()
    {
        var stream = NewStream();
        Assert.IsType<AppendResult.Appended>(await AppendAsync(stream, ExpectedRevision.NoStream, NewEvents(2)));
        Assert.Equal(new AppendResult.WrongExpectedRevision(1), await AppendAsync(stream, ExpectedRevision.NoStream, NewEvent()));
        Assert.Equal(2, (await ReadAsync(stream)).Count);
    }

    [SkippableFact]
    public async Task An_append_that_expects_the_last_revision_succeeds()
    {
        var stream = NewStream();
        await AppendedAsync(stream, NewEvents(2));
        var answer = Assert.IsType<AppendResult.Appended>(await AppendAsync(stream, ExpectedRevision.Exactly(1), NewEvent()));
        Assert.Equal(2, answer.Revision);
    }

    [SkippableTheory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(1000)]
    public async Task An_append_that_expects_another_revision_is_refused_and_told_the_actual_one(long expected)
    {
        var stream = NewStream();
        await AppendedAsync(stream, NewEvents(3));
        Assert.Equal(new AppendResult.WrongExpectedRevision(2), await AppendAsync(stream, ExpectedRevision.Exactly(expected), NewEvent()));
        Assert.Equal(3, (await ReadAsync(stream)).Count);
    }

    [SkippableFact]
    public async Task An_append_that_expects_a_revision_of_a_stream_that_is_not_there_is_refused()
    {
        var stream = NewStream();
        Assert.Equal(new AppendResult.WrongExpectedRevision(-1), await AppendAsync(stream, ExpectedRevision.Exactly(0), NewEvent()));
        Assert.Empty(await ReadAsync(stream));
    }

    [SkippableFact]
    public async Task An_append_that_expects_the_stream_to_exist_is_refused_until_it_does()
    {
        var stream = NewStream();
        Assert.Equal(new AppendResult.WrongExpectedRevision(-1), await AppendAsync(stream, ExpectedRevision.StreamExists, NewEvent()));
        await AppendedAsync(stream, NewEvent());
        var answer = Assert.IsType<AppendResult.Appended>(await AppendAsync(stream, ExpectedRevision.StreamExists, NewEvent()));
        Assert.Equal(1, answer.Revision);
    }

    [SkippableFact]
    public async Task An_append_without_a_condition_always_succeeds()
    {
        var stream = NewStream();
        Assert.Equal(0, (await AppendedAsync(stream, NewEvent())).Revision);
        Assert.Equal(1, (await AppendedAsync(stream, NewEvent())).Revision);
    }

    [SkippableFact]
    public async Task Events_of_one_append_are_neighbours_in_the_stream_in_their_order()
    {
        var stream = NewStream();
        var events = NewEvents(100);
        await AppendedAsync(stream, events);
        Assert.Equal(IdsOf(events), IdsOf(await ReadAsync(stream)));
    }

    [SkippableFact]
    public async Task An_append_without_events_is_an_error()
    {
        var stream = NewStream();
        await Assert.ThrowsAnyAsync<ArgumentException>(() => AppendAsync(stream, ExpectedRevision.Any));
        Assert.Empty(await ReadAsync(stream));
    }

    [SkippableFact]
    public async Task An_append_with_an_id_twice_is_an_error_and_writes_nothing()
    {
        var stream = NewStream();
        var twice = NewEvent();
        await Assert.ThrowsAnyAsync<ArgumentException>(() => AppendAsync(stream, ExpectedRevision.Any, twice, NewEvent(), twice));
        Assert.Empty(await ReadAsync(stream));
    }

    [SkippableTheory]
    [InlineData(1)]
    [InlineData(8)]
    public async Task An_append_that_is_too_large_is_an_error_and_writes_nothing(int events)
    {
        var stream = NewStream();
        var piece = NewEvent(data: Json(IEventStore.MaxAppendBytes / events));
        var tooLarge = Enumerable.Range(0, events).Select(_ => piece with { Id = Guid.NewGuid() }).Append(NewEvent()).ToArray();
        await Assert.ThrowsAnyAsync<ArgumentException>(() => AppendAsync(stream, ExpectedRevision.Any, tooLarge));
        Assert.Empty(await ReadAsync(stream));
    }

    [SkippableFact]
    public async Task A_large_append_below_the_limit_succeeds()
    {
        var stream = NewStream();
        var large = NewEvent(data: Json(IEventStore.MaxAppendBytes - 4096));
        await AppendedAsync(stream, large);
        Assert.True(Assert.Single(await ReadAsync(stream)).Data.Span.SequenceEqual(large.Data.Span));
    }

    [SkippableTheory]
    [MemberData(nameof(BadStreamNames))]
    public async Task A_bad_stream_name_is_an_error_everywhere(string name)
    {
        await Assert.ThrowsAnyAsync<ArgumentException>(() => AppendAsync(name, ExpectedRevision.Any, NewEvent()));
        await Assert.ThrowsAnyAsync<ArgumentException>(() => ReadAsync(name));
        await Assert.ThrowsAnyAsync<ArgumentException>(() => Store.ReadMetadataAsync(name, Guard));
        await Assert.ThrowsAnyAsync<ArgumentException>(() => Store.SetMetadataAsync(name, StreamMetadata.KeepAll, Guard));
        await Assert.ThrowsAnyAsync<ArgumentException>(() => Store.DeleteStreamAsync(name, Guard));
    }

    [SkippableFact]
    public async Task The_longest_name_and_names_beyond_ascii_work()
    {
        foreach (var name in new[] { NewStream().PadRight(IEventStore.MaxStreamNameLength, 'x'), NewStream() + "-Bücher-雪-𝄞" })
        {
            await AppendedAsync(name, NewEvent());
            Assert.Equal(name, Assert.Single(await ReadAsync(name)).Stream);
        }
    }

    [SkippableFact]
    public async Task A_cancelled_append_throws_and_writes_nothing()
    {
        var stream = NewStream();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => Store.AppendAsync(stream, ExpectedRevision.Any, [NewEvent()], new CancellationToken(canceled: true)));
        Assert.Empty(await ReadAsync(stream));
    }

    /// <summary>A JSON text of so many bytes.</summary>
    private static string Json(int bytes) => $"\"{new string('x', bytes - 2)}\"";
}
