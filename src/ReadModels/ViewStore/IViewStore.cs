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

    /// <summary>The nodes that a walk along the edges in the live generation reaches, the strongest first.</summary>
    /// <exception cref="ArgumentException">As <see cref="GraphQuery.GraphOf"/>.</exception>
    Task<GraphSnapshot> WalkAsync(View view, GraphQuery query, CancellationToken cancellationToken);

    /// <summary>All generations of all views, by name and number.</summary>
    Task<IReadOnlyList<ViewGeneration>> ReadGenerationsAsync(CancellationToken cancellationToken);

    /// <summary>
    /// All generations, at once and again whenever one of them changed, whichever process did it; the latest state, not
    /// each one. One watcher serves any number of waiters.
    /// </summary>
    IAsyncEnumerable<IReadOnlyList<ViewGeneration>> WatchAsync(CancellationToken cancellationToken);

    // For workers.

    /// <summary>The live generation; made, empty and at position 0, when the view has none.</summary>
    /// <param name="partitions">How many partitions it is made with, at least 1; the stored one keeps its own number.</param>
    Task<ViewGeneration> OpenAsync(View view, int partitions, CancellationToken cancellationToken);

    /// <summary>Documents of one generation, whatever its state, by their ids; those that are not there are left out.</summary>
    Task<IReadOnlyList<StoredDocument<TDocument>>> LoadAsync<TDocument>(
        View<TDocument> view, int number, IReadOnlyCollection<string> ids, CancellationToken cancellationToken)
        where TDocument : class;

    /// <summary>
    /// Writes documents, parked events and progress in one atomic commit and clears the faults. Answers the commit's
    /// partitions as they are then, or null, with nothing written, when the stored epoch or position of one of them is not
    /// the commit's any more: another worker has gone on, or the generation is gone.
    /// </summary>
    /// <exception cref="ArgumentException">
    /// The commit has no partition, or not all are of one generation of the view; its position is behind each of them; or an
    /// event is to be parked in, or released from, a partition that is none of them.
    /// </exception>
    Task<IReadOnlyList<ViewPartition>?> CommitAsync<TDocument>(View<TDocument> view, ViewCommit<TDocument> commit, CancellationToken cancellationToken)
        where TDocument : class;

    /// <summary>
    /// Takes the lease of a partition: from then on only commits under the answered epoch are accepted. Null, with
    /// nothing changed, when the epoch or the owner is not as it was seen any more, or the partition is not there.
    /// </summary>
    /// <param name="seen">As it was read. Its position does not matter.</param>
    Task<ViewPartition?> TakeAsync(ViewPartition seen, string owner, CancellationToken cancellationToken);

    /// <summary>Gives a lease back, so that it is free at once; nothing happens when it is held under another epoch.</summary>
    Task ReleaseAsync(ViewPartition held, CancellationToken cancellationToken);

    /// <summary>A worker's sign of life: counts its beats on, from 1, and answers all workers by id, that one included.</summary>
    /// <param name="worker">Its id and what it can keep; the beat in it does not matter.</param>
    Task<IReadOnlyList<ViewWorker>> BeatAsync(ViewWorker worker, CancellationToken cancellationToken);

    /// <summary>Forgets a worker that has left, or that died; nothing happens when its beat is not as it was seen.</summary>
    Task ForgetAsync(ViewWorker seen, CancellationToken cancellationToken);

    /// <summary>Notes why a partition's worker can't go on. Does nothing when the partition's epoch has changed.</summary>
    Task ReportFaultAsync(ViewPartition held, string fault, CancellationToken cancellationToken);

    // For parked events.

    /// <summary>What is parked in a generation, by position, partition and document (null first).</summary>
    Task<IReadOnlyList<ParkedEvent>> ReadParkedAsync(string view, int number, CancellationToken cancellationToken);

    /// <summary>
    /// Asks for another try of a view's events at a position, in whichever of its generations they are parked. Answers how
    /// many parked events that are; those that only wait behind another one don't count and can't be asked for.
    /// </summary>
    Task<int> AskRetryAsync(string view, long position, CancellationToken cancellationToken);

    /// <summary>Decides that a view's parked events at a position are left out, and asks for a try, so that what waits goes on. Answers as <see cref="AskRetryAsync"/>.</summary>
    Task<int> AskSkipAsync(string view, long position, CancellationToken cancellationToken);

    /// <summary>What was decided to be left out of a view, by position.</summary>
    Task<IReadOnlyList<SkippedEvent>> ReadSkippedAsync(string view, CancellationToken cancellationToken);

    // For building and operating.

    /// <summary>
    /// A new generation of the view's version, empty and at position 0, that no query reads, with as many partitions as the
    /// live one (1 when there is none). Where one of that version is being built already, that one, as it is.
    /// </summary>
    Task<ViewGeneration> StartGenerationAsync(View view, CancellationToken cancellationToken);

    /// <summary>
    /// As <see cref="StartGenerationAsync"/>, when the view's version is newer than that of the live generation and was not declined;
    /// null, with nothing changed, when it is not, or was.
    /// </summary>
    Task<ViewGeneration?> StartVersionAsync(View view, CancellationToken cancellationToken);

    /// <summary>
    /// Makes a generation that is being built the live one, in one instant; the one that was is retired and keeps its leases,
    /// and those that were retired before are dropped, but for one that was declined and is of a later version than this one. False, with nothing changed, when it is not being built any more, or when the live
    /// one is further than it in any partition (in any at all, where their numbers of partitions differ): readers never go back in time.
    /// True when it is live already.
    /// </summary>
    Task<bool> SwapAsync(ViewGeneration generation, CancellationToken cancellationToken);

    /// <summary>
    /// Makes the generation that was retired last one that is being built again, and marks the live one as declined; a generation that was being
    /// built is dropped. Answers the former; null, with nothing changed, when none is retired.
    /// </summary>
    Task<ViewGeneration?> RollBackAsync(string view, CancellationToken cancellationToken);

    /// <summary>
    /// Gives a generation another number of partitions. Each of them starts at the position of the one that was furthest behind,
    /// without an owner, and under an epoch that none of the old ones had; documents tell by their own position what they hold already.
    /// Parked events go to the partitions of their documents; those without a document to all of them. Answers the generation,
    /// as it is when it has that many already; null, with nothing changed, when it is not there.
    /// </summary>
    Task<ViewGeneration?> RepartitionAsync(string view, int number, int partitions, CancellationToken cancellationToken);

    /// <summary>Documents of one generation in the order of their ids (ordinal), with all its partitions, of one instant; null when it is not there.</summary>
    /// <param name="afterId">Only documents with a greater id; null: from the first.</param>
    Task<ViewPage<TDocument>?> PageAsync<TDocument>(View<TDocument> view, int number, string? afterId, int limit, CancellationToken cancellationToken)
        where TDocument : class;

    /// <summary>
    /// Drops a generation that is not live, with what is parked in it; nothing happens when it is not there, or in another state than
    /// it was seen in.
    /// </summary>
    /// <exception cref="InvalidOperationException">It is live.</exception>
    Task DropGenerationAsync(ViewGeneration generation, CancellationToken cancellationToken);

    /// <summary>Drops all generations of a view, the live one too, and what was decided to be left out of it.</summary>
    Task DropViewAsync(string view, CancellationToken cancellationToken);
}

/// <summary>What is stored was written by a program of another version, and can't be read by this one.</summary>
public sealed class ViewStoreFormatException(string message) : Exception(message);

/// <summary>The view store can't be reached or can't write now.</summary>
public sealed class ViewStoreUnavailableException(string message, Exception? inner = null) : Exception(message, inner);
