namespace Orderly.ReadModels.ViewStore;

/// <summary>A batch of changes with the progress that it makes: all of it is written, or nothing.</summary>
/// <param name="Partitions">
/// Of one generation, each as it was read or last committed: its epoch and position must be the stored ones still.
/// </param>
/// <param name="Position">The position after it, of each of them that is not further already.</param>
/// <param name="Upserts">Documents to put in place, each id once, none that is in <paramref name="Deletes"/>.</param>
/// <param name="Deletes">Ids of documents to remove.</param>
public sealed record ViewCommit<TDocument>(
    IReadOnlyList<ViewPartition> Partitions, long Position, IReadOnlyList<StoredDocument<TDocument>> Upserts, IReadOnlyList<string> Deletes)
    where TDocument : class
{
    /// <summary>
    /// Events to park, each in one of <see cref="Partitions"/>. One that is parked there under the same key already is replaced.
    /// </summary>
    public IReadOnlyList<ParkedEvent> Parked { get; init; } = [];

    /// <summary>
    /// Of which log the position is, and the last event up to it that is known; its time does not matter. Null: what is stored stays.
    /// </summary>
    public LogMark? Mark { get; init; }

    /// <summary>Events that are parked no more, each in one of <see cref="Partitions"/>. One that is not there is no error.</summary>
    public IReadOnlyList<ParkedEvent> Released { get; init; } = [];

    /// <summary>Throws when it can't be a commit to the view, whatever is stored.</summary>
    /// <exception cref="ArgumentException">As <see cref="IViewWriter.CommitAsync"/>.</exception>
    public void Validate(View view)
    {
        if (view.IsPartial)
        {
            throw new ArgumentException($"Documents of the view '{view.Name}' are written whole.");
        }

        if (Partitions.Count == 0)
        {
            throw new ArgumentException("A commit has at least one partition.");
        }

        var number = Partitions[0].Number;
        if (Partitions.Any(partition => partition.View != view.Name || partition.Number != number))
        {
            throw new ArgumentException($"The partitions are not all of one generation of the view '{view.Name}'.");
        }

        ArgumentOutOfRangeException.ThrowIfLessThan(Position, Partitions.Min(partition => partition.Position));

        // The epochs say nothing about other partitions, whose parked events are another worker's.
        var places = Partitions.Select(partition => (partition.View, partition.Number, partition.Index)).ToHashSet();
        if (Parked.Concat(Released).FirstOrDefault(one => !places.Contains((one.View, one.Number, one.Partition))) is { } other)
        {
            throw new ArgumentException($"The event at {other.Position} is parked in none of the commit's partitions.");
        }
    }

    /// <summary>
    /// The stored partitions as they are after the commit; null when one of them is gone, or has another epoch or position by now.
    /// </summary>
    /// <param name="stored">In the order of <see cref="Partitions"/>; null for each that is not there.</param>
    public IReadOnlyList<ViewPartition>? Advance(IReadOnlyList<ViewPartition?> stored, DateTimeOffset now)
        => stored.Zip(Partitions).All(pair => (pair.First?.Epoch, pair.First?.Position) == (pair.Second.Epoch, pair.Second.Position))
            ? [.. stored.Select(one => one! with
            {
                Position = Math.Max(one.Position, Position),
                Mark = MarkOf(one, now),
                Fault = null,
                UpdatedAt = now,
            })]
            : null;

    /// <summary>The mark of a partition after the commit: a partition that is further, or knows a later event, keeps its own.</summary>
    public LogMark? MarkOf(ViewPartition before, DateTimeOffset now)
        => Mark is not null && before.Position <= Position && !(before.Mark?.Position > Mark.Position)
            ? Mark with { At = now }
            : before.Mark;
}
