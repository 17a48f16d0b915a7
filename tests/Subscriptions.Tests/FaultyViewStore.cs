using Orderly.ReadModels.ViewStore;
using Orderly.Tests;

namespace Orderly.Subscriptions.Tests;

/// <summary>A view store that fails where a test says: before a commit, after it, or while documents are loaded. It also tells what is done.</summary>
internal sealed class FaultyViewStore(IViewStore inner) : IViewStore
{
    private int _beats;

    /// <summary>Called before (false) and after (true) each commit, and before each load (null).</summary>
    public Action<bool?>? Step { get; set; }

    /// <summary>What a worker waits for before it does anything to the store: while it is not done, the worker is as one that was paused.</summary>
    public Task Running { get; set; } = Task.CompletedTask;

    /// <summary>Called with the partitions of a commit and its position, and waited for, before the commit.</summary>
    public Func<IReadOnlyList<ViewPartition>, long, Task>? Committing { get; init; }

    /// <summary>Called after a commit with its partitions, and as they are then; null when it was refused.</summary>
    public Action<IReadOnlyList<ViewPartition>, IReadOnlyList<ViewPartition>?>? Committed { get; init; }

    /// <summary>Called with each lease that was taken.</summary>
    public Action<ViewPartition>? Taken { get; init; }

    /// <summary>How often its worker has begun to beat.</summary>
    public int Beats => _beats;

    /// <summary>Waits until its worker has begun to beat so often from now on: all of these beats but the last one are over then.</summary>
    public Task BeatsAsync(int count)
    {
        var until = Beats + count;
        return Wait.UntilAsync(() => Beats >= until);
    }

    public int Loads { get; private set; }

    public int Commits { get; private set; }

    public Task<ViewSnapshot<TDocument>> FindAsync<TDocument>(View<TDocument> view, IReadOnlyCollection<string> ids, CancellationToken cancellationToken)
        where TDocument : class
        => inner.FindAsync(view, ids, cancellationToken);

    public Task<ViewSnapshot<TDocument>> QueryAsync<TDocument>(View<TDocument> view, ViewQuery query, CancellationToken cancellationToken)
        where TDocument : class
        => inner.QueryAsync(view, query, cancellationToken);

    public Task<GraphSnapshot> WalkAsync(View view, GraphQuery query, CancellationToken cancellationToken) => inner.WalkAsync(view, query, cancellationToken);

    public Task<IReadOnlyList<ViewGeneration>> ReadGenerationsAsync(CancellationToken cancellationToken) => inner.ReadGenerationsAsync(cancellationToken);

    public IAsyncEnumerable<IReadOnlyList<ViewGeneration>> WatchAsync(CancellationToken cancellationToken) => inner.WatchAsync(cancellationToken);

    public Task<ViewGeneration> OpenAsync(View view, int partitions, CancellationToken cancellationToken) => inner.OpenAsync(view, partitions, cancellationToken);

    public Task<IReadOnlyList<StoredDocument<TDocument>>> LoadAsync<TDocument>(
        View<TDocument> view, int number, IReadOnlyCollection<string> ids, CancellationToken cancellationToken)
        where TDocument : class
    {
        Step?.Invoke(null);
        Loads++;
        return inner.LoadAsync(view, number, ids, cancellationToken);
    }

    public async Task<IReadOnlyList<ViewPartition>?> CommitAsync<TDocument>(View<TDocument> view, ViewCommit<TDocument> commit, CancellationToken cancellationToken)
        where TDocument : class
    {
        Step?.Invoke(false);
        await Running;
        await (Committing?.Invoke(commit.Partitions, commit.Position) ?? Task.CompletedTask);
        var committed = await inner.CommitAsync(view, commit, cancellationToken);
        Committed?.Invoke(commit.Partitions, committed);
        Commits++;
        Step?.Invoke(true);
        return committed;
    }

    public Task<ViewPartition?> TakeAsync(ViewPartition seen, string owner, CancellationToken cancellationToken) => WhenRunning(async () =>
    {
        var taken = await inner.TakeAsync(seen, owner, cancellationToken);
        if (taken is not null)
        {
            Taken?.Invoke(taken);
        }

        return taken;
    });

    public Task ReleaseAsync(ViewPartition held, CancellationToken cancellationToken) => inner.ReleaseAsync(held, cancellationToken);

    public Task<IReadOnlyList<ViewWorker>> BeatAsync(ViewWorker worker, CancellationToken cancellationToken) => WhenRunning(() =>
    {
        Interlocked.Increment(ref _beats);
        return inner.BeatAsync(worker, cancellationToken);
    });

    public Task ForgetAsync(ViewWorker seen, CancellationToken cancellationToken) => inner.ForgetAsync(seen, cancellationToken);

    public Task ReportFaultAsync(ViewPartition held, string fault, CancellationToken cancellationToken) => inner.ReportFaultAsync(held, fault, cancellationToken);

    public Task<IReadOnlyList<ParkedEvent>> ReadParkedAsync(string view, int number, CancellationToken cancellationToken) => inner.ReadParkedAsync(view, number, cancellationToken);

    public Task<int> AskRetryAsync(string view, long position, CancellationToken cancellationToken) => inner.AskRetryAsync(view, position, cancellationToken);

    public Task<int> AskSkipAsync(string view, long position, CancellationToken cancellationToken) => inner.AskSkipAsync(view, position, cancellationToken);

    public Task<IReadOnlyList<SkippedEvent>> ReadSkippedAsync(string view, CancellationToken cancellationToken) => inner.ReadSkippedAsync(view, cancellationToken);

    public Task<ViewGeneration?> StartVersionAsync(View view, CancellationToken cancellationToken) => inner.StartVersionAsync(view, cancellationToken);

    public Task<ViewGeneration> StartGenerationAsync(View view, CancellationToken cancellationToken) => inner.StartGenerationAsync(view, cancellationToken);

    public Task<bool> SwapAsync(ViewGeneration generation, CancellationToken cancellationToken) => inner.SwapAsync(generation, cancellationToken);

    public Task<ViewGeneration?> RollBackAsync(string view, CancellationToken cancellationToken) => inner.RollBackAsync(view, cancellationToken);

    public Task<ViewGeneration?> RepartitionAsync(string view, int number, int partitions, CancellationToken cancellationToken)
        => inner.RepartitionAsync(view, number, partitions, cancellationToken);

    public Task<ViewPage<TDocument>?> PageAsync<TDocument>(View<TDocument> view, int number, string? afterId, int limit, CancellationToken cancellationToken)
        where TDocument : class
        => inner.PageAsync(view, number, afterId, limit, cancellationToken);

    public Task DropGenerationAsync(ViewGeneration generation, CancellationToken cancellationToken) => inner.DropGenerationAsync(generation, cancellationToken);

    public Task DropViewAsync(string view, CancellationToken cancellationToken) => inner.DropViewAsync(view, cancellationToken);

    private async Task<T> WhenRunning<T>(Func<Task<T>> call)
    {
        await Running;
        return await call();
    }
}
