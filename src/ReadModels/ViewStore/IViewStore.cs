namespace Orderly.ReadModels.ViewStore;

/// <summary>
/// Where views are kept: <see cref="IViewReader"/> for queries, <see cref="IViewWriter"/> for workers, <see cref="IViewOperator"/> for what
/// is done with whole generations. Each adapter answers with its engine's own means; the contract suite in
/// <c>tests/Contracts</c> states what they have in common. Safe for concurrent use, also by several processes.
/// </summary>
/// <remarks>Every member throws <see cref="ViewStoreUnavailableException"/> when the store can't be reached, and
/// <see cref="ViewStoreUnusableException"/> when this program can't use it at all.</remarks>
public interface IViewStore : IViewReader, IViewWriter, IViewOperator;

/// <summary>What queries need of the view store.</summary>
public interface IViewReader
{
    /// <summary>
    /// The documents with these ids in the live generation; ids without one are left out. A view that was never opened is empty, at
    /// position 0.
    /// </summary>
    /// <param name="after">Only those that hold an event after this position of the log; null: all.</param>
    Task<ViewSnapshot<TDocument>> FindAsync<TDocument>(
        View<TDocument> view, IReadOnlyCollection<string> ids, long? after, CancellationToken cancellationToken)
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
}

/// <summary>What can be asked of every view store.</summary>
public static class ViewReading
{
    /// <inheritdoc cref="IViewReader.FindAsync"/>
    public static Task<ViewSnapshot<TDocument>> FindAsync<TDocument>(
        this IViewReader store, View<TDocument> view, IReadOnlyCollection<string> ids, CancellationToken cancellationToken)
        where TDocument : class
        => store.FindAsync(view, ids, after: null, cancellationToken);
}

/// <summary>What workers need of the view store. Leases are in <see cref="ViewOperations"/>.</summary>
public interface IViewWriter
{
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
    /// The view has only a part of each document; the commit has no partition, or not all are of one generation of the view; its position
    /// is behind each of them; or an event is to be parked in, or released from, a partition that is none of them.
    /// </exception>
    Task<IReadOnlyList<ViewPartition>?> CommitAsync<TDocument>(
        View<TDocument> view, ViewCommit<TDocument> commit, CancellationToken cancellationToken)
        where TDocument : class;

    /// <summary>
    /// Changes a partition's epoch, owner or fault, if its stored epoch and owner are as they were seen; all else stays as it is
    /// stored. Answers the partition as it is then, or null, with nothing changed, when they are not, or the partition is not there.
    /// </summary>
    /// <param name="seen">As it was read. Its position does not matter.</param>
    /// <param name="change">A pure function of the partition and the time (UTC); it may look at epoch and owner only.</param>
    Task<ViewPartition?> TryUpdateAsync(
        ViewPartition seen, Func<ViewPartition, DateTimeOffset, ViewPartition> change, CancellationToken cancellationToken);

    /// <summary>A worker's sign of life: counts its beats on, from 1, and answers all workers by id, that one included.</summary>
    /// <param name="worker">Its id and what it can keep; the beat in it does not matter.</param>
    Task<IReadOnlyList<ViewWorker>> BeatAsync(ViewWorker worker, CancellationToken cancellationToken);

    /// <summary>Forgets a worker that has left, or that died; nothing happens when its beat is not as it was seen.</summary>
    Task ForgetAsync(ViewWorker seen, CancellationToken cancellationToken);
}

/// <summary>What building and operating need of the view store. What can be done with it is in <see cref="ViewOperations"/>.</summary>
public interface IViewOperator
{
    /// <summary>
    /// Reads a view's record, applies a change and stores the difference, in one atomic step: when another process came between,
    /// it is applied anew. Removed generations go with their documents and parked events.
    /// </summary>
    Task<T> ChangeAsync<T>(ViewChange<T> change, CancellationToken cancellationToken);

    /// <summary>What is parked in a generation, by position, partition and document (null first).</summary>
    Task<IReadOnlyList<ParkedEvent>> ReadParkedAsync(string view, int number, CancellationToken cancellationToken);

    /// <summary>What was decided to be left out of a view, by position.</summary>
    Task<IReadOnlyList<SkippedEvent>> ReadSkippedAsync(string view, CancellationToken cancellationToken);

    /// <summary>
    /// Documents of one generation in the order of their ids (ordinal), with all its partitions, of one instant; null when it is not
    /// there.
    /// </summary>
    /// <param name="afterId">Only documents with a greater id; null: from the first.</param>
    Task<ViewPage<TDocument>?> PageAsync<TDocument>(
        View<TDocument> view, int number, string? afterId, int limit, CancellationToken cancellationToken)
        where TDocument : class;
}

/// <summary>This program can't use the view store, now or later: its message says what to do. To try again would not help.</summary>
public class ViewStoreUnusableException(string message) : Exception(message);

/// <summary>What is stored was written by a program of another version, and can't be read by this one.</summary>
public sealed class ViewStoreFormatException(string message) : ViewStoreUnusableException(message);

/// <summary>The view store can't be reached or can't write now, or what was asked for is damaged in it.</summary>
public sealed class ViewStoreUnavailableException(string message, Exception? inner = null) : Exception(message, inner);
