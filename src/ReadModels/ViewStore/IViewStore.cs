namespace Orderly.ReadModels.ViewStore;

/// <summary>
/// Where views are kept. Each adapter answers with its engine's own means; the contract suite in
/// <c>tests/Contracts</c> states what they have in common. Safe for concurrent use, also by several processes.
/// </summary>
/// <remarks>Every member throws <see cref="ViewStoreUnavailableException"/> when the store can't be reached.</remarks>
public interface IViewStore
{
    // For queries.

    /// <summary>The documents with these ids in the live generation; ids without one are left out. A view that was never opened is empty, at position 0.</summary>
    Task<ViewSnapshot<TDocument>> FindAsync<TDocument>(View<TDocument> view, IReadOnlyCollection<string> ids, CancellationToken cancellationToken)
        where TDocument : class;

    /// <summary>The documents of the live generation that fit.</summary>
    Task<ViewSnapshot<TDocument>> QueryAsync<TDocument>(View<TDocument> view, ViewQuery query, CancellationToken cancellationToken)
        where TDocument : class;

    /// <summary>All generations of all views, by name and number.</summary>
    Task<IReadOnlyList<ViewGeneration>> ReadGenerationsAsync(CancellationToken cancellationToken);

    /// <summary>
    /// The live generations, at once and again whenever one of them moved, was swapped or reported a fault, whichever
    /// process did it; the latest state, not each one. One watcher serves any number of waiters.
    /// </summary>
    IAsyncEnumerable<IReadOnlyList<ViewGeneration>> WatchAsync(CancellationToken cancellationToken);

    // For workers.

    /// <summary>The live generation; made, empty and at position 0, when the view has none.</summary>
    Task<ViewGeneration> OpenAsync(View view, CancellationToken cancellationToken);

    /// <summary>Documents of one generation, live or not, by their ids; those that are not there are left out.</summary>
    Task<IReadOnlyList<StoredDocument<TDocument>>> LoadAsync<TDocument>(
        View<TDocument> view, ViewGeneration generation, IReadOnlyCollection<string> ids, CancellationToken cancellationToken)
        where TDocument : class;

    /// <summary>
    /// Writes documents and progress in one atomic commit and clears the fault. Answers the generation as it is then, or
    /// null, with nothing written, when the stored epoch or position is not the commit's any more: another worker has
    /// gone on, or the generation was replaced.
    /// </summary>
    Task<ViewGeneration?> CommitAsync<TDocument>(View<TDocument> view, ViewCommit<TDocument> commit, CancellationToken cancellationToken)
        where TDocument : class;

    /// <summary>
    /// Takes the lease of a generation: from then on only commits under the answered epoch are accepted. Null, with
    /// nothing changed, when the epoch or the owner is not as it was seen any more, or the generation is not there.
    /// </summary>
    /// <param name="seen">As it was read. Its position does not matter.</param>
    Task<ViewGeneration?> TakeAsync(ViewGeneration seen, string owner, CancellationToken cancellationToken);

    /// <summary>Gives a lease back, so that it is free at once; nothing happens when it is held under another epoch.</summary>
    Task ReleaseAsync(ViewGeneration held, CancellationToken cancellationToken);

    /// <summary>A worker's sign of life: counts its beats on, from 1, and answers all workers by id, that one included.</summary>
    /// <param name="worker">Its id and what it can keep; the beat in it does not matter.</param>
    Task<IReadOnlyList<ViewWorker>> BeatAsync(ViewWorker worker, CancellationToken cancellationToken);

    /// <summary>Forgets a worker that has left, or that died; nothing happens when its beat is not as it was seen.</summary>
    Task ForgetAsync(ViewWorker seen, CancellationToken cancellationToken);

    /// <summary>Notes why a generation's worker can't go on. Does nothing when the generation's epoch has changed.</summary>
    Task ReportFaultAsync(ViewGeneration generation, string fault, CancellationToken cancellationToken);

    // For rebuilding.

    /// <summary>A new generation, empty and at position 0, that no query reads.</summary>
    Task<ViewGeneration> StartGenerationAsync(View view, CancellationToken cancellationToken);

    /// <summary>
    /// Makes a generation the live one, in one instant, and drops the one that was. False, with nothing changed, when
    /// the live one is further than it: readers never go back in time. A worker of the old one finds its next commit refused.
    /// </summary>
    Task<bool> SwapAsync(ViewGeneration generation, CancellationToken cancellationToken);

    /// <summary>Drops a generation that is not live; nothing happens when it is not there.</summary>
    /// <exception cref="InvalidOperationException">It is live.</exception>
    Task DropGenerationAsync(ViewGeneration generation, CancellationToken cancellationToken);
}

/// <summary>The view store can't be reached or can't write now.</summary>
public sealed class ViewStoreUnavailableException(string message, Exception? inner = null) : Exception(message, inner);
