using Orderly.ReadModels.ViewStore;

namespace Orderly.Subscriptions;

/// <summary>The partitions of one generation that this process keeps, and the task that does it.</summary>
internal sealed class Keeping
{
    private readonly CancellationTokenSource _stop;
    private volatile bool _isPrepared;

    /// <param name="held">Partitions whose leases this process has, as they are stored.</param>
    public Keeping(
        IProjectionWorker worker, SharedLog log, ViewGeneration generation, IReadOnlyList<ViewPartition> held,
        CancellationToken cancellationToken)
    {
        (Held, IsBuilding) = (held, generation.State == GenerationState.Building);
        _stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task = worker.KeepAsync(generation, held, log, () => _isPrepared = true, _stop.Token);
    }

    public IReadOnlyList<ViewPartition> Held { get; }

    /// <summary>Whether it makes the generation live as soon as it can.</summary>
    public bool IsBuilding { get; set; }

    /// <summary>Whether what operators had asked for before the start is done.</summary>
    public bool IsPrepared => _isPrepared;

    public Task Task { get; }

    /// <summary>Whether the lease is still this one.</summary>
    public bool Holds(ViewPartition stored) => Held.Any(held => (held.Index, held.Epoch) == (stored.Index, stored.Epoch));

    /// <summary>Stops it and waits until no commit is under way.</summary>
    public async Task StopAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await Task.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }
}
