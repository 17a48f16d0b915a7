using Orderly.ReadModels.ViewStore;

namespace Orderly.Subscriptions;

/// <summary>
/// Which worker keeps which view. Every worker works it out for itself from the same records, so no one has to lead; where
/// two see different records, the lease decides.
/// </summary>
public static class Assignment
{
    /// <summary>The views of one worker.</summary>
    /// <param name="worker">The id of one of <paramref name="alive"/>.</param>
    /// <param name="alive">The workers that are at work.</param>
    /// <param name="generations">The live generations.</param>
    /// <remarks>
    /// Even: no worker has two views more than another that could keep one of them. Sticky: a view stays where it is
    /// unless that would be uneven.
    /// </remarks>
    public static HashSet<string> Of(string worker, IReadOnlyCollection<ViewWorker> alive, IReadOnlyCollection<ViewGeneration> generations)
    {
        var loads = alive.ToDictionary(one => one.Id, _ => new List<ViewGeneration>(), StringComparer.Ordinal);
        var serving = generations.ToDictionary(
            generation => generation, generation => alive.Where(one => one.Keeps(generation)).Select(one => one.Id).Order(StringComparer.Ordinal).ToList());
        // Those that have an owner first, so that the others go to whoever has few.
        foreach (var (generation, candidates) in serving.Where(one => one.Value.Count > 0).OrderBy(one => !HasOwner(one.Key, one.Value)).ThenBy(one => one.Key.View, StringComparer.Ordinal))
        {
            loads[HasOwner(generation, candidates) ? generation.Owner! : candidates.MinBy(id => loads[id].Count)!].Add(generation);
        }

        while (FindMove(loads, serving) is { } move)
        {
            loads[move.From].Remove(move.Generation);
            loads[move.To].Add(move.Generation);
        }

        return loads[worker].Select(generation => generation.View).ToHashSet(StringComparer.Ordinal);

        static bool HasOwner(ViewGeneration generation, List<string> candidates) => candidates.Contains(generation.Owner ?? "", StringComparer.Ordinal);
    }

    /// <summary>A view that makes it more even to move; null when it is even.</summary>
    private static (ViewGeneration Generation, string From, string To)? FindMove(
        Dictionary<string, List<ViewGeneration>> loads, Dictionary<ViewGeneration, List<string>> serving)
    {
        foreach (var (from, generations) in loads.OrderByDescending(load => load.Value.Count).ThenBy(load => load.Key, StringComparer.Ordinal))
        {
            foreach (var generation in generations)
            {
                var to = serving[generation].MinBy(id => loads[id].Count)!;
                if (loads[to].Count + 1 < generations.Count)
                {
                    return (generation, from, to);
                }
            }
        }

        return null;
    }
}
