using System.Runtime.CompilerServices;
using Orderly.Domain.EventStore;

namespace Orderly.Subscriptions.Tests;

/// <summary>A log that counts what is read from it by subscriptions.</summary>
internal sealed class CountingLog(IEventStore inner) : IEventStore
{
    private long _events;
    private int _subscriptions;

    public long Events => Interlocked.Read(ref _events);

    public int Subscriptions => _subscriptions;

    public Task<AppendResult> AppendAsync(string stream, ExpectedRevision expected, IReadOnlyList<NewEvent> events, CancellationToken cancellationToken)
        => inner.AppendAsync(stream, expected, events, cancellationToken);

    public IAsyncEnumerable<RecordedEvent> ReadStreamAsync(string stream, ReadDirection direction, long fromRevision, long limit, CancellationToken cancellationToken)
        => inner.ReadStreamAsync(stream, direction, fromRevision, limit, cancellationToken);

    public IAsyncEnumerable<RecordedEvent> ReadAllAsync(LogPosition after, EventFilter filter, long limit, CancellationToken cancellationToken)
        => inner.ReadAllAsync(after, filter, limit, cancellationToken);

    public async IAsyncEnumerable<SubscriptionMessage> SubscribeAsync(LogPosition after, EventFilter filter, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _subscriptions);
        await foreach (var message in inner.SubscribeAsync(after, filter, cancellationToken))
        {
            Interlocked.Add(ref _events, message.Event is null ? 0 : 1);
            yield return message;
        }
    }

    public Task<LogPosition> ReadHeadAsync(CancellationToken cancellationToken) => inner.ReadHeadAsync(cancellationToken);

    public Task<StreamMetadata> ReadMetadataAsync(string stream, CancellationToken cancellationToken) => inner.ReadMetadataAsync(stream, cancellationToken);

    public Task SetMetadataAsync(string stream, StreamMetadata metadata, CancellationToken cancellationToken) => inner.SetMetadataAsync(stream, metadata, cancellationToken);

    public Task DeleteStreamAsync(string stream, CancellationToken cancellationToken) => inner.DeleteStreamAsync(stream, cancellationToken);
}
