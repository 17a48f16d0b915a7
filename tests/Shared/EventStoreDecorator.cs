using Orderly.Domain.EventStore;

namespace Orderly.Tests;

/// <summary>A log that does what another one does. A test overrides what it wants to see or to disturb.</summary>
public abstract class EventStoreDecorator(IEventStore inner) : IEventStore
{
    public virtual Task<AppendResult> AppendAsync(
        string stream, ExpectedRevision expected, IReadOnlyList<NewEvent> events, CancellationToken cancellationToken)
        => inner.AppendAsync(stream, expected, events, cancellationToken);

    public virtual IAsyncEnumerable<RecordedEvent> ReadStreamAsync(
        string stream, ReadDirection direction, long fromRevision, long limit, CancellationToken cancellationToken)
        => inner.ReadStreamAsync(stream, direction, fromRevision, limit, cancellationToken);

    public virtual IAsyncEnumerable<RecordedEvent> ReadAllAsync(
        LogPosition after, EventFilter filter, long limit, CancellationToken cancellationToken)
        => inner.ReadAllAsync(after, filter, limit, cancellationToken);

    public virtual IAsyncEnumerable<RecordedEvent> ReadAllBackwardsAsync(
        LogPosition from, EventFilter filter, long limit, CancellationToken cancellationToken)
        => inner.ReadAllBackwardsAsync(from, filter, limit, cancellationToken);

    public virtual IAsyncEnumerable<SubscriptionMessage> SubscribeAsync(
        LogPosition after, EventFilter filter, CancellationToken cancellationToken)
        => inner.SubscribeAsync(after, filter, cancellationToken);

    public virtual Task<LogPosition> ReadHeadAsync(CancellationToken cancellationToken) => inner.ReadHeadAsync(cancellationToken);

    public virtual Task<string> ReadIdentityAsync(CancellationToken cancellationToken) => inner.ReadIdentityAsync(cancellationToken);

    public virtual Task<bool> HoldsAsync(LogPosition position, Guid eventId, CancellationToken cancellationToken)
        => inner.HoldsAsync(position, eventId, cancellationToken);

    public virtual Task ProbeAsync(CancellationToken cancellationToken) => inner.ProbeAsync(cancellationToken);

    public virtual Task<StreamMetadata> ReadMetadataAsync(string stream, CancellationToken cancellationToken)
        => inner.ReadMetadataAsync(stream, cancellationToken);

    public virtual Task SetMetadataAsync(string stream, StreamMetadata metadata, CancellationToken cancellationToken)
        => inner.SetMetadataAsync(stream, metadata, cancellationToken);

    public virtual Task DeleteStreamAsync(string stream, CancellationToken cancellationToken)
        => inner.DeleteStreamAsync(stream, cancellationToken);
}
