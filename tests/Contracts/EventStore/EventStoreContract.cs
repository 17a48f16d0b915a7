using System.Text;
using Orderly.Domain.EventStore;

namespace Orderly.Contracts.EventStore;

/// <summary>
/// What every <see cref="IEventStore"/> promises, as tests. They share a log with whatever else is in it or is being
/// appended to it, so each keeps to streams of its own and takes nothing from positions but their order.
/// </summary>
public abstract partial class EventStoreContract : IDisposable
{
    private readonly CancellationTokenSource _guard = new(TimeSpan.FromMinutes(10));
    private readonly string _category = $"contract{Guid.NewGuid():N}";
    private int _streams;

    /// <summary>The store under test.</summary>
    protected abstract IEventStore Store { get; }

    /// <summary>Ends a test that hangs; nothing is measured with it.</summary>
    protected CancellationToken Guard => _guard.Token;

    /// <summary>Only streams of this test.</summary>
    protected EventFilter OwnStreams => EventFilter.ByStreamPrefix(_category);

    public void Dispose()
    {
        _guard.Cancel();
        _guard.Dispose();
    }

    /// <summary>Lets the store's clock advance by at least this much.</summary>
    protected abstract Task PassTimeAsync(TimeSpan time);

    /// <summary>The name of a stream that nobody else uses, in a category of this test.</summary>
    protected string NewStream(string categorySuffix = "") => $"{_category}{categorySuffix}-{Interlocked.Increment(ref _streams)}";

    protected static NewEvent NewEvent(string type = "something-happened.v1", string data = "{}", string metadata = "{}")
        => new(Guid.CreateVersion7(), type, Encoding.UTF8.GetBytes(data), Encoding.UTF8.GetBytes(metadata));

    protected static NewEvent[] NewEvents(int count, string type = "something-happened.v1")
        => [.. Enumerable.Range(0, count).Select(i => NewEvent(type, $$"""{"number":{{i}}}"""))];

    protected Task<AppendResult> AppendAsync(string stream, ExpectedRevision expected, params NewEvent[] events)
        => Store.AppendAsync(stream, expected, events, Guard);

    /// <summary>Appends without a condition.</summary>
    protected async Task<AppendResult.Appended> AppendedAsync(string stream, params NewEvent[] events)
        => Assert.IsType<AppendResult.Appended>(await AppendAsync(stream, ExpectedRevision.Any, events));

    protected async Task<List<RecordedEvent>> ReadAsync(
        string stream, ReadDirection direction = ReadDirection.Forwards, long? from = null, long limit = long.MaxValue)
        => await ListAsync(
            Store.ReadStreamAsync(stream, direction, from ?? (direction == ReadDirection.Forwards ? 0 : long.MaxValue), limit, Guard));

    protected async Task<List<RecordedEvent>> ReadLogAsync(LogPosition after, EventFilter filter, long limit = long.MaxValue)
        => await ListAsync(Store.ReadAllAsync(after, filter, limit, Guard));

    protected async Task<List<RecordedEvent>> ReadLogBackwardsAsync(LogPosition from, EventFilter filter, long limit = long.MaxValue)
        => await ListAsync(Store.ReadAllBackwardsAsync(from, filter, limit, Guard));

    /// <summary>What a subscription yields up to the first message that fulfils the condition, with it.</summary>
    protected async Task<List<SubscriptionMessage>> FollowAsync(
        LogPosition after, EventFilter filter, Func<SubscriptionMessage, bool> isLast)
    {
        var messages = new List<SubscriptionMessage>();
        await foreach (var message in Store.SubscribeAsync(after, filter, Guard))
        {
            messages.Add(message);
            if (isLast(message))
            {
                break;
            }
        }

        return messages;
    }

    /// <summary>The first so many events that a subscription yields.</summary>
    protected async Task<List<RecordedEvent>> FollowEventsAsync(LogPosition after, EventFilter filter, int count)
        => EventsOf(await FollowAsync(after, filter, message => message.Event is not null && --count == 0));

    protected static List<RecordedEvent> EventsOf(IEnumerable<SubscriptionMessage> messages)
        => [.. messages.Where(message => message.Event is not null).Select(message => message.Event!)];

    protected static IEnumerable<Guid> IdsOf(IEnumerable<RecordedEvent> events) => events.Select(@event => @event.Id);

    protected static IEnumerable<Guid> IdsOf(IEnumerable<NewEvent> events) => events.Select(@event => @event.Id);

    protected static void AssertInLogOrder(IReadOnlyList<LogPosition> positions)
    {
        for (var i = 1; i < positions.Count; i++)
        {
            Assert.True(positions[i - 1] < positions[i], $"{positions[i]} follows {positions[i - 1]}");
        }
    }

    private static async Task<List<RecordedEvent>> ListAsync(IAsyncEnumerable<RecordedEvent> events)
    {
        var list = new List<RecordedEvent>();
        await foreach (var @event in events)
        {
            list.Add(@event);
        }

        return list;
    }
}
