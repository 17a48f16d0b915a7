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
    /// Even: no worker has two partitions more than another that could keep one of them, and among workers of the same versions none
    /// has two more of one generation than another, so that the work of a busy view is shared, however many others there are. Sticky:
    /// a partition stays where it is unless that would be uneven.
    /// </remarks>
    public static HashSet<ViewPartition> Of(
        string worker, IReadOnlyCollection<ViewWorker> alive, IReadOnlyCollection<ViewGeneration> generations)
    {
        List<(ViewPartition Partition, List<string> Candidates)> serving = [];
        foreach (var generation in generations.Where(one => one.State != GenerationState.Retired)
            .OrderBy(one => one.View, StringComparer.Ordinal)
            .ThenBy(one => one.Number))
        {
            List<string> candidates = [.. alive.Where(one => one.Keeps(generation)).Select(one => one.Id).Order(StringComparer.Ordinal)];
            serving.AddRange(candidates.Count == 0 ? [] : generation.Partitions.Select(partition => (partition, candidates)));
        }

        // Those that have an owner first, so that the others go to whoever has few: of all, and then of that generation.
        Shares shares = new();
        foreach (var (partition, candidates) in serving.OrderBy(one => !HasOwner(one.Partition, one.Candidates)))
        {
            var owner = HasOwner(partition, candidates)
                ? partition.Owner!
                : candidates.MinBy(id => (shares.CountOf(id), shares.CountOf(id, partition)))!;
            shares.Give(partition, candidates, owner);
        }

        while (shares.Even() || shares.EvenWithinGenerations())
        {
        }

        return shares.Of(worker);

        static bool HasOwner(ViewPartition partition, List<string> candidates)
            => candidates.Contains(partition.Owner ?? "", StringComparer.Ordinal);
    }

    /// <summary>Who has what, and how much of it. All is looked at in the order in which it was given, so that all workers agree.</summary>
    private sealed class Shares
    {
        private readonly List<Share> _all = [];
        private readonly Dictionary<string, int> _counts = new(StringComparer.Ordinal);
        private readonly Dictionary<(string Worker, string View, int Number), int> _countsOfGenerations = [];

        public int CountOf(string worker) => _counts.GetValueOrDefault(worker);

        public int CountOf(string worker, ViewPartition partition)
            => _countsOfGenerations.GetValueOrDefault((worker, partition.View, partition.Number));

        public HashSet<ViewPartition> Of(string worker) => [.. _all.Where(one => one.Owner == worker).Select(one => one.Partition)];

        public void Give(ViewPartition partition, List<string> candidates, string owner)
        {
            _all.Add(new Share(partition, candidates, owner));
            Count(partition, owner, 1);
        }

        /// <summary>Moves a partition from a worker that has two more than another: one of which it has most. False: all is even.</summary>
        public bool Even()
        {
            foreach (var from in _counts.Keys.OrderByDescending(CountOf).ThenBy(id => id, StringComparer.Ordinal))
            {
                List<(Share Share, string To)> moves =
                [
                    .. _all.Where(one => one.Owner == from)
                        .Select(one => (Share: one, To: LeastOf(one)))
                        .Where(one => CountOf(one.To) + 1 < CountOf(from)),
                ];
                if (moves.Count > 0)
                {
                    var (share, to) = moves.MaxBy(one => Surplus(one.Share, one.To));
                    Move(share, to);
                    return true;
                }
            }

            return false;

            string LeastOf(Share share) => share.Candidates.MinBy(id => (CountOf(id), CountOf(id, share.Partition)))!;
        }

        /// <summary>
        /// Moves a partition from a worker that has two more of its generation than another, which gives it one of another generation
        /// back if that is needed to stay even. False: there is no such move.
        /// </summary>
        public bool EvenWithinGenerations()
        {
            foreach (var share in _all)
            {
                var (from, to) = (share.Owner, share.Candidates.MinBy(id => CountOf(id, share.Partition))!);
                if (Surplus(share, to) < 2)
                {
                    continue;
                }

                if (CountOf(to) < CountOf(from))
                {
                    Move(share, to);
                    return true;
                }

                var back = _all.Find(
                    one => one.Owner == to && one.Candidates.Contains(from, StringComparer.Ordinal) && Surplus(one, from) > 0);
                if (back is not null)
                {
                    Move(share, to);
                    Move(back, from);
                    return true;
                }
            }

            return false;
        }

        /// <summary>How many more of the generation its owner has than another worker.</summary>
        private int Surplus(Share share, string other) => CountOf(share.Owner, share.Partition) - CountOf(other, share.Partition);

        private void Move(Share share, string to)
        {
            Count(share.Partition, share.Owner, -1);
            share.Owner = to;
            Count(share.Partition, to, 1);
        }

        private void Count(ViewPartition partition, string owner, int change)
        {
            _counts[owner] = CountOf(owner) + change;
            _countsOfGenerations[(owner, partition.View, partition.Number)] = CountOf(owner, partition) + change;
        }
    }

    private sealed class Share(ViewPartition partition, List<string> candidates, string owner)
    {
        public ViewPartition Partition => partition;

        public List<string> Candidates => candidates;

        public string Owner { get; set; } = owner;
    }
}
