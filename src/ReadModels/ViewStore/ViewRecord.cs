namespace Orderly.ReadModels.ViewStore;

/// <summary>
/// What a store keeps of one view besides its documents, and the rules by which that changes. It is immutable and does no
/// I/O: a store reads it, lets a change be applied to it, and writes the difference in one atomic step.
/// </summary>
/// <param name="LastNumber">The number that the latest generation got; 0 when there was none.</param>
/// <param name="Generations">By number.</param>
/// <param name="Parked">The parked events of these generations that the change asked for, see <see cref="ViewChange{T}.Parked"/>.</param>
/// <param name="Skipped">What was decided to be left out of the view.</param>
/// <remarks>A rule that changes nothing answers the same instance.</remarks>
public sealed record ViewRecord(
    string View, int LastNumber, IReadOnlyList<ViewGeneration> Generations, IReadOnlyList<ParkedEvent> Parked,
    IReadOnlyList<SkippedEvent> Skipped)
{
    public ViewGeneration? Live => Generations.FirstOrDefault(generation => generation.IsLive);

    public ViewGeneration? Find(int number) => Generations.FirstOrDefault(generation => generation.Number == number);

    /// <inheritdoc cref="ViewOperations.OpenAsync"/>
    public (ViewRecord Record, ViewGeneration Opened) Open(int version, int partitions, DateTimeOffset now)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(partitions, 1);
        return Live is { } live ? (this, live) : Add(version, GenerationState.Live, partitions, now);
    }

    /// <inheritdoc cref="ViewOperations.StartGenerationAsync"/>
    public (ViewRecord Record, ViewGeneration Started) Start(int version, DateTimeOffset now)
        => Generations.FirstOrDefault(one => one.State == GenerationState.Building && one.Version == version) is { } building
            ? (this, building)
            : Add(version, GenerationState.Building, Live?.Partitions.Count ?? 1, now);

    /// <inheritdoc cref="ViewOperations.StartVersionAsync"/>
    public (ViewRecord Record, ViewGeneration? Started) StartNewer(int version, DateTimeOffset now)
        => Live?.Version >= version || Generations.Any(one => one.IsDeclined && one.Version == version)
            ? (this, null)
            : Start(version, now);

    /// <inheritdoc cref="ViewOperations.SwapAsync"/>
    public (ViewRecord Record, bool IsLive) Swap(int number, DateTimeOffset now, int? over = null)
    {
        if (Find(number) is not { State: GenerationState.Building } next)
        {
            return (this, Find(number)?.IsLive == true);
        }

        if (Live is { } live && live.Number != over && CouldGoBack(live, next))
        {
            return (this, false);
        }

        // A declined generation of a later version stays: it tells that nobody builds that version again unasked.
        var kept = Generations.Where(one => one.State != GenerationState.Retired || (one.IsDeclined && one.Version > next.Version));
        return (With(kept.Select(one => one switch
        {
            _ when one == next => one with { State = GenerationState.Live },
            { IsLive: true } => one with { State = GenerationState.Retired, RetiredAt = now },
            _ => one,
        })), true);
    }

    /// <inheritdoc cref="ViewOperations.RollBackAsync"/>
    public (ViewRecord Record, ViewGeneration? RolledBack) RollBack()
    {
        var retired = Generations.Where(one => one.State == GenerationState.Retired).MaxBy(one => (one.RetiredAt, one.Number));
        if (retired is null)
        {
            return (this, null);
        }

        var rolledBack = retired with { State = GenerationState.Building, IsDeclined = false, RetiredAt = null };
        var kept = Generations.Where(one => one.State != GenerationState.Building);
        return (With(kept.Select(one => one == retired ? rolledBack : one with { IsDeclined = one.IsDeclined || one.IsLive })), rolledBack);
    }

    /// <inheritdoc cref="ViewOperations.RepartitionAsync"/>
    public (ViewRecord Record, ViewGeneration? Repartitioned) Repartition(int number, int partitions)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(partitions, 1);
        if (Find(number) is not { } old || old.Partitions.Count == partitions)
        {
            return (this, Find(number));
        }

        var parked = Share(Parked.Where(one => one.Number == number), partitions);
        var counted = parked.Where(one => one.Reason != ParkedReason.Waiting).ToLookup(one => one.Partition);
        var epoch = old.Partitions.Max(one => one.Epoch) + 1;
        var updatedAt = old.Partitions.Max(one => one.UpdatedAt);
        var repartitioned = old with
        {
            Partitions =
            [
                .. Enumerable.Range(0, partitions).Select(index => ViewPartition.New(View, number, index, updatedAt) with
                {
                    Position = old.Position,
                    Mark = old.Partitions.MinBy(one => one.Position)!.Mark,
                    Epoch = epoch,
                    Parked = counted[index].Count(),
                    IsAsked = counted[index].Any(one => one.IsAsked),
                }),
            ],
        };
        var others = Parked.Where(one => one.Number != number);
        return (With(Generations.Select(one => one == old ? repartitioned : one)) with { Parked = [.. others, .. parked] }, repartitioned);
    }

    /// <inheritdoc cref="ViewOperations.DropGenerationAsync"/>
    public (ViewRecord Record, bool IsDropped) Drop(ViewGeneration seen)
    {
        var stored = Find(seen.Number);
        if (stored is { IsLive: true })
        {
            throw new InvalidOperationException($"Generation {seen.Number} of '{View}' is live: queries read it.");
        }

        return stored?.State == seen.State ? (With(Generations.Where(one => one != stored)), true) : (this, false);
    }

    /// <inheritdoc cref="ViewOperations.DropViewAsync"/>
    public (ViewRecord Record, bool IsDropped) DropAll()
        => Generations.Count + Skipped.Count == 0 ? (this, false) : (With([]) with { Skipped = [] }, true);

    /// <inheritdoc cref="ViewOperations.ForgetSkippedAsync"/>
    public (ViewRecord Record, bool IsForgotten) ForgetSkipped()
        => Skipped.Count == 0 ? (this, false) : (this with { Skipped = [] }, true);

    /// <inheritdoc cref="ViewOperations.AskRetryAsync"/>
    public (ViewRecord Record, int Asked) AskRetry(long position)
    {
        var asked = At(position);
        if (asked.All(one => one.IsAsked))
        {
            return (this, asked.Count);
        }

        var places = asked.Select(one => (one.Number, one.Partition)).ToHashSet();
        return (this with
        {
            Parked = [.. Parked.Select(one => asked.Contains(one) ? one with { IsAsked = true } : one)],
            Generations = [.. Generations.Select(one => one with { Partitions = [.. one.Partitions.Select(Ask)] })],
        }, asked.Count);

        ViewPartition Ask(ViewPartition partition)
            => partition with { IsAsked = partition.IsAsked || places.Contains((partition.Number, partition.Index)) };
    }

    /// <inheritdoc cref="ViewOperations.AskSkipAsync"/>
    public (ViewRecord Record, int Asked) AskSkip(long position)
    {
        List<SkippedEvent> skipped = [.. At(position).Select(one => new SkippedEvent(View, position, one.Document)).Except(Skipped)];
        return (skipped.Count == 0 ? this : this with { Skipped = [.. Skipped, .. skipped] }).AskRetry(position);
    }

    private HashSet<ParkedEvent> At(long position)
        => [.. Parked.Where(one => one.Position == position && one.Reason != ParkedReason.Waiting)];

    private (ViewRecord Record, ViewGeneration Added) Add(int version, GenerationState state, int partitions, DateTimeOffset now)
    {
        var number = LastNumber + 1;
        var added = new ViewGeneration(
            View, number, version, state, IsDeclined: false, RetiredAt: null,
            [.. Enumerable.Range(0, partitions).Select(index => ViewPartition.New(View, number, index, now))]);
        return (this with { LastNumber = number, Generations = [.. Generations, added] }, added);
    }

    /// <summary>With other generations; what is parked in those that are gone is gone with them.</summary>
    private ViewRecord With(IEnumerable<ViewGeneration> generations)
    {
        List<ViewGeneration> kept = [.. generations];
        var numbers = kept.Select(one => one.Number).ToHashSet();
        return this with { Generations = kept, Parked = [.. Parked.Where(one => numbers.Contains(one.Number))] };
    }

    /// <summary>Whether a document could go back in time when the one generation is read in the place of the other.</summary>
    private static bool CouldGoBack(ViewGeneration live, ViewGeneration next)
        => live.Partitions.Count == next.Partitions.Count
            ? live.Partitions.Zip(next.Partitions).Any(pair => pair.First.Position > pair.Second.Position)
            : live.Partitions.Max(partition => partition.Position) > next.Position;

    /// <summary>
    /// Shares parked events out to another number of partitions. Several partitions may have parked what can't be read: of the same
    /// event the record with the most attempts stays, so one that was tried goes before one that only waits, and what was asked of
    /// one is asked of all.
    /// </summary>
    private static List<ParkedEvent> Share(IEnumerable<ParkedEvent> parked, int partitions) =>
    [
        .. from same in parked.GroupBy(one => (one.Position, one.Document))
           let most = same.MaxBy(one => one.Attempts)! with { IsAsked = same.Any(one => one.IsAsked) }
           from home in most.Document is { } document ? [DocumentPartition.Of(document, partitions)] : Enumerable.Range(0, partitions)
           select most with { Partition = home },
    ];
}
