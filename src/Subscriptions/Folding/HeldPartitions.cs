using Orderly.ReadModels.ViewStore;

namespace Orderly.Subscriptions;

/// <summary>The partitions of one generation that a follower holds.</summary>
internal sealed class HeldPartitions
{
    private readonly ViewPartition?[] _byIndex;

    /// <param name="count">How many partitions the generation has.</param>
    /// <param name="held">At least one of them, each once.</param>
    public HeldPartitions(int count, IReadOnlyList<ViewPartition> held)
    {
        (All, _byIndex) = (held, new ViewPartition?[count]);
        foreach (var partition in held)
        {
            _byIndex[partition.Index] = partition;
        }

        Position = held.Min(partition => partition.Position);
    }

    public IReadOnlyList<ViewPartition> All { get; }

    /// <summary>The position of the partition that is furthest behind.</summary>
    public long Position { get; }

    public ViewPartition this[int index] => _byIndex[index]!;

    /// <summary>The index of the partition that a document belongs to; -1 when it is not held.</summary>
    public int IndexOf(string document)
    {
        var index = DocumentPartition.Of(document, _byIndex.Length);
        return _byIndex[index] is null ? -1 : index;
    }

    public long PositionOf(int index) => _byIndex[index]!.Position;

    /// <summary>Those of the given partitions, as they are now. The others are not held.</summary>
    public HeldPartitions Only(IReadOnlyList<ViewPartition> now) => new(_byIndex.Length, now);

    /// <summary>All of these partitions, after some of them have moved.</summary>
    public HeldPartitions After(HeldPartitions moved) => Only([.. All.Select(one => moved._byIndex[one.Index] ?? one)]);
}
