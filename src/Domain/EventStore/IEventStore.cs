namespace Orderly.Domain.EventStore;

/// <summary>Which way a stream is read.</summary>
public enum ReadDirection
{
    /// <summary>Oldest first.</summary>
    Forwards,

    /// <summary>Newest first.</summary>
    Backwards,
}

/// <summary>
/// The log: streams of events with optimistic concurrency, in one total order. Its semantics are EventStoreDB's;
/// the contract suite in <c>tests/Contracts</c> states them as tests. Safe for concurrent use.
/// </summary>
/// <remarks>
/// Every member throws <see cref="EventStoreUnavailableException"/> when the store can't be reached, and
/// <see cref="ArgumentException"/> for an empty stream name, one that starts with <c>$</c>, or one that is longer than
/// <see cref="MaxStreamNameLength"/>.
/// </remarks>
public interface IEventStore
{
    /// <summary>The most bytes of data and metadata that one append may carry (1 MiB, EventStoreDB's default limit).</summary>
    const int MaxAppendBytes = 1024 * 1024;

    /// <summary>The longest name a stream may have, in characters.</summary>
    const int MaxStreamNameLength = 200;

    /// <summary>
    /// Appends all events or none. They are durable when the answer says <see cref="AppendResult.Appended"/>.
    /// Repeating an append (same events, same ids, same expectation) answers what the first one answered and writes nothing.
    /// </summary>
    /// <exception cref="ArgumentException">No event, an id twice, or more than <see cref="MaxAppendBytes"/>.</exception>
    Task<AppendResult> AppendAsync(
        string stream, ExpectedRevision expected, IReadOnlyList<NewEvent> events, CancellationToken cancellationToken);

    /// <summary>
    /// Reads a stream from <paramref name="fromRevision"/> on (inclusive), at most <paramref name="limit"/> events.
    /// Backwards, <see cref="long.MaxValue"/> is its end. A stream that is not there yields nothing.
    /// </summary>
    IAsyncEnumerable<RecordedEvent> ReadStreamAsync(
        string stream, ReadDirection direction, long fromRevision, long limit, CancellationToken cancellationToken);

    /// <summary>Reads the log in its order, after <paramref name="after"/> (exclusive) up to its end now.</summary>
    IAsyncEnumerable<RecordedEvent> ReadAllAsync(LogPosition after, EventFilter filter, long limit, CancellationToken cancellationToken);

    /// <summary>
    /// Reads the log backwards, newest first, from <paramref name="from"/> on (inclusive), at most <paramref name="limit"/> events.
    /// <see cref="LogPosition.End"/> is its end now. From a position that is no event's, it may yield nothing.
    /// </summary>
    IAsyncEnumerable<RecordedEvent> ReadAllBackwardsAsync(
        LogPosition from, EventFilter filter, long limit, CancellationToken cancellationToken);

    /// <summary>
    /// Follows the log after <paramref name="after"/> (exclusive) without end. Events come in log order, each once;
    /// when the filter passes events over, checkpoints tell how far it is, at the latest when the end is reached.
    /// </summary>
    IAsyncEnumerable<SubscriptionMessage> SubscribeAsync(LogPosition after, EventFilter filter, CancellationToken cancellationToken);

    /// <summary>The position of the last event in the log; <see cref="LogPosition.Start"/> when it is empty.</summary>
    Task<LogPosition> ReadHeadAsync(CancellationToken cancellationToken);

    /// <summary>Which log this is: a GUID as text that was made with it. A copy of the log, such as a backup, is the same log.</summary>
    Task<string> ReadIdentityAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Whether the event is at the position, or was there and is erased. False: another event is there, or the log has not come that far.
    /// </summary>
    Task<bool> HoldsAsync(LogPosition position, Guid eventId, CancellationToken cancellationToken);

    /// <summary>Makes something durable that no reader sees, in the way of an append: whether the store can write again.</summary>
    Task ProbeAsync(CancellationToken cancellationToken);

    /// <summary>What the stream keeps; <see cref="StreamMetadata.KeepAll"/> when nothing was set.</summary>
    Task<StreamMetadata> ReadMetadataAsync(string stream, CancellationToken cancellationToken);

    /// <summary>Replaces what the stream keeps. On a deleted stream that changes nothing.</summary>
    /// <exception cref="ArgumentOutOfRangeException">
    /// A number is out of its range, or the stream would be truncated past its last event, which carries its revision.
    /// </exception>
    Task SetMetadataAsync(string stream, StreamMetadata metadata, CancellationToken cancellationToken);

    /// <summary>
    /// Removes the stream for good: it reads as empty, its events leave the log at the latest with the store's next
    /// clean-up, and no append to it succeeds again.
    /// </summary>
    Task DeleteStreamAsync(string stream, CancellationToken cancellationToken);
}

/// <summary>
/// Finds the stream that a command went to. It is what notices an idempotency key that comes back with a request for
/// another stream.
/// </summary>
public interface ICommandIndex
{
    /// <summary>The stream with the first event of the command (see <see cref="Deciding.CommandIds"/>); null when none is known.</summary>
    Task<string?> FindStreamAsync(Guid commandId, CancellationToken cancellationToken);
}
