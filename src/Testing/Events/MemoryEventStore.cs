using System.Runtime.CompilerServices;
using Microsoft.Extensions.Time.Testing;
using Orderly.Domain.Deciding;
using Orderly.Domain.EventStore;

namespace Orderly.Testing;

/// <summary>
/// A log in memory that keeps the whole contract of the port, counts what is read, and lets a test step in around an append. What is asked
/// of it is done when the call returns. Safe for concurrent use.
/// </summary>
/// <param name="time">Its clock; null: one that stands at <see cref="Scenario.Now"/>.</param>
/// <example>
/// <code>
/// var log = new MemoryEventStore();
/// var decider = new Decider(log, log, OrderlyEvents.Types, new DeciderOptions());
/// </code>
/// </example>
public sealed class MemoryEventStore(TimeProvider? time = null) : IEventStore, ICommandIndex
{
    private readonly TimeProvider _time = time ?? new FakeTimeProvider(Scenario.Now);
    private readonly string _identity = Guid.NewGuid().ToString();
    private readonly Lock _gate = new();
    private readonly List<RecordedEvent> _log = [];
    private readonly Dictionary<Guid, RecordedEvent> _firstOfCommand = [];
    private readonly Dictionary<string, EventStream> _streams = new(StringComparer.Ordinal);
    private TaskCompletionSource _appended = NewSignal();
    private int _eventsRead;

    /// <summary>How many events were read from streams so far.</summary>
    public int EventsRead => _eventsRead;

    /// <summary>Called before an append looks at its stream: somebody else may be faster, or the log may be away.</summary>
    public Action? BeforeAppend { get; set; }

    /// <summary>Called after an append that wrote something, before it is answered.</summary>
    public Action? AfterAppend { get; set; }

    /// <summary>All events, in their order.</summary>
    public IReadOnlyList<RecordedEvent> Log
    {
        get
        {
            lock (_gate)
            {
                return [.. _log];
            }
        }
    }

    public Task<AppendResult> AppendAsync(
        string stream, ExpectedRevision expected, IReadOnlyList<NewEvent> events, CancellationToken cancellationToken)
    {
        CheckName(stream);
        CheckEvents(events);
        cancellationToken.ThrowIfCancellationRequested();
        BeforeAppend?.Invoke();
        AppendResult result;
        lock (_gate)
        {
            var before = _log.Count;
            result = Append(stream, expected, events);
            if (_log.Count == before)
            {
                return Task.FromResult(result);
            }

            _appended.SetResult();
            _appended = NewSignal();
        }

        AfterAppend?.Invoke();
        return Task.FromResult(result);
    }

    public IAsyncEnumerable<RecordedEvent> ReadStreamAsync(
        string stream, ReadDirection direction, long fromRevision, long limit, CancellationToken cancellationToken)
    {
        CheckName(stream);
        ArgumentOutOfRangeException.ThrowIfNegative(fromRevision);
        ArgumentOutOfRangeException.ThrowIfNegative(limit);
        lock (_gate)
        {
            IEnumerable<RecordedEvent> events = _streams.TryGetValue(stream, out var kept) ? kept.Visible(_time.GetUtcNow()) : [];
            events = direction == ReadDirection.Forwards
                ? events.Where(e => e.Revision >= fromRevision)
                : events.Reverse().Where(e => e.Revision <= fromRevision);
            RecordedEvent[] read = [.. events.Take((int)Math.Min(limit, int.MaxValue))];
            return read.Select(Count).ToAsyncEnumerable();
        }
    }

    public IAsyncEnumerable<RecordedEvent> ReadAllAsync(
        LogPosition after, EventFilter filter, long limit, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(after.Value, nameof(after));
        ArgumentOutOfRangeException.ThrowIfNegative(limit);
        lock (_gate)
        {
            RecordedEvent[] read = [.. _log.Skip((int)Math.Min(after.Value, int.MaxValue)).Where(e => IsSeen(e, filter))
                .Take((int)Math.Min(limit, int.MaxValue))];
            return read.ToAsyncEnumerable();
        }
    }

    public IAsyncEnumerable<RecordedEvent> ReadAllBackwardsAsync(
        LogPosition from, EventFilter filter, long limit, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(from.Value, nameof(from));
        ArgumentOutOfRangeException.ThrowIfNegative(limit);
        lock (_gate)
        {
            RecordedEvent[] read = [.. _log.Take((int)Math.Min(from.Value, int.MaxValue)).Reverse().Where(e => IsSeen(e, filter))
                .Take((int)Math.Min(limit, int.MaxValue))];
            return read.ToAsyncEnumerable();
        }
    }

    public IAsyncEnumerable<SubscriptionMessage> SubscribeAsync(LogPosition after, EventFilter filter, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(after.Value, nameof(after));
        return FollowAsync(after.Value, filter, cancellationToken);
    }

    public Task<LogPosition> ReadHeadAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            return Task.FromResult(new LogPosition(_log.Count));
        }
    }

    public Task<string> ReadIdentityAsync(CancellationToken cancellationToken) => Task.FromResult(_identity);

    public Task<bool> HoldsAsync(LogPosition position, Guid eventId, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            return Task.FromResult(position.Value > 0 && position.Value <= _log.Count && _log[(int)position.Value - 1].Id == eventId);
        }
    }

    public Task ProbeAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task<StreamMetadata> ReadMetadataAsync(string stream, CancellationToken cancellationToken)
    {
        CheckName(stream);
        lock (_gate)
        {
            return Task.FromResult(_streams.TryGetValue(stream, out var kept) ? kept.Metadata : StreamMetadata.KeepAll);
        }
    }

    public Task SetMetadataAsync(string stream, StreamMetadata metadata, CancellationToken cancellationToken)
    {
        CheckName(stream);
        metadata.Validate();
        lock (_gate)
        {
            var kept = StreamOf(stream);
            if (!kept.IsDeleted)
            {
                ArgumentOutOfRangeException.ThrowIfGreaterThan(
                    metadata.TruncateBefore ?? 0, Math.Max(0, kept.Events.Count - 1L), nameof(metadata));
                kept.Metadata = metadata;
            }
        }

        return Task.CompletedTask;
    }

    public Task DeleteStreamAsync(string stream, CancellationToken cancellationToken)
    {
        CheckName(stream);
        lock (_gate)
        {
            StreamOf(stream).IsDeleted = true;
        }

        return Task.CompletedTask;
    }

    public Task<string?> FindStreamAsync(Guid commandId, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            return Task.FromResult(_firstOfCommand.GetValueOrDefault(CommandIds.EventIdRange(commandId).Lowest)?.Stream);
        }
    }

    private AppendResult Append(string stream, ExpectedRevision expected, IReadOnlyList<NewEvent> events)
    {
        var kept = StreamOf(stream);
        var last = kept.Events.Count - 1L;
        if (kept.IsDeleted)
        {
            return new AppendResult.StreamDeleted();
        }

        // Where a repetition would be: right after the revision that was expected, or, without one, where its first event is.
        var repeated = expected.Revision is { } revision ? revision + 1 : kept.RevisionOf(events[0].Id);
        if (repeated is { } at && at <= last && kept.HasAt(at, events))
        {
            return new AppendResult.Appended(at + events.Count - 1, kept.Events[(int)(at + events.Count - 1)].Position);
        }

        if (!expected.Accepts(last) || (expected.Revision is null && repeated is not null))
        {
            return new AppendResult.WrongExpectedRevision(last);
        }

        foreach (var e in events)
        {
            var recorded = new RecordedEvent(
                e.Id, stream, ++last, new LogPosition(_log.Count + 1), e.Type, e.Data, e.Metadata, _time.GetUtcNow());
            kept.Add(recorded);
            _log.Add(recorded);
            _firstOfCommand.TryAdd(CommandIds.EventIdRange(e.Id).Lowest, recorded);
        }

        return new AppendResult.Appended(last, _log[^1].Position);
    }

    private async IAsyncEnumerable<SubscriptionMessage> FollowAsync(
        long after, EventFilter filter, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (var hasCaughtUp = false; ;)
        {
            cancellationToken.ThrowIfCancellationRequested();
            RecordedEvent[] read;
            Task appended;
            lock (_gate)
            {
                read = [.. _log.Skip((int)Math.Min(after, int.MaxValue))];
                appended = _appended.Task;
            }

            foreach (var recorded in read)
            {
                after = recorded.Position.Value;
                if (Sees(recorded, filter))
                {
                    yield return SubscriptionMessage.Of(recorded);
                }
                else if (ReferenceEquals(recorded, read[^1]))
                {
                    yield return SubscriptionMessage.Checkpoint(recorded.Position, recorded.Id);
                }
            }

            if (!hasCaughtUp)
            {
                hasCaughtUp = true;
                yield return SubscriptionMessage.CaughtUp(new LogPosition(after));
            }

            await appended.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private bool Sees(RecordedEvent recorded, EventFilter filter)
    {
        lock (_gate)
        {
            return IsSeen(recorded, filter);
        }
    }

    private bool IsSeen(RecordedEvent recorded, EventFilter filter)
        => filter.Passes(recorded.Stream, recorded.Type) && !_streams[recorded.Stream].IsDeleted;

    private RecordedEvent Count(RecordedEvent read)
    {
        Interlocked.Increment(ref _eventsRead);
        return read;
    }

    private EventStream StreamOf(string name)
    {
        if (!_streams.TryGetValue(name, out var stream))
        {
            _streams.Add(name, stream = new EventStream());
        }

        return stream;
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static void CheckName(string stream)
    {
        ArgumentException.ThrowIfNullOrEmpty(stream);
        if (stream[0] == '$' || stream.Length > IEventStore.MaxStreamNameLength)
        {
            throw new ArgumentException(
                $"'{stream}' starts with '$' or is longer than {IEventStore.MaxStreamNameLength} characters.", nameof(stream));
        }
    }

    private static void CheckEvents(IReadOnlyList<NewEvent> events)
    {
        if (events.Count == 0 || events.DistinctBy(e => e.Id).Count() < events.Count)
        {
            throw new ArgumentException("An append has at least one event, and each of them an id of its own.", nameof(events));
        }

        if (events.Sum(e => (long)e.Data.Length + e.Metadata.Length) > IEventStore.MaxAppendBytes)
        {
            throw new ArgumentException($"An append has at most {IEventStore.MaxAppendBytes} bytes.", nameof(events));
        }
    }

    /// <summary>All that was ever appended to a stream, and what of it is shown.</summary>
    private sealed class EventStream
    {
        private readonly Dictionary<Guid, long> _revisions = [];

        public List<RecordedEvent> Events { get; } = [];

        public StreamMetadata Metadata { get; set; } = StreamMetadata.KeepAll;

        public bool IsDeleted { get; set; }

        public void Add(RecordedEvent recorded)
        {
            Events.Add(recorded);
            _revisions.TryAdd(recorded.Id, recorded.Revision);
        }

        public long? RevisionOf(Guid id) => _revisions.TryGetValue(id, out var revision) ? revision : null;

        /// <summary>Whether exactly these events are there from a revision on.</summary>
        public bool HasAt(long revision, IReadOnlyList<NewEvent> events)
            => revision + events.Count <= Events.Count
                && events.Index().All(one => Events[(int)revision + one.Index].Id == one.Item.Id);

        public IEnumerable<RecordedEvent> Visible(DateTimeOffset now)
        {
            var first = Math.Max(Metadata.TruncateBefore ?? 0, Events.Count - (Metadata.MaxCount ?? Events.Count));
            return IsDeleted ? [] : Events.Skip((int)first).Where(e => Metadata.MaxAge is not { } age || now - e.RecordedAt < age);
        }
    }
}
