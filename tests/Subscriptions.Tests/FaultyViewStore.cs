using Orderly.ReadModels.ViewStore;

namespace Orderly.Subscriptions.Tests;

/// <summary>A view store that fails where a test says: before a commit, after it, or while documents are loaded.</summary>
internal sealed class FaultyViewStore(IViewStore inner) : IViewStore
{
    /// <summary>Called before (false) and after (true) each commit, and before each load (null).</summary>
    public Action<bool?>? Step { get; set; }

    /// <summary>What a worker waits for before it does anything to the store: while it is not done, the worker is as one that was paused.</summary>
    public Task Running { get; set; } = Task.CompletedTask;

    public int Beats { get; private set; }

    public int Loads { get; private set; }

    public int Commits { get; private set; }

    public Task<ViewSnapshot<TDocument>> FindAsync<TDocument>(View<TDocument> view, IReadOnlyCollection<string> ids, CancellationToken cancellationToken)
        where TDocument : class
        => inner.FindAsync(view, ids, cancellationToken);

    public Task<ViewSnapshot<TDocument>> QueryAsync<TDocument>(View<TDocument> view, ViewQuery query, CancellationToken cancellationToken)
        where TDocument : class
        => inner.QueryAsync(view, query, cancellationToken);

    public Task<IReadOnlyList<ViewGeneration>> ReadGenerationsAsync(CancellationToken cancellationToken) => inner.ReadGenerationsAsync(cancellationToken);

    public IAsyncEnumerable<IReadOnlyList<ViewGeneration>> WatchAsync(CancellationToken cancellationToken) => inner.WatchAsync(cancellationToken);

    public Task<ViewGeneration> OpenAsync(View view, CancellationToken cancellationToken) => inner.OpenAsync(view, cancellationToken);

    public Task<IReadOnlyList<StoredDocument<TDocument>>> LoadAsync<TDocument>(
        View<TDocument> view, ViewGeneration generation, IReadOnlyCollection<string> ids, CancellationToken cancellationToken)
        where TDocument : class
    {
        Step?.Invoke(null);
        Loads++;
        return inner.LoadAsync(view, generation, ids, cancellationToken);
    }

    public async Task<ViewGeneration?> CommitAsync<TDocument>(View<TDocument> view, ViewCommit<TDocument> commit, CancellationToken cancellationToken)
        where TDocument : class
    {
        Step?.Invoke(false);
        await Running;
        var committed = await inner.CommitAsync(view, commit, cancellationToken);
        Commits++;
        Step?.Invoke(true);
        return committed;
    }

    public Task<ViewGeneration?> TakeAsync(ViewGeneration seen, string owner, CancellationToken cancellationToken) => WhenRunning(() => inner.TakeAsync(seen, owner, cancellationToken));

    public Task ReleaseAsync(ViewGeneration held, CancellationToken cancellationToken) => inner.ReleaseAsync(held, cancellationToken);

    public Task<IReadOnlyList<ViewWorker>> BeatAsync(ViewWorker worker, CancellationToken cancellationToken) => WhenRunning(() =>
    {
        Beats++;
        return inner.BeatAsync(worker, cancellationToken);
    });

    public Task ForgetAsync(ViewWorker seen, CancellationToken cancellationToken) => inner.ForgetAsync(seen, cancellationToken);

    public Task ReportFaultAsync(ViewGeneration generation, string fault, CancellationToken cancellationToken)
        => inner.ReportFaultAsync(generation, fault, cancellationToken);

    public Task<ViewGeneration> StartGenerationAsync(View view, CancellationToken cancellationToken) => inner.StartGenerationAsync(view, cancellationToken);

    public Task<bool> SwapAsync(ViewGeneration generation, CancellationToken cancellationToken) => inner.SwapAsync(generation, cancellationToken);

    public Task DropGenerationAsync(ViewGeneration generation, CancellationToken cancellationToken) => inner.DropGenerationAsync(generation, cancellationToken);

    private async Task<T> WhenRunning<T>(Func<Task<T>> call)
    {
        await Running;
        return await call();
    }
}
