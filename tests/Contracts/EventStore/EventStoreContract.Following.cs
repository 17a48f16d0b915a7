using Orderly.Domain.EventStore;

namespace Orderly.Contracts.EventStore;

public abstract partial class EventStoreContract
{
    [SkippableFact]
    public async Task A_subscription_yields_what_is_there_then_says_that_it_has_caught_up()
    {
        var start = await Store.ReadHeadAsync(Guard);
        var events = NewEvents(5);
        var answer = await AppendedAsync(NewStream(), events);

        var messages = await FollowAsync(start, OwnStreams, message => message.Kind == SubscriptionMessageKind.CaughtUp);
        Assert.Equal(IdsOf(events), IdsOf(EventsOf(messages)));
        Assert.True(messages[^1].Position >= answer.Position);
    }

    [SkippableFact]
    public async Task A_subscription_to_everything_yields_the_events_too()
    {
        var start = await Store.ReadHeadAsync(Guard);
        var events = NewEvents(5);
        await AppendedAsync(NewStream(), events);

        var messages = await FollowAsync(start, EventFilter.Everything, message => message.Kind == SubscriptionMessageKind.CaughtUp);
        Assert.Equal(IdsOf(events), IdsOf(EventsOf(messages)).Intersect(IdsOf(events)));
    }

    [SkippableFact]
    public async Task A_subscription_sees_events_that_are_appended_later()
    {
        var start = await Store.ReadHeadAsync(Guard);
        await using var subscription = Store.SubscribeAsync(start, OwnStreams, Guard).GetAsyncEnumerator(Guard);
        await NextAsync(subscription, SubscriptionMessageKind.CaughtUp);
        foreach (var @event in NewEvents(5))
        {
            await AppendedAsync(NewStream(), @event);
            Assert.Equal(@event.Id, (await NextAsync(subscription, SubscriptionMessageKind.Event)).Event!.Id);
        }
    }

    [SkippableFact]
    public async Task A_subscription_filters_by_stream_prefix_before_and_after_it_has_caught_up()
    {
        var start = await Store.ReadHeadAsync(Guard);
        var filter = EventFilter.ByStreamPrefix($"{_category}wanted-", $"{_category}also-");
        var (wanted, also, other) = (NewStream("wanted"), NewStream("also"), NewStream("other"));
        await AppendedAsync(other, NewEvent());
        await AppendedAsync(wanted, NewEvent());
        await using var subscription = Store.SubscribeAsync(start, filter, Guard).GetAsyncEnumerator(Guard);
        Assert.Equal(wanted, (await NextAsync(subscription, SubscriptionMessageKind.Event)).Event!.Stream);

        await NextAsync(subscription, SubscriptionMessageKind.CaughtUp);
        await AppendedAsync(other, NewEvent());
        await AppendedAsync(also, NewEvent());
        Assert.Equal(also, (await NextAsync(subscription, SubscriptionMessageKind.Event)).Event!.Stream);
    }

    [SkippableFact]
    public async Task A_subscription_filters_by_event_type_before_and_after_it_has_caught_up()
    {
        var start = await Store.ReadHeadAsync(Guard);
        var (one, two) = ($"{_category}.v1", $"{_category}.v2");
        await AppendedAsync(NewStream(), NewEvent(), NewEvent(one), NewEvent());
        await using var subscription = Store.SubscribeAsync(start, EventFilter.ByEventType(one, two), Guard).GetAsyncEnumerator(Guard);
        Assert.Equal(one, (await NextAsync(subscription, SubscriptionMessageKind.Event)).Event!.Type);

        await NextAsync(subscription, SubscriptionMessageKind.CaughtUp);
        await AppendedAsync(NewStream(), NewEvent(), NewEvent(two));
        Assert.Equal(two, (await NextAsync(subscription, SubscriptionMessageKind.Event)).Event!.Type);
    }

    [SkippableFact]
    public async Task Checkpoints_tell_what_the_filter_passed_over_while_catching_up()
    {
        var start = await Store.ReadHeadAsync(Guard);
        var passedOver = await AppendedAsync(NewStream("other"), NewEvents(50));

        var messages = await FollowAsync(
            start,
            EventFilter.ByStreamPrefix($"{_category}wanted-"),
            message => message.Kind == SubscriptionMessageKind.Checkpoint && message.Position >= passedOver.Position);
        Assert.Empty(EventsOf(messages));
    }

    [SkippableFact]
    public async Task Checkpoints_follow_the_head_of_the_log_after_catching_up()
    {
        var start = await Store.ReadHeadAsync(Guard);
        var filter = EventFilter.ByStreamPrefix($"{_category}wanted-");
        await using var subscription = Store.SubscribeAsync(start, filter, Guard).GetAsyncEnumerator(Guard);
        await NextAsync(subscription, SubscriptionMessageKind.CaughtUp);
        for (var i = 0; i < 5; i++)
        {
            var passedOver = await AppendedAsync(NewStream("other"), NewEvent());
            while ((await NextAsync(subscription, SubscriptionMessageKind.Checkpoint)).Position < passedOver.Position)
            {
            }
        }
    }

    [SkippableFact]
    public async Task Positions_of_messages_never_go_back_and_those_of_events_are_their_own()
    {
        var start = await Store.ReadHeadAsync(Guard);
        for (var i = 0; i < 10; i++)
        {
            await AppendedAsync(NewStream("wanted"), NewEvents(3));
            await AppendedAsync(NewStream("other"), NewEvents(3));
        }

        var messages = await FollowAsync(
            start, EventFilter.ByStreamPrefix($"{_category}wanted-"), message => message.Kind == SubscriptionMessageKind.CaughtUp);
        Assert.Equal(messages.Select(message => message.Position).Order(), messages.Select(message => message.Position));
        Assert.All(
            messages.Where(message => message.Event is not null), message => Assert.Equal(message.Event!.Position, message.Position));
        AssertInLogOrder([.. EventsOf(messages).Select(@event => @event.Position)]);
    }

    [SkippableFact]
    public async Task Resuming_after_any_message_yields_exactly_the_rest()
    {
        var start = await Store.ReadHeadAsync(Guard);
        var filter = EventFilter.ByStreamPrefix($"{_category}wanted-");
        for (var i = 0; i < 6; i++)
        {
            await AppendedAsync(NewStream("wanted"), NewEvents(2));
            await AppendedAsync(NewStream("other"), NewEvents(2));
        }

        var messages = await FollowAsync(start, filter, message => message.Kind == SubscriptionMessageKind.CaughtUp);
        for (var i = 0; i < messages.Count; i++)
        {
            var rest = await FollowAsync(messages[i].Position, filter, message => message.Kind == SubscriptionMessageKind.CaughtUp);
            Assert.Equal(IdsOf(EventsOf(messages[(i + 1)..])), IdsOf(EventsOf(rest)));
        }
    }

    [SkippableFact]
    public async Task Resuming_after_the_head_yields_only_what_comes_later()
    {
        await AppendedAsync(NewStream(), NewEvents(3));
        var head = await Store.ReadHeadAsync(Guard);
        var later = NewEvent();
        await AppendedAsync(NewStream(), later);
        Assert.Equal(later.Id, Assert.Single(await FollowEventsAsync(head, OwnStreams, 1)).Id);
    }

    [SkippableFact]
    public async Task Resuming_after_the_answer_to_an_append_yields_only_what_comes_later()
    {
        var answer = await AppendedAsync(NewStream(), NewEvents(3));
        var later = NewEvent();
        await AppendedAsync(NewStream(), later);
        Assert.Equal(later.Id, Assert.Single(await FollowEventsAsync(answer.Position, OwnStreams, 1)).Id);
    }

    [SkippableFact]
    public async Task Subscriptions_are_independent_of_one_another()
    {
        var start = await Store.ReadHeadAsync(Guard);
        await using var idle = Store.SubscribeAsync(start, OwnStreams, Guard).GetAsyncEnumerator(Guard);
        var events = NewEvents(20);
        await AppendedAsync(NewStream(), events);
        Assert.Equal(events[0].Id, (await NextAsync(idle, SubscriptionMessageKind.Event)).Event!.Id);

        // The others get everything although this one has stopped taking.
        var others = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => FollowEventsAsync(start, OwnStreams, events.Length)));
        Assert.All(others, other => Assert.Equal(IdsOf(events), IdsOf(other)));
        Assert.Equal(events[1].Id, (await NextAsync(idle, SubscriptionMessageKind.Event)).Event!.Id);
    }

    [SkippableFact]
    public async Task Cancelling_ends_a_subscription_that_waits()
    {
        using var cancellation = CancellationTokenSource.CreateLinkedTokenSource(Guard);
        await using var subscription = Store.SubscribeAsync(await Store.ReadHeadAsync(Guard), OwnStreams, cancellation.Token)
            .GetAsyncEnumerator(Guard);
        await NextAsync(subscription, SubscriptionMessageKind.CaughtUp);
        var next = NextAsync(subscription, SubscriptionMessageKind.Event);
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => next);
        Assert.False(Guard.IsCancellationRequested);
    }

    /// <summary>The next message of a kind; others are passed over, but never an event.</summary>
    private static async Task<SubscriptionMessage> NextAsync(
        IAsyncEnumerator<SubscriptionMessage> subscription, SubscriptionMessageKind kind)
    {
        while (await subscription.MoveNextAsync())
        {
            if (subscription.Current.Kind == kind)
            {
                return subscription.Current;
            }

            Assert.NotEqual(SubscriptionMessageKind.Event, subscription.Current.Kind);
        }

        throw new InvalidOperationException("The subscription ended.");
    }
}
