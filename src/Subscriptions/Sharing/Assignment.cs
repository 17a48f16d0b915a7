using Orderly.ReadModels.ViewStore;

namespace Orderly.Subscriptions;

/// <summary>
/// Which worker keeps which partition. Every worker works it out for itself from the same records, so no one has to lead;
/// where two see different records, the lease decides.
/// </summary>
public static class Assignment
{
    /// <summary>The partitions of one worker.</summary>
    /// <param name="worker">The id of one of <paramref name="alive"/>.</param>
    /// <param name="alive">The workers that are at work.</param>
    /// <param name="generations">All generations. Those that are retired are kept by nobody.</param>
    /// <remarks>
    /// Even: no worker has two partitions more than another that could keep one of them. Sticky: a partition stays where it
    /// is unless that would be uneven.
    /// </remarks>
    public static HashSet<ViewPartition> Of(
        string worker, IReadOnlyCollection<ViewWorker> alive, IReadOnlyCollection<ViewGeneration> generations)
    {
        var loads = alive.ToDictionary(one => one.Id, _ => new List<ViewPartition>(), StringComparer.Ordinal);
        Dictionary<ViewPartition, List<string>> serving = [];
        foreach (var generation in generations.Where(one => one.State != GenerationState.Retired)
            .OrderBy(one => one.View, StringComparer.Ordinal)
            .ThenBy(one => one.Number))
        {
            List<string> candidates = [.. alive.Where(one => one.Keeps(generation)).Select(one => one.Id).Order(StringComparer.Ordinal)];
            foreach (var partition in candidates.Count == 0 ? [] : generation.Partitions)
            {
                serving.Add(partition, candidates);
            }
        }

        // Those that have an owner first, so that the others go to whoever has few: of all, and then of that view.
        foreach (var (partition, candidates) in serving.OrderBy(one => !HasOwner(one.Key, one.Value)))
        {
            var owner = HasOwner(partition, candidates)
                ? partition.Owner!
                : candidates.MinBy(id => (loads[id].Count, loads[id].Count(other => other.View == partition.View)))!;
            loads[owner].Add(partition);
        }

        while (FindMove(loads, serving) is { } move)
        {
            loads[move.From].Remove(move.Partition);
            loads[move.To].Add(move.Partition);
        }

        return [.. loads[worker]];

        static bool HasOwner(ViewPartition partition, List<string> candidates)
            => candidates.Contains(partition.Owner ?? "", StringComparer.Ordinal);
    }

    /// <summary>A partition that makes it more even to move; null when it is even.</summary>
    private static (ViewPartition Partition, string From, string To)? FindMove(
        Dictionary<string, List<ViewPartition>> loads, Dictionary<ViewPartition, List<string>> serving)
    {
        foreach (var (from, partitions) in loads.OrderByDescending(load => load.Value.Count).ThenBy(
            load => load.Key, StringComparer.Ordinal))
        {
            foreach (var partition in partitions)
            {
                var to = serving[partition].MinBy(id => loads[id].Count)!;
                if (loads[to].Count + 1 < partitions.Count)
                {
                    return (partition, from, to);
                }
            }
        }

        return null;
    }
}
