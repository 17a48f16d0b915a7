using Orderly.Domain.EventStore;
using Orderly.ReadModels.ViewStore;

namespace Orderly.Subscriptions;

/// <summary>Keeps one view, whatever the shape of its documents.</summary>
public interface IProjectionWorker
{
    /// <summary>The view that it keeps.</summary>
    View View { get; }

    /// <summary>Whether it acts on what it hears: then no query reads its view.</summary>
    bool IsProcess { get; }

    /// <summary>The streams that its projection hears.</summary>
    EventFilter Filter { get; }

    /// <summary>
    /// Follows the log and keeps partitions of a generation under the leases that were taken, until cancelled, or until
    /// somebody else has one of them or the generation is gone. A generation that is being built goes live as soon as it
    /// is as far as the live one. A fault of a store is noted with the partitions and tried again after a pause that
    /// grows; an event that can't be applied is parked after a bounded number of tries. Partitions of another log are left alone, and that
    /// is noted with them as a fault.
    /// </summary>
    /// <param name="held">As they are stored.</param>
    /// <param name="log">Shared with the other consumers of this process.</param>
    /// <param name="onPrepared">Called, once or more often, when what operators had asked for before the start is done.</param>
    Task KeepAsync(
        ViewGeneration generation, IReadOnlyList<ViewPartition> held, SharedLog log, Action onPrepared,
        CancellationToken cancellationToken);

    /// <summary>
    /// Folds the log afresh, beside the live generation, and compares every document of the two, page by page, each page at one
    /// position; both go on meanwhile.
    /// </summary>
    /// <param name="onDifference">Called for each document that differs, in the order of the ids.</param>
    /// <exception cref="InvalidOperationException">
    /// The view has no live generation, or it was replaced or repartitioned meanwhile, or is of another log
    /// (<see cref="OtherLogException"/>).
    /// </exception>
    /// <exception cref="ParkingLotFullException">More events can't be applied than may be parked.</exception>
    Task<VerifyResult> VerifyAsync(
        Action<ViewDifference> onDifference, IProgress<FoldProgress> progress, CancellationToken cancellationToken);

    /// <summary>
    /// Builds the view as it was at a position, as a generation of a view of another name that nobody keeps and no query reads.
    /// Where that is there already, it goes on from where it is.
    /// </summary>
    /// <param name="name">The name of the view to build.</param>
    /// <exception cref="InvalidOperationException">A view of that name is further already, or somebody else writes to it.</exception>
    /// <exception cref="ParkingLotFullException">More events can't be applied than may be parked.</exception>
    Task<ViewGeneration> BuildAsOfAsync(
        LogPosition position, string name, IProgress<FoldProgress> progress, CancellationToken cancellationToken);
}

/// <summary>How far a fold of the log is.</summary>
/// <param name="Position">The log position up to which it is committed.</param>
/// <param name="End">Where it ends.</param>
/// <param name="Events">How many events it has read.</param>
public sealed record FoldProgress(long Position, long End, long Events);
