namespace Orderly.ReadModels.ViewStore;

/// <summary>
/// What is done with generations, leases and parked events: each is a rule of <see cref="ViewRecord"/> or <see cref="ViewPartition"/>
/// that the store applies in one atomic step.
/// </summary>
public static class ViewOperations
{
    /// <summary>The live generation; made, empty and at position 0, when the view has none.</summary>
    /// <param name="partitions">How many partitions it is made with, at least 1; a stored generation keeps its own number.</param>
    public static Task<ViewGeneration> OpenAsync(this IViewOperator views, View view, int partitions, CancellationToken cancellationToken)
        => views.ChangeAsync(
            new ViewChange<ViewGeneration>(view.Name, (record, now) => record.Open(view.Version, partitions, now)) { Definition = view },
            cancellationToken);

    /// <summary>
    /// A new generation of the view's version, empty and at position 0, that no query reads, with as many partitions as the
    /// live one (1 when there is none). Where one of that version is being built already, that one, as it is.
    /// </summary>
    public static Task<ViewGeneration> StartGenerationAsync(this IViewOperator views, View view, CancellationToken cancellationToken)
        => views.ChangeAsync(
            new ViewChange<ViewGeneration>(view.Name, (record, now) => record.Start(view.Version, now)) { Definition = view },
            cancellationToken);

    /// <summary>
    /// As <see cref="StartGenerationAsync"/>, when the view's version is newer than that of the live generation and was not declined;
    /// null, with nothing changed, when it is not, or was.
    /// </summary>
    public static Task<ViewGeneration?> StartVersionAsync(this IViewOperator views, View view, CancellationToken cancellationToken)
        => views.ChangeAsync(
            new ViewChange<ViewGeneration?>(view.Name, (record, now) => record.StartNewer(view.Version, now)) { Definition = view },
            cancellationToken);

    /// <summary>
    /// Makes a generation that is being built the live one, in one instant. The live one is retired; both keep their leases and
    /// positions. Generations that were retired before are dropped, but for a declined one of a later version than this one.
    /// False, with nothing changed, when the generation is not being built any more, or when the live one is further than it in any
    /// partition (in any at all, where their numbers of partitions differ): readers never go back in time. True when it is live already.
    /// </summary>
    /// <param name="over">The number of a live generation of another log: its positions don't count.</param>
    public static Task<bool> SwapAsync(
        this IViewOperator views, ViewGeneration generation, CancellationToken cancellationToken, int? over = null)
        => views.ChangeAsync(
            new ViewChange<bool>(generation.View, (record, now) => record.Swap(generation.Number, now, over)), cancellationToken);

    /// <summary>
    /// Makes the generation that was retired last one that is being built again, and marks the live one as declined; a generation that was
    /// being built is dropped. Answers the former; null, with nothing changed, when none is retired.
    /// </summary>
    public static Task<ViewGeneration?> RollBackAsync(this IViewOperator views, string view, CancellationToken cancellationToken)
        => views.ChangeAsync(new ViewChange<ViewGeneration?>(view, (record, _) => record.RollBack()), cancellationToken);

    /// <summary>
    /// Gives a generation another number of partitions, at least 1. Each of them starts at the lowest position of the old ones, without
    /// an owner, and under an epoch that none of the old ones had; documents tell by their own position what they hold already.
    /// Parked events go to the partitions of their documents; those without a document to all of them. Answers the generation,
    /// as it is when it has that many already; null, with nothing changed, when it is not there.
    /// </summary>
    public static Task<ViewGeneration?> RepartitionAsync(
        this IViewOperator views, string view, int number, int partitions, CancellationToken cancellationToken)
        => views.ChangeAsync(
            new ViewChange<ViewGeneration?>(view, (record, _) => record.Repartition(number, partitions)) { Parked = new(Number: number) },
            cancellationToken);

    /// <summary>
    /// Drops a generation that is not live, with what is parked in it; nothing happens when it is not there, or in another state than
    /// it was seen in.
    /// </summary>
    /// <exception cref="InvalidOperationException">It is live.</exception>
    public static Task DropGenerationAsync(this IViewOperator views, ViewGeneration generation, CancellationToken cancellationToken)
        => views.ChangeAsync(new ViewChange<bool>(generation.View, (record, _) => record.Drop(generation)), cancellationToken);

    /// <summary>Drops all generations of a view, the live one too, and what was decided to be left out of it.</summary>
    public static Task DropViewAsync(this IViewOperator views, string view, CancellationToken cancellationToken)
        => views.ChangeAsync(new ViewChange<bool>(view, (record, _) => record.DropAll()), cancellationToken);

    /// <summary>
    /// Takes back all that was decided to be left out of a view: the decisions name positions, and the log is another one now.
    /// </summary>
    public static Task ForgetSkippedAsync(this IViewOperator views, string view, CancellationToken cancellationToken)
        => views.ChangeAsync(new ViewChange<bool>(view, (record, _) => record.ForgetSkipped()), cancellationToken);

    /// <summary>
    /// Asks for another try of a view's events at a position, in whichever of its generations they are parked. Answers how
    /// many parked events that are; those that only wait behind another one don't count and can't be asked for.
    /// </summary>
    public static Task<int> AskRetryAsync(this IViewOperator views, string view, long position, CancellationToken cancellationToken)
        => views.ChangeAsync(
            new ViewChange<int>(view, (record, _) => record.AskRetry(position)) { Parked = new(Position: position) },
            cancellationToken);

    /// <summary>
    /// Decides that a view's parked events at a position are left out, and asks for a try, so that what waits goes on. Answers as <see
    /// cref="AskRetryAsync"/>.
    /// </summary>
    public static Task<int> AskSkipAsync(this IViewOperator views, string view, long position, CancellationToken cancellationToken)
        => views.ChangeAsync(
            new ViewChange<int>(view, (record, _) => record.AskSkip(position)) { Parked = new(Position: position) },
            cancellationToken);

    /// <summary>
    /// Takes the lease of a partition: from then on only commits under the answered epoch are accepted. Null, with
    /// nothing changed, when the epoch or the owner is not as it was seen any more, or the partition is not there.
    /// </summary>
    /// <param name="seen">As it was read. Its position does not matter.</param>
    public static Task<ViewPartition?> TakeAsync(
        this IViewWriter views, ViewPartition seen, string owner, CancellationToken cancellationToken)
        => views.TryUpdateAsync(seen, (partition, _) => partition.Take(owner), cancellationToken);

    /// <summary>Gives a lease back, so that it is free at once; nothing happens when somebody else has it by now.</summary>
    public static Task ReleaseAsync(this IViewWriter views, ViewPartition held, CancellationToken cancellationToken)
        => views.TryUpdateAsync(held, (partition, _) => partition.Release(), cancellationToken);

    /// <summary>Notes why a partition's worker can't go on; nothing happens when somebody else has its lease by now.</summary>
    public static Task ReportFaultAsync(this IViewWriter views, ViewPartition held, string fault, CancellationToken cancellationToken)
        => views.TryUpdateAsync(held, (partition, now) => partition.Report(fault, now), cancellationToken);
}
