using Orderly.ReadModels.ViewStore;
using Orderly.Tests;

namespace Orderly.Subscriptions.Tests;

/// <summary>A view store that fails or pauses where a test says, and counts beats.</summary>
internal sealed class FaultyViewStore(IViewStore inner) : ViewStoreDecorator(inner)
{
    private int _beats;

    /// <summary>Called before (false) and after (true) each commit, and before each load (null).</summary>
    public Action<bool?>? Step { get; set; }

    /// <summary>Is waited for before each commit, beat, and change of a lease: until it is done, a worker is as good as paused.</summary>
    public Task Running { get; set; } = Task.CompletedTask;

    /// <summary>Called with the partitions of a commit and its position, and waited for, before the commit.</summary>
    public Func<IReadOnlyList<ViewPartition>, long, Task>? Committing { get; init; }

    /// <summary>Called before each beat.</summary>
    public Action? Beating { get; init; }

    /// <summary>Waits until its worker has begun to beat so often from now on: all of these beats but the last one are over then.</summary>
    public Task BeatsAsync(int count)
    {
        var until = _beats + count;
        return Wait.UntilAsync(() => _beats >= until);
    }

    public override Task<IReadOnlyList<StoredDocument<TDocument>>> LoadAsync<TDocument>(
        View<TDocument> view, int number, IReadOnlyCollection<string> ids, CancellationToken cancellationToken)
    {
        Step?.Invoke(null);
        return base.LoadAsync(view, number, ids, cancellationToken);
    }

    public override async Task<IReadOnlyList<ViewPartition>?> CommitAsync<TDocument>(
        View<TDocument> view, ViewCommit<TDocument> commit, CancellationToken cancellationToken)
    {
        Step?.Invoke(false);
        await Running;
        await (Committing?.Invoke(commit.Partitions, commit.Position) ?? Task.CompletedTask);
        var committed = await base.CommitAsync(view, commit, cancellationToken);
        Step?.Invoke(true);
        return committed;
    }

    public override async Task<ViewPartition?> TryUpdateAsync(
        ViewPartition seen, Func<ViewPartition, DateTimeOffset, ViewPartition> change, CancellationToken cancellationToken)
    {
        await Running;
        return await base.TryUpdateAsync(seen, change, cancellationToken);
    }

    public override async Task<IReadOnlyList<ViewWorker>> BeatAsync(ViewWorker worker, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _beats);
        await Running;
        Beating?.Invoke();
        return await base.BeatAsync(worker, cancellationToken);
    }
}
