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

    /// <summary>Where the one is that is furthest behind.</summary>
    public long Position { get; }

    public ViewPartition this[int index] => _byIndex[index]!;

    /// <summary>The index of the partition that a document belongs to; -1 when it is not held.</summary>
    public int IndexOf(string document)
    {
        var index = DocumentPartition.Of(document, _byIndex.Length);
        return _byIndex[index] is null ? -1 : index;
    }

    public long PositionOf(int index) => _byIndex[index]!.Position;

    /// <summary>The same partitions after a commit.</summary>
    public HeldPartitions After(IReadOnlyList<ViewPartition> committed) => new(_byIndex.Length, committed);
}
