using Orderly.ReadModels.ViewStore;

namespace Orderly.Tests;

/// <summary>A view store that does what another one does. A test overrides what it wants to see or to disturb.</summary>
public abstract class ViewStoreDecorator(IViewStore inner) : IViewStore
{
    public virtual Task<ViewSnapshot<TDocument>> FindAsync<TDocument>(
        View<TDocument> view, IReadOnlyCollection<string> ids, long? after, CancellationToken cancellationToken)
        where TDocument : class
        => inner.FindAsync(view, ids, after, cancellationToken);

    public virtual Task<ViewSnapshot<TDocument>> QueryAsync<TDocument>(
        View<TDocument> view, ViewQuery query, CancellationToken cancellationToken)
        where TDocument : class
        => inner.QueryAsync(view, query, cancellationToken);

    public virtual Task<GraphSnapshot> WalkAsync(View view, GraphQuery query, CancellationToken cancellationToken)
        => inner.WalkAsync(view, query, cancellationToken);

    public virtual Task<IReadOnlyList<ViewGeneration>> ReadGenerationsAsync(CancellationToken cancellationToken)
        => inner.ReadGenerationsAsync(cancellationToken);

    public IAsyncEnumerable<IReadOnlyList<ViewGeneration>> WatchAsync(CancellationToken cancellationToken)
        => inner.WatchAsync(cancellationToken);

    public virtual Task<IReadOnlyList<StoredDocument<TDocument>>> LoadAsync<TDocument>(
        View<TDocument> view, int number, IReadOnlyCollection<string> ids, CancellationToken cancellationToken)
        where TDocument : class
        => inner.LoadAsync(view, number, ids, cancellationToken);

    public virtual Task<IReadOnlyList<ViewPartition>?> CommitAsync<TDocument>(
        View<TDocument> view, ViewCommit<TDocument> commit, CancellationToken cancellationToken)
        where TDocument : class
        => inner.CommitAsync(view, commit, cancellationToken);

    public virtual Task<ViewPartition?> TryUpdateAsync(
        ViewPartition seen, Func<ViewPartition, DateTimeOffset, ViewPartition> change, CancellationToken cancellationToken)
        => inner.TryUpdateAsync(seen, change, cancellationToken);

    public virtual Task<IReadOnlyList<ViewWorker>> BeatAsync(ViewWorker worker, CancellationToken cancellationToken)
        => inner.BeatAsync(worker, cancellationToken);

    public Task ForgetAsync(ViewWorker seen, CancellationToken cancellationToken) => inner.ForgetAsync(seen, cancellationToken);

    public Task<T> ChangeAsync<T>(ViewChange<T> change, CancellationToken cancellationToken)
        => inner.ChangeAsync(change, cancellationToken);

    public Task<IReadOnlyList<ParkedEvent>> ReadParkedAsync(string view, int number, CancellationToken cancellationToken)
        => inner.ReadParkedAsync(view, number, cancellationToken);

    public Task<IReadOnlyList<SkippedEvent>> ReadSkippedAsync(string view, CancellationToken cancellationToken)
        => inner.ReadSkippedAsync(view, cancellationToken);

    public Task<ViewPage<TDocument>?> PageAsync<TDocument>(
        View<TDocument> view, int number, string? afterId, int limit, CancellationToken cancellationToken)
        where TDocument : class
        => inner.PageAsync(view, number, afterId, limit, cancellationToken);
}
