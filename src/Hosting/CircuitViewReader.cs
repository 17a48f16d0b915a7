using Orderly.ReadModels.ViewStore;
using Polly.CircuitBreaker;

namespace Orderly.Hosting;

/// <summary>Reads the view store for queries through its circuit. Who follows the views' progress waits for the store instead.</summary>
internal sealed class CircuitViewReader(IViewReader inner, StoreCircuit circuit) : IViewReader
{
    public Task<ViewSnapshot<TDocument>> FindAsync<TDocument>(
        View<TDocument> view, IReadOnlyCollection<string> ids, long? after, CancellationToken cancellationToken)
        where TDocument : class
        => CallAsync(
            (with, token) => with.inner.FindAsync(with.view, with.ids, with.after, token), (inner, view, ids, after), cancellationToken);

    public Task<ViewSnapshot<TDocument>> QueryAsync<TDocument>(View<TDocument> view, ViewQuery query, CancellationToken cancellationToken)
        where TDocument : class
        => CallAsync((with, token) => with.inner.QueryAsync(with.view, with.query, token), (inner, view, query), cancellationToken);

    public Task<GraphSnapshot> WalkAsync(View view, GraphQuery query, CancellationToken cancellationToken)
        => CallAsync((with, token) => with.inner.WalkAsync(with.view, with.query, token), (inner, view, query), cancellationToken);

    public Task<IReadOnlyList<ViewGeneration>> ReadGenerationsAsync(CancellationToken cancellationToken)
        => CallAsync((with, token) => with.ReadGenerationsAsync(token), inner, cancellationToken);

    public IAsyncEnumerable<IReadOnlyList<ViewGeneration>> WatchAsync(CancellationToken cancellationToken)
        => inner.WatchAsync(cancellationToken);

    private async Task<T> CallAsync<T, TState>(
        Func<TState, CancellationToken, Task<T>> call, TState state, CancellationToken cancellationToken)
    {
        try
        {
            return await circuit.CallAsync(call, state, cancellationToken);
        }
        catch (BrokenCircuitException e)
        {
            throw new ViewStoreUnavailableException("The view store was not asked, since its last calls failed.", e);
        }
    }
}
