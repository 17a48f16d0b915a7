using System.Collections.Concurrent;
using Orderly.ReadModels.ViewStore;

namespace Orderly.Storage.MongoDb;

/// <summary>
/// The last commit of this process to each partition, so that its watchers need not read it from the server. Safe for concurrent use.
/// </summary>
internal sealed class OwnCommits
{
    private readonly ConcurrentDictionary<(string View, int Number, int Index), ViewPartition> _partitions = new();
    private readonly ChangeSignal _added = new();

    /// <summary>Ends with the next commit. To miss none, take it before looking.</summary>
    public Task Next => _added.Next;

    public void Add(IReadOnlyList<ViewPartition> committed)
    {
        foreach (var partition in committed)
        {
            _partitions.AddOrUpdate(KeyOf(partition), partition, (_, other) => Newer(partition, other));
        }

        _added.Set();
    }

    /// <summary>The generation with what this process has committed since it was read.</summary>
    public ViewGeneration LatestOf(ViewGeneration read)
    {
        List<ViewPartition> latest = [.. read.Partitions.Select(
            partition => _partitions.TryGetValue(KeyOf(partition), out var own) ? Newer(partition, own) : partition)];
        return latest.SequenceEqual(read.Partitions) ? read : read with { Partitions = latest };
    }

    /// <summary>Forgets what is of no generation any more.</summary>
    public void Forget(IReadOnlyList<ViewGeneration> all)
    {
        var kept = all.SelectMany(generation => generation.Partitions).Select(KeyOf).ToHashSet();
        foreach (var gone in _partitions.Keys.Where(key => !kept.Contains(key)))
        {
            _partitions.TryRemove(gone, out _);
        }
    }

    private static (string View, int Number, int Index) KeyOf(ViewPartition partition)
        => (partition.View, partition.Number, partition.Index);

    /// <summary>The first, unless the other one is of a later lease or, of the same, further.</summary>
    private static ViewPartition Newer(ViewPartition one, ViewPartition other)
        => (other.Epoch, other.Position).CompareTo((one.Epoch, one.Position)) > 0 ? other : one;
}
