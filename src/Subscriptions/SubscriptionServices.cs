using Microsoft.Extensions.Logging;
using Orderly.Domain.EventStore;
using Orderly.Domain.Serialization;
using Orderly.ReadModels.ViewStore;

namespace Orderly.Subscriptions;

/// <summary>What a worker needs besides its projection.</summary>
public sealed record SubscriptionServices(
    IEventStore Log, IViewStore Views, EventTypes Types, SubscriptionOptions Options, TimeProvider Time, ILoggerFactory Loggers)
{
    /// <summary>What can't be kept now since a store is away.</summary>
    public StoreFaults Faults { get; } = new();

    /// <summary>The log for consumers that want to see what any of the filters lets through.</summary>
    internal SharedLog ShareLog(params IReadOnlyCollection<EventFilter> filters)
        => new(Log, Types, EventFilter.Union(filters), Options, Time);

    /// <summary>The live generation of a view when it is of another log than the one that is there; null when it is not.</summary>
    internal async Task<ViewGeneration?> FindOtherLogsAsync(string view, CancellationToken cancellationToken)
        => (await Views.ReadGenerationsAsync(cancellationToken).ConfigureAwait(false)).FirstOrDefault(
            one => one.View == view && one.IsLive) is { } live
            && await new LogCheck(Log).FindFaultAsync(live.Partitions, cancellationToken).ConfigureAwait(false) is not null
                ? live
                : null;

    /// <summary>A parked event as the log holds it; null when it is not there any more.</summary>
    internal async Task<RecordedEvent?> ReadAsync(ParkedEvent parked, CancellationToken cancellationToken)
    {
        await foreach (var recorded in Log.ReadStreamAsync(parked.Stream, ReadDirection.Forwards, parked.Revision, 1, cancellationToken)
            .ConfigureAwait(false))
        {
            return recorded.Position.Value == parked.Position ? recorded : null;
        }

        return null;
    }
}
