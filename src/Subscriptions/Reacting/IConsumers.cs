using Orderly.Domain.EventStore;
using Orderly.ReadModels.ViewStore;

namespace Orderly.Subscriptions;

/// <summary>How far the views and processes are, whichever worker keeps them: for a process that waits for what others do.</summary>
public interface IConsumers
{
    /// <summary>
    /// Whether at least one of some views or processes has not come to a position of the log yet, and is on its way: all of its
    /// partitions have a worker that can go on.
    /// </summary>
    /// <param name="names">The names of the views or processes. A name that is not known is not on its way.</param>
    /// <exception cref="ViewStoreUnavailableException">The view store can't be reached.</exception>
    Task<bool> AreStillComingAsync(IReadOnlyCollection<string> names, LogPosition position, CancellationToken cancellationToken);
}

/// <inheritdoc/>
public sealed class Consumers(IViewStore views) : IConsumers
{
    public async Task<bool> AreStillComingAsync(
        IReadOnlyCollection<string> names, LogPosition position, CancellationToken cancellationToken)
    {
        var generations = await views.ReadGenerationsAsync(cancellationToken).ConfigureAwait(false);
        return generations.Any(one => one.IsLive
            && names.Contains(one.View, StringComparer.Ordinal)
            && one.Position < position.Value
            && one.Partitions.All(partition => partition is { Owner: not null, Fault: null }));
    }
}
