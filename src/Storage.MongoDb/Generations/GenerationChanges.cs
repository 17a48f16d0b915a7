using MongoDB.Driver;
using Orderly.ReadModels.ViewStore;

namespace Orderly.Storage.MongoDb;

/// <summary>
/// What can be done with whole generations. Each change is one of the view's record, in one transaction with what it means
/// for the partitions; where there are none, in the order in which it is written here.
/// </summary>
/// <remarks>A member that answers null has changed nothing, or has undone it, because another process came between: call it anew.</remarks>
internal sealed class GenerationChanges(
    IMongoDatabase database, ViewRecords views, PartitionRecords partitions, ParkedRecords parked, SkippedRecords skipped, GenerationReading reading, TimeProvider time)
{
    /// <summary>How often, and how long, to wait for a generation that gets other partitions just now.</summary>
    private const int MaxWaits = 16;

    private static readonly TimeSpan s_wait = TimeSpan.FromMilliseconds(20);

    /// <summary>The live generation; made when there is none.</summary>
    public async Task<ViewGeneration> OpenAsync(IClientSessionHandle session, View view, int count, CancellationToken cancellationToken)
        => (await MakeAsync(
            session,
            view,
            RecordState.Opening,
            _ => true,
            record => record.Live,
            _ => count,
            (record, number) => record.Open(number, Now),
            cancellationToken).ConfigureAwait(false))!;

    /// <summary>The generation of the view's version that is being built; made when there is none.</summary>
    /// <param name="isAsked">Whether it is made in any case; else null when its version is not newer than the live one's, or was declined.</param>
    public Task<ViewGeneration?> StartAsync(IClientSessionHandle session, View view, bool isAsked, CancellationToken cancellationToken)
        => MakeAsync(
            session,
            view,
            RecordState.Starting,
            record => isAsked || record.Wants(view.Version),
            record => record.Find(RecordState.Building, view.Version),
            record => record.Live?.Partitions ?? 1,
            (record, number) => record.Start(number),
            cancellationToken);

    /// <summary>Makes a generation that is being built the live one, unless the live one is further.</summary>
    public async Task<Swapped?> TrySwapAsync(IClientSessionHandle session, string view, int number, CancellationToken cancellationToken)
    {
        var record = await views.FindAsync(session, view, cancellationToken).ConfigureAwait(false);
        if (record?.Find(number) is not { State: not RecordState.Retired } next)
        {
            return new Swapped(IsLive: false, Replaced: null);
        }

        if (next.State == RecordState.Live)
        {
            return new Swapped(IsLive: true, Replaced: null);
        }

        var limits = record.Live is { } live ? await LimitsAsync(session, view, live, next, cancellationToken).ConfigureAwait(false) : [];
        if ((record.Live is not null && limits.Count == 0) || limits.Exists(limit => limit.Partition.Position > limit.Limit))
        {
            return new Swapped(IsLive: false, Replaced: null);
        }

        var changed = record.Swap(number, Now);
        if (!await views.TryReplaceAsync(session, record, changed, cancellationToken).ConfigureAwait(false))
        {
            return null;
        }

        // Not when the live one has gone on meanwhile, past the one that is to replace it.
        if (limits.Count > 0 && !await partitions.TryGuardAsync(session, limits, cancellationToken).ConfigureAwait(false))
        {
            await views.TryReplaceAsync(session, record with { Revision = record.Revision + 1 }, record, cancellationToken).ConfigureAwait(false);
            return null;
        }

        await DropPartitionsAsync(session, record, changed, cancellationToken).ConfigureAwait(false);
        return new Swapped(IsLive: true, record.Live?.Number);
    }

    /// <summary>Makes the retired generation one that is being built.</summary>
    public async Task<Changed?> TryRollBackAsync(IClientSessionHandle session, string view, CancellationToken cancellationToken)
    {
        var record = await views.FindAsync(session, view, cancellationToken).ConfigureAwait(false);
        if (record?.Retired is not { } retired)
        {
            return Changed.Nothing;
        }

        var changed = record.RollBack(Now);
        if (!await views.TryReplaceAsync(session, record, changed, cancellationToken).ConfigureAwait(false))
        {
            return null;
        }

        await DropPartitionsAsync(session, record, changed, cancellationToken).ConfigureAwait(false);
        return new Changed(await reading.ReadAsync(session, view, changed.Find(retired.Number)!, cancellationToken).ConfigureAwait(false));
    }

    /// <summary>Gives a generation other partitions, without a lease on any of them, unless it has as many already.</summary>
    public async Task<Changed?> TryRepartitionAsync(IClientSessionHandle session, string view, int number, int count, CancellationToken cancellationToken)
    {
        var record = await views.FindAsync(session, view, cancellationToken).ConfigureAwait(false);
        if (record?.Find(number) is not { } generation)
        {
            return Changed.Nothing;
        }

        if (generation.Partitions == count && await reading.ReadAsync(session, view, generation, cancellationToken).ConfigureAwait(false) is { } unchanged)
        {
            return new Changed(unchanged);
        }

        var changed = record.Repartition(number, count);
        if (!await views.TryReplaceAsync(session, record, changed, cancellationToken).ConfigureAwait(false))
        {
            return null;
        }

        // Nobody writes to the old ones from here on, so what is read of them stays so.
        await partitions.DropAsync(session, view, number, Now, cancellationToken).ConfigureAwait(false);
        var sums = await parked.RepartitionAsync(session, view, number, count, cancellationToken).ConfigureAwait(false);
        await partitions.ReplaceAsync(session, view, number, sums, cancellationToken).ConfigureAwait(false);
        return await reading.ReadAsync(session, view, changed.Find(number)!, cancellationToken).ConfigureAwait(false) is { } repartitioned
            ? new Changed(repartitioned)
            : null;
    }

    /// <summary>Drops a generation that is in the state that it was seen in. <see cref="Dropped.IsLive"/> when it is live, and was not.</summary>
    public async Task<Dropped?> TryDropAsync(IClientSessionHandle session, ViewGeneration seen, CancellationToken cancellationToken)
    {
        var (view, number) = (seen.View, seen.Number);
        var record = await views.FindAsync(session, view, cancellationToken).ConfigureAwait(false);
        return record?.Find(number) switch
        {
            null => new Dropped(IsLive: false),
            { State: RecordState.Live } => new Dropped(IsLive: true),
            { State: RecordState.Retired } when seen.State != GenerationState.Retired => new Dropped(IsLive: false),
            { State: RecordState.Building } when seen.State != GenerationState.Building => new Dropped(IsLive: false),
            _ => await TryChangeAsync(session, record, record.Drop(number, Now), cancellationToken).ConfigureAwait(false) ? new Dropped(IsLive: false) : null,
        };
    }

    /// <summary>Drops all generations of a view, and what was to be left out of it.</summary>
    public async Task<Dropped?> TryDropAllAsync(IClientSessionHandle session, string view, CancellationToken cancellationToken)
    {
        if (await views.FindAsync(session, view, cancellationToken).ConfigureAwait(false) is { } record
            && !await TryChangeAsync(session, record, record.DropAll(Now), cancellationToken).ConfigureAwait(false))
        {
            return null;
        }

        await skipped.RemoveAsync(session, view, cancellationToken).ConfigureAwait(false);
        return new Dropped(IsLive: false);
    }

    /// <summary>Asks for another try of parked events, or for them to be left out. Answers how many they are.</summary>
    public async Task<Asked?> TryAskAsync(IClientSessionHandle session, string view, long position, bool skip, CancellationToken cancellationToken)
    {
        var record = await views.FindAsync(session, view, cancellationToken).ConfigureAwait(false);
        List<int> numbers = [.. from generation in record?.Generations ?? [] where generation.IsVisible select generation.Number];
        var found = await parked.ReadAtAsync(session, view, numbers, position, cancellationToken).ConfigureAwait(false);
        if (found.Count == 0)
        {
            return new Asked(0);
        }

        // The partitions first: a commit to one of them has ended then, or begins after this.
        await partitions.AskAsync(session, found.Select(one => RecordIds.OfPartition(view, one.Number, one.Partition)).Distinct(StringComparer.Ordinal), cancellationToken).ConfigureAwait(false);
        var locked = found.Select(one => (one.Number, one.Partition)).ToHashSet();
        var asked = (await parked.ReadAtAsync(session, view, numbers, position, cancellationToken).ConfigureAwait(false))
            .FindAll(one => locked.Contains((one.Number, one.Partition)));
        if (skip && asked.Count > 0)
        {
            await skipped.AddAsync(session, asked.Select(one => new SkippedEvent(view, position, one.Document)), cancellationToken).ConfigureAwait(false);
        }

        await parked.AskAsync(session, asked, cancellationToken).ConfigureAwait(false);
        foreach (var generation in locked.GroupBy(one => one.Number, one => one.Partition))
        {
            await parked.SumUpAsync(session, view, generation.Key, [.. generation], cancellationToken).ConfigureAwait(false);
        }

        return new Asked(asked.Count);
    }

    /// <summary>Removes generations that were dropped before a time; what says so last.</summary>
    public async Task RemoveDroppedAsync(DateTimeOffset before, CancellationToken cancellationToken)
    {
        foreach (var (view, number) in await views.FindDroppedAsync(before, cancellationToken).ConfigureAwait(false))
        {
            await database.DropCollectionAsync(ViewCollection.NameOf(view, number), cancellationToken).ConfigureAwait(false);
            await parked.RemoveAsync(view, number, cancellationToken).ConfigureAwait(false);
            await partitions.RemoveAsync(view, number, cancellationToken).ConfigureAwait(false);
            await views.RemoveDroppedAsync(view, number, cancellationToken).ConfigureAwait(false);
        }
    }

    private DateTimeOffset Now => RecordValues.Rounded(time.GetUtcNow());

    /// <summary>
    /// Goes from step to step, each one a change of the record: a number, then all that the generation needs, then the
    /// generation. Several processes can be at it at once, or one after another that was cut off, and do the same.
    /// </summary>
    /// <param name="isWanted">Whether to go on; null is the answer when it is not.</param>
    /// <param name="find">The generation when it is there.</param>
    private async Task<ViewGeneration?> MakeAsync(
        IClientSessionHandle session,
        View view,
        RecordState step,
        Func<ViewRecord, bool> isWanted,
        Func<ViewRecord, GenerationRecord?> find,
        Func<ViewRecord, int> count,
        Func<ViewRecord, int, ViewRecord> finish,
        CancellationToken cancellationToken)
    {
        for (var waits = 0; ;)
        {
            var record = await views.EnsureAsync(view.Name, cancellationToken).ConfigureAwait(false);
            if (!isWanted(record))
            {
                return null;
            }

            if (find(record) is { } made)
            {
                if (await reading.ReadAsync(session, view.Name, made, cancellationToken).ConfigureAwait(false) is { } generation)
                {
                    return generation;
                }

                // It gets other partitions; without transactions that can have been cut off.
                await Task.Delay(s_wait, time, cancellationToken).ConfigureAwait(false);
                if (++waits % MaxWaits == 0)
                {
                    await TryRepartitionAsync(session, view.Name, made.Number, made.Partitions, cancellationToken).ConfigureAwait(false);
                }

                continue;
            }

            var changed = record.Add(step, view.Version, count(record));
            if (record.Find(step, view.Version) is { } begun)
            {
                await ViewCollection.CreateAsync(database, view, begun.Number, cancellationToken).ConfigureAwait(false);
                await partitions.AddAsync(view.Name, begun.Number, begun.Partitions, Now, cancellationToken).ConfigureAwait(false);
                changed = finish(record, begun.Number);
            }

            await views.TryReplaceAsync(session, record, changed, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<bool> TryChangeAsync(IClientSessionHandle session, ViewRecord record, ViewRecord changed, CancellationToken cancellationToken)
    {
        if (!await views.TryReplaceAsync(session, record, changed, cancellationToken).ConfigureAwait(false))
        {
            return false;
        }

        await DropPartitionsAsync(session, record, changed, cancellationToken).ConfigureAwait(false);
        return true;
    }

    private async Task DropPartitionsAsync(IClientSessionHandle session, ViewRecord record, ViewRecord changed, CancellationToken cancellationToken)
    {
        foreach (var number in record.DroppedBy(changed))
        {
            await partitions.DropAsync(session, record.View, number, Now, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>How far each partition of the live generation may be when the next one is to replace it.</summary>
    private async Task<List<(ViewPartition Partition, long Limit)>> LimitsAsync(
        IClientSessionHandle session, string view, GenerationRecord live, GenerationRecord next, CancellationToken cancellationToken)
    {
        var old = await partitions.ReadAsync(session, view, live, cancellationToken).ConfigureAwait(false);
        var built = await partitions.ReadAsync(session, view, next, cancellationToken).ConfigureAwait(false);
        return old.ConvertAll(partition => (
            partition, old.Count == built.Count ? built[partition.Index].Position : built.Select(one => one.Position).DefaultIfEmpty(-1).Min()));
    }
}

/// <param name="IsLive">Whether the generation is the live one now.</param>
/// <param name="Replaced">The number of the one that it replaced, if any.</param>
internal sealed record Swapped(bool IsLive, int? Replaced);

/// <param name="Generation">As it is now; null: it is not there.</param>
internal sealed record Changed(ViewGeneration? Generation)
{
    public static readonly Changed Nothing = new((ViewGeneration?)null);
}

/// <param name="IsLive">Whether it is live, so that it was not dropped.</param>
internal sealed record Dropped(bool IsLive);

/// <param name="Count">How many parked events were asked for.</param>
internal sealed record Asked(int Count);
