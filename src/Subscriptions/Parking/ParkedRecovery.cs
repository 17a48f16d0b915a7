using Orderly.ReadModels.ViewStore;

namespace Orderly.Subscriptions;

/// <summary>A partition whose parked events are tried once more.</summary>
/// <param name="Held">The partitions that this worker holds.</param>
/// <param name="Index">Which of them it is.</param>
/// <param name="Parked">All that is parked in it, in the order of the log.</param>
/// <param name="Tried">What is tried again.</param>
/// <param name="Lot">Empty at first; takes what is parked afterwards.</param>
internal sealed record RecoveredPartition(
    HeldPartitions Held, int Index, IReadOnlyList<ParkedEvent> Parked, IReadOnlySet<ParkedEvent> Tried, ParkingLot Lot);

/// <summary>
/// Tries parked events once more: those that an operator has asked for or decided to leave out, whenever that was, and those of a type that
/// this program knows and the one that parked them did not.
/// </summary>
/// <param name="reactor">Does what follows from an event that is applied; null: nobody does.</param>
internal sealed class ParkedRecovery<TDocument>(
    IProjection<TDocument> projection, View<TDocument> view, SubscriptionServices services, Reactor<TDocument>? reactor)
    where TDocument : class
{
    /// <summary>Works out what changes. Null: there is nothing to try.</summary>
    /// <param name="held">The partitions; nobody folds into them meanwhile.</param>
    /// <param name="parked">All that is parked in them.</param>
    /// <param name="skipped">What is left out of the view.</param>
    public async Task<ViewCommit<TDocument>?> RunAsync(
        HeldPartitions held, IReadOnlyList<ParkedEvent> parked, IReadOnlyList<SkippedEvent> skipped, CancellationToken cancellationToken)
    {
        var leftOut = skipped.Select(one => (one.Position, one.Document)).ToHashSet();
        var tried = parked.Where(one => one.Reason != ParkedReason.Waiting
            && (one.IsAsked || IsKnownNow(one) || leftOut.Contains((one.Position, one.Document)))).ToHashSet();
        ViewCommit<TDocument>? commit = null;
        foreach (var index in tried.Select(one => one.Partition).Distinct())
        {
            var lot = new ParkingLot([], skipped, int.MaxValue, services.Time);
            List<ParkedEvent> before = [.. parked.Where(one => one.Partition == index).OrderBy(one => one.Position)];
            var partition = new RecoveredPartition(held, index, before, tried, lot);
            var late = await new LateDocuments<TDocument>(projection, view, services)
                .FoldAsync(partition, cancellationToken).ConfigureAwait(false);
            var (upserts, deletes) = await new PartitionRecovery<TDocument>(projection, view, services, reactor, late)
                .RunAsync(partition, cancellationToken).ConfigureAwait(false);
            var after = lot.TakeNew().Select(one => WithTries(one, before, tried)).ToList();
            commit = new ViewCommit<TDocument>(
                held.All, held.Position, [.. commit?.Upserts ?? [], .. upserts], [.. commit?.Deletes ?? [], .. deletes])
            {
                Parked = [.. commit?.Parked ?? [], .. after.Except(before)],
                Released = [.. commit?.Released ?? [], .. before.ExceptBy(after.Select(KeyOf), KeyOf)],
            };
        }

        return commit;
    }

    private bool IsKnownNow(ParkedEvent parked)
        => parked.Reason is ParkedReason.UnknownType or ParkedReason.TooNew
            && services.Types.Names.Contains(parked.Type, StringComparer.Ordinal);

    /// <summary>
    /// The event with all of its tries. What was asked for is answered, also where it did not come to a try: something before it is parked.
    /// </summary>
    private static ParkedEvent WithTries(ParkedEvent after, List<ParkedEvent> before, HashSet<ParkedEvent> tried)
    {
        var was = before.Find(one => KeyOf(one) == KeyOf(after));
        return was is null || (ReferenceEquals(was, after) && !tried.Contains(was)) ? after
            : ReferenceEquals(was, after) ? after with { IsAsked = false }
            : after with { Attempts = was.Attempts + after.Attempts, ParkedAt = was.ParkedAt };
    }

    private static (string? Document, long Position) KeyOf(ParkedEvent one) => (one.Document, one.Position);
}
