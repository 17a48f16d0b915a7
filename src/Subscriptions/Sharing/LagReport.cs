using Orderly.Domain.EventStore;
using Orderly.ReadModels.ViewStore;

namespace Orderly.Subscriptions;

/// <summary>Tells how far behind the live partitions are that this process keeps.</summary>
internal sealed class LagReport(SubscriptionServices services)
{
    private HashSet<(string View, int Index)> _told = [];

    /// <param name="kept">Partitions of live generations, read before now: so none looks further than the log.</param>
    /// <param name="patience">
    /// How long the log may take to answer. A store may need longer to find out that it is not there than workers wait for the next beat.
    /// </param>
    public async Task TellAsync(IReadOnlyCollection<ViewPartition> kept, TimeSpan patience, CancellationToken cancellationToken)
    {
        long head;
        using var timeout = new CancellationTokenSource(patience, services.Time);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeout.Token);
        try
        {
            head = (await services.Log.ReadHeadAsync(limit.Token).ConfigureAwait(false)).Value;
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested
            && (e is EventStoreUnavailableException or OperationCanceledException))
        {
            // The views that follow the log find out and tell; what was told last stands.
            return;
        }

        foreach (var partition in kept)
        {
            ProjectionTelemetry.Lag(partition.View, partition.Position, head, partition.Index);
        }

        Forget(_told.Except(kept.Select(partition => (partition.View, partition.Index))));
        _told = [.. kept.Select(partition => (partition.View, partition.Index))];
    }

    /// <summary>This process keeps nothing any more.</summary>
    public void End() => Forget(_told);

    private static void Forget(IEnumerable<(string View, int Index)> left)
    {
        foreach (var (view, index) in left)
        {
            ProjectionTelemetry.Left(view, index);
        }
    }
}
