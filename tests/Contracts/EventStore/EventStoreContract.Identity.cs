using Orderly.Domain.EventStore;

namespace Orderly.Contracts.EventStore;

/// <content>What a reader can ask about the log to see that it is the one that it has read before.</content>
public abstract partial class EventStoreContract
{
    [SkippableFact]
    public async Task A_log_has_one_identity_whoever_asks_and_however_often()
    {
        var asked = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Store.ReadIdentityAsync(Guard)));

        Assert.True(Guid.TryParse(asked[0], out _));
        Assert.Single(asked.Distinct());
        await AppendedAsync(NewStream(), NewEvent());
        Assert.Equal(asked[0], await Store.ReadIdentityAsync(Guard));
    }

    [SkippableFact]
    public async Task The_identity_is_no_event_that_a_reader_sees()
    {
        await Store.ReadIdentityAsync(Guard);
        var events = await ReadLogAsync(LogPosition.Start, EventFilter.Everything);

        Assert.DoesNotContain(events, one => one.Type.Contains("identity", StringComparison.Ordinal));
        Assert.DoesNotContain(events, one => one.Stream.Contains("identity", StringComparison.Ordinal));
    }

    [SkippableFact]
    public async Task A_probe_is_no_event_that_a_reader_sees()
    {
        var before = await ReadLogAsync(LogPosition.Start, EventFilter.Everything);
        await Store.ProbeAsync(Guard);
        await Store.ProbeAsync(Guard);

        var after = await ReadLogAsync(LogPosition.Start, EventFilter.Everything);
        Assert.DoesNotContain(after.Skip(before.Count), one => one.Type.Contains("probe", StringComparison.Ordinal));
    }

    [SkippableFact]
    public async Task A_log_holds_an_event_at_its_own_position_only()
    {
        var events = NewEvents(3);
        await AppendedAsync(NewStream(), events);
        var recorded = await ReadLogAsync(LogPosition.Start, OwnStreams);

        Assert.Equal(events.Select(one => one.Id), recorded.Select(one => one.Id));
        foreach (var (at, id) in recorded.SelectMany(_ => events, (at, other) => (at, other.Id)))
        {
            Assert.Equal(at.Id == id, await Store.HoldsAsync(at.Position, id, Guard));
        }

        // On a server no event begins there.
        Assert.False(await Store.HoldsAsync(new LogPosition(recorded[0].Position.Value + 1), events[0].Id, Guard));
        var beyond = new LogPosition((await Store.ReadHeadAsync(Guard)).Value + 1_000_000_000);
        Assert.False(await Store.HoldsAsync(beyond, events[0].Id, Guard));
    }

    [SkippableFact]
    public async Task An_event_that_was_erased_counts_as_held()
    {
        var stream = NewStream();
        var position = (await AppendedAsync(stream, NewEvent())).Position;
        var id = (await ReadAsync(stream))[0].Id;
        await Store.DeleteStreamAsync(stream, Guard);

        Assert.True(await Store.HoldsAsync(position, id, Guard));
    }

    [SkippableFact]
    public async Task A_subscription_tells_an_event_that_its_filter_did_not_let_through()
    {
        var head = await Store.ReadHeadAsync(Guard);
        await AppendedAsync(NewStream("other"), NewEvents(3));
        var last = (await ReadLogAsync(LogPosition.Start, OwnStreams))[^1];

        // What is told without an event's id is told with one when the log goes on.
        await foreach (var message in Store.SubscribeAsync(head, EventFilter.ByEventType("nobody-appends-it.v1"), Guard))
        {
            Assert.Null(message.Event);
            Assert.True(message.EventId is null || message.Position != last.Position || message.EventId == last.Id);
            if (message.Position >= last.Position)
            {
                return;
            }
        }
    }
}
