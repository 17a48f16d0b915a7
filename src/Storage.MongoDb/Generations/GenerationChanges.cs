using MongoDB.Driver;
using Orderly.ReadModels.ViewStore;

namespace Orderly.Storage.MongoDb;

/// <summary>Changes views: one transaction for the view's record, its partitions and what is parked.</summary>
/// <remarks>
/// What a change changes is locked, by writing to it, before it is read a second time and changed. So nothing rests on the
/// server's isolation level: a commit to one of these partitions has ended before, or meets a changed record.
/// </remarks>
internal sealed class GenerationChanges(
    IMongoDatabase database, MongoTransactions transactions, ViewRecords views, PartitionRecords partitions, ParkedRecords parked,
    SkippedRecords skipped, TimeProvider time)
{
    private const int MaxAttempts = 64;

    private static readonly TimeSpan s_delay = TimeSpan.FromMilliseconds(20);

    /// <summary>
    /// The view's record before and after the change, which are the same when there was nothing to change, and the answer.
    /// </summary>
    public async Task<Changed<T>> ChangeAsync<T>(ViewChange<T> change, CancellationToken cancellationToken)
    {
        int? made = null;
        for (var attempt = 1; attempt <= MaxAttempts; attempt++)
        {
            int? added = null;
            var changed = await transactions.RunAsync(
                async (session, cancellation) =>
                {
                    var seen = await ApplyAsync(session, change, cancellation).ConfigureAwait(false);
                    added = seen?.Added;
                    return seen is null || ReferenceEquals(seen.Before, seen.After) ? seen
                        : added == made ? await TryWriteAsync(session, change, seen, cancellation).ConfigureAwait(false)
                        : null;
                },
                cancellationToken).ConfigureAwait(false);
            if (changed is not null)
            {
                return changed;
            }

            if (added is { } number && number != made)
            {
                // Outside of the transaction, since not every server can do that within. A collection that nobody comes to use is empty.
                await views.EnsureAsync(change.View, cancellationToken).ConfigureAwait(false);
                await ViewCollection.CreateAsync(database, change.Definition!, number, cancellationToken).ConfigureAwait(false);
                made = number;
            }
            else
            {
                await Task.Delay(s_delay, time, cancellationToken).ConfigureAwait(false);
            }
        }

        throw new ViewStoreUnavailableException($"The view '{change.View}' could not be changed: others kept changing it.");
    }

    /// <summary>Removes the collections of generations that were dropped before a time.</summary>
    public async Task RemoveDroppedAsync(DateTimeOffset before, CancellationToken cancellationToken)
    {
        foreach (var (view, number) in await views.FindDroppedAsync(before, cancellationToken).ConfigureAwait(false))
        {
            await database.DropCollectionAsync(ViewCollection.NameOf(view, number), cancellationToken).ConfigureAwait(false);
            await views.ForgetDroppedAsync(view, number, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Applies the change to what is stored; null when that is not of one instant.</summary>
    private async Task<Changed<T>?> ApplyAsync<T>(IClientSessionHandle session, ViewChange<T> change, CancellationToken cancellationToken)
    {
        var view = change.View;
        var stored = await views.FindAsync(session, view, cancellationToken).ConfigureAwait(false) ?? new StoredView(view, 0, []);
        var byNumber = (await partitions.ReadAsync(session, view, cancellationToken).ConfigureAwait(false)).ToLookup(one => one.Number);
        List<ViewGeneration?> generations = [.. stored.Visible.Select(one => one.Compose(view, byNumber[one.Number]))];
        if (generations.Contains(null))
        {
            return null;
        }

        var before = new ViewRecord(
            view, stored.Last, generations!,
            change.Parked is { } filter ? await parked.ReadAsync(session, view, filter, cancellationToken).ConfigureAwait(false) : [],
            await skipped.ReadAsync(session, view, cancellationToken).ConfigureAwait(false));
        var now = RecordValues.Rounded(time.GetUtcNow());
        var (after, answer) = change.Apply(before, now);
        return new Changed<T>(before, after, answer, stored.Become(after, now));
    }

    /// <summary>
    /// Locks what the change changes, applies it to what is stored then, and writes that. Null when that is not what is locked.
    /// </summary>
    private async Task<Changed<T>?> TryWriteAsync<T>(
        IClientSessionHandle session, ViewChange<T> change, Changed<T> seen, CancellationToken cancellationToken)
    {
        var locked = seen.Locks.ToHashSet(StringComparer.Ordinal);
        await views.LockAsync(session, change.View, cancellationToken).ConfigureAwait(false);
        await partitions.LockAsync(session, locked, cancellationToken).ConfigureAwait(false);
        var changed = await ApplyAsync(session, change, cancellationToken).ConfigureAwait(false);
        if (changed is null || changed.Added != seen.Added || !locked.IsSupersetOf(changed.Locks))
        {
            return null;
        }

        await WriteAsync(session, changed.Before, changed.After, cancellationToken).ConfigureAwait(false);
        await views.WriteAsync(session, changed.Stored, cancellationToken).ConfigureAwait(false);
        return changed;
    }

    /// <summary>Writes what differs between two records, but for the view's own.</summary>
    private async Task WriteAsync(IClientSessionHandle session, ViewRecord before, ViewRecord after, CancellationToken cancellationToken)
    {
        List<ViewPartition> old = [.. before.Generations.SelectMany(one => one.Partitions)];
        List<ViewPartition> now = [.. after.Generations.SelectMany(one => one.Partitions)];
        var removed = old.Select(RecordIds.OfPartition).Except(now.Select(RecordIds.OfPartition));
        await partitions.WriteAsync(session, now.Except(old), removed, cancellationToken).ConfigureAwait(false);
        foreach (var gone in before.Generations.Where(one => after.Find(one.Number) is null))
        {
            await parked.RemoveAsync(session, gone, cancellationToken).ConfigureAwait(false);
        }

        await parked.WriteAsync(session, [.. after.Parked.Except(before.Parked)], before.Parked.Except(after.Parked), cancellationToken)
            .ConfigureAwait(false);
        await skipped.WriteAsync(session, after.Skipped.Except(before.Skipped), before.Skipped.Except(after.Skipped), cancellationToken)
            .ConfigureAwait(false);
    }
}

/// <param name="Stored">The view's record as it is to be stored.</param>
internal sealed record Changed<T>(ViewRecord Before, ViewRecord After, T Answer, StoredView Stored)
{
    /// <summary>The number of the generation that the change adds; null: none.</summary>
    public int? Added => After.LastNumber > Before.LastNumber ? After.LastNumber : null;

    /// <summary>The ids of the partitions that are changed, or in which something parked is.</summary>
    public IEnumerable<string> Locks
        => Before.Generations.Except(After.Generations).SelectMany(one => one.Partitions).Select(RecordIds.OfPartition)
            .Concat(Before.Parked.Except(After.Parked).Select(one => RecordIds.OfPartition(one.View, one.Number, one.Partition)));
}
