using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Orderly.Domain.Deciding;
using Orderly.Domain.EventStore;

namespace Orderly.Domain.Tests;

/// <summary>A log in memory that counts what is read and lets a test step in before an append.</summary>
internal sealed class MemoryEventStore : IEventStore, ICommandIndex
{
    private readonly Lock _gate = new();
    private readonly List<RecordedEvent> _log = [];
    private readonly Dictionary<Guid, RecordedEvent> _firstOfCommand = [];
    private readonly Dictionary<string, List<RecordedEvent>> _streams = new(StringComparer.Ordinal);

    /// <summary>Events read so far.</summary>
    public int EventsRead { get; private set; }

    /// <summary>Runs before each append looks at the stream.</summary>
    public Action? BeforeAppend { get; set; }

    public IReadOnlyList<RecordedEvent> Log => _log;

    public Task<AppendResult> AppendAsync(
        string stream, ExpectedRevision expected, IReadOnlyList<NewEvent> events, CancellationToken cancellationToken)
    {
        BeforeAppend?.Invoke();
        lock (_gate)
        {
            var recorded = CollectionsMarshal.GetValueRefOrAddDefault(_streams, stream, out _) ??= [];
            var current = recorded.Count - 1L;
            if (!expected.Accepts(current))
            {
                return Task.FromResult<AppendResult>(new AppendResult.WrongExpectedRevision(current));
            }

            foreach (var e in events)
            {
                recorded.Add(
                    new RecordedEvent(e.Id, stream, ++current, new LogPosition(_log.Count + 1), e.Type, e.Data, e.Metadata, Scenario.Now));
                _log.Add(recorded[^1]);
                _firstOfCommand.TryAdd(CommandIds.EventIdRange(e.Id).Lowest, recorded[^1]);
            }

            return Task.FromResult<AppendResult>(new AppendResult.Appended(current, _log[^1].Position));
        }
    }

    public async IAsyncEnumerable<RecordedEvent> ReadStreamAsync(
        string stream, ReadDirection direction, long fromRevision, long limit, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.Yield();
        List<RecordedEvent> events;
        lock (_gate)
        {
            events = [.. _streams.GetValueOrDefault(stream, [])];
        }

        if (direction == ReadDirection.Backwards)
        {
            events.Reverse();
        }

        foreach (var e in events.Where(e => direction == ReadDirection.Forwards ? e.Revision >= fromRevision : e.Revision <= fromRevision)
            .Take((int)Math.Min(limit, int.MaxValue)))
        {
            EventsRead++;
            yield return e;
        }
    }

    public Task<string?> FindStreamAsync(Guid commandId, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            return Task.FromResult(_firstOfCommand.GetValueOrDefault(CommandIds.EventIdRange(commandId).Lowest)?.Stream);
        }
    }

    public IAsyncEnumerable<RecordedEvent> ReadAllAsync(
        LogPosition after, EventFilter filter, long limit, CancellationToken cancellationToken)
        => throw new NotSupportedException();

    public IAsyncEnumerable<RecordedEvent> ReadAllBackwardsAsync(
        LogPosition from, EventFilter filter, long limit, CancellationToken cancellationToken)
        => throw new NotSupportedException();

    public IAsyncEnumerable<SubscriptionMessage> SubscribeAsync(LogPosition after, EventFilter filter, CancellationToken cancellationToken)
        => throw new NotSupportedException();

    public Task<LogPosition> ReadHeadAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<string> ReadIdentityAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<bool> HoldsAsync(LogPosition position, Guid eventId, CancellationToken cancellationToken)
        => throw new NotSupportedException();

    public Task ProbeAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<StreamMetadata> ReadMetadataAsync(string stream, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task SetMetadataAsync(string stream, StreamMetadata metadata, CancellationToken cancellationToken)
        => throw new NotSupportedException();

    public Task DeleteStreamAsync(string stream, CancellationToken cancellationToken) => throw new NotSupportedException();
}
