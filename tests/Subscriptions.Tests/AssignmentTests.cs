using Orderly.ReadModels.ViewStore;

namespace Orderly.Subscriptions.Tests;

public class AssignmentTests
{
    [Fact]
    public void One_worker_keeps_everything_that_it_can_keep()
    {
        var worker = Worker("a", "orders@1", "stock@2");

        Assert.Equal(["orders"], Views("a", [worker], View("orders", 1), View("stock", 1), View("other", 1)));
    }

    [Fact]
    public void A_view_goes_only_to_a_worker_of_its_version()
    {
        ViewWorker[] workers = [Worker("new", "orders@2", "stock@1"), Worker("old", "orders@1", "stock@1")];

        Assert.Equal(["orders"], Views("old", workers, View("orders", 1), View("stock", 1)));
        Assert.Equal(["stock"], Views("new", workers, View("orders", 1), View("stock", 1)));
    }

    [Fact]
    public void Workers_agree_and_share_evenly_and_nothing_moves_without_need()
    {
        var random = new Random(20261121);
        for (var round = 0; round < 500; round++)
        {
            var names = Enumerable.Range(0, random.Next(1, 8)).Select(i => $"view-{i}").ToList();
            var workers = Enumerable.Range(0, random.Next(1, 7))
                .Select(i => Worker($"worker-{i}", names.Select(name => $"{name}@1")))
                .ToList();
            string?[] owners = [null, "dead", .. workers.Select(worker => worker.Id)];
            var views = names.ConvertAll(
                name => View(name, 1, [.. Enumerable.Range(0, random.Next(1, 9)).Select(_ => owners[random.Next(owners.Length)])]));
            var partitions = views.SelectMany(view => view.Partitions).ToList();

            var assigned = workers.ToDictionary(worker => worker.Id, worker => Assignment.Of(worker.Id, workers, views));

            Assert.Equal(partitions.Count, assigned.Values.Sum(mine => mine.Count));
            Assert.Equal(partitions.ToHashSet(), assigned.Values.SelectMany(mine => mine).ToHashSet());
            Assert.InRange(assigned.Values.Max(mine => mine.Count) - assigned.Values.Min(mine => mine.Count), 0, 1);

            // Of each view, too, no worker has two more than another.
            Assert.All(names, name =>
            {
                var shares = assigned.Values.Select(mine => mine.Count(partition => partition.View == name)).ToList();
                Assert.InRange(shares.Max() - shares.Min(), 0, 1);
            });

            // What was settled stays so.
            var settled = views.ConvertAll(view => view with
            {
                Partitions = [.. view.Partitions.Select(
                    partition => partition with { Owner = assigned.Single(one => one.Value.Contains(partition)).Key })],
            });
            Assert.All(workers, worker => Assert.Equal(Keys(assigned[worker.Id]), Keys(Assignment.Of(worker.Id, workers, settled))));
        }
    }

    [Fact]
    public void Workers_of_different_programs_agree_and_what_is_settled_stays()
    {
        var random = new Random(20261129);
        for (var round = 0; round < 500; round++)
        {
            var names = Enumerable.Range(0, random.Next(1, 8)).Select(i => $"view-{i}").ToList();
            var workers = Enumerable.Range(0, random.Next(1, 7))
                .Select(i => Worker($"worker-{i}", names.Where(_ => random.Next(3) > 0).Select(name => $"{name}@1")))
                .ToList();
            string?[] owners = [null, .. workers.Select(worker => worker.Id)];
            var views = names.ConvertAll(
                name => View(name, 1, [.. Enumerable.Range(0, random.Next(1, 9)).Select(_ => owners[random.Next(owners.Length)])]));
            var kept = views.Where(view => workers.Exists(worker => worker.Keeps(view))).SelectMany(view => view.Partitions).ToList();

            var assigned = workers.ToDictionary(worker => worker.Id, worker => Assignment.Of(worker.Id, workers, views));

            Assert.Equal(kept.Count, assigned.Values.Sum(mine => mine.Count));
            Assert.Equal(kept.ToHashSet(), assigned.Values.SelectMany(mine => mine).ToHashSet());
            Assert.All(workers, worker => Assert.All(
                assigned[worker.Id], partition => Assert.True(worker.Keeps(views.Single(view => view.View == partition.View)))));
            var settled = views.ConvertAll(view => view with
            {
                Partitions = [.. view.Partitions.Select(
                    partition => partition with { Owner = assigned.SingleOrDefault(one => one.Value.Contains(partition)).Key })],
            });
            Assert.All(workers, worker => Assert.Equal(Keys(assigned[worker.Id]), Keys(Assignment.Of(worker.Id, workers, settled))));
        }
    }

    [Fact]
    public void The_partitions_of_one_view_go_to_different_workers()
    {
        ViewWorker[] workers = [Worker("a", "orders@1", "stock@1"), Worker("b", "orders@1", "stock@1")];
        ViewGeneration[] views = [View("orders", 1, null, null), View("stock", 1, null, null)];

        Assert.Equal(["orders/0", "stock/0"], Keys(Assignment.Of("a", workers, views)));
        Assert.Equal(["orders/1", "stock/1"], Keys(Assignment.Of("b", workers, views)));
    }

    /// <summary>However many partitions of other views there are.</summary>
    [Fact]
    public void A_view_that_is_split_is_shared_by_all_workers()
    {
        ViewWorker[] workers = [Worker("a", "orders@1", "sales@1", "stock@1"), Worker("b", "orders@1", "sales@1", "stock@1")];
        ViewGeneration[] views =
        [
            View("orders", 1, null, null, null, null, null, null),
            View("sales", 1, "b", "b", "b"),
            View("stock", 1, "b", "b", "b"),
        ];

        Assert.Equal(
            (3, 6), (Views("a", workers, views).Count(view => view == "orders"), Views("a", workers, views).Count()));
    }

    [Fact]
    public void Nothing_moves_that_is_even()
    {
        ViewWorker[] workers = [Worker("a", "orders@1", "stock@1"), Worker("b", "orders@1", "stock@1")];
        ViewGeneration[] views = [View("orders", 1, "b", "a", "b"), View("stock", 1, "a", "b")];

        Assert.Equal(["orders/1", "stock/0"], Keys(Assignment.Of("a", workers, views)));
    }

    /// <summary>A worker that joins gets its share, and nothing else moves.</summary>
    [Fact]
    public void What_moves_when_a_worker_joins_is_what_it_gets()
    {
        ViewWorker[] workers = [Worker("a", "orders@1", "stock@1"), Worker("b", "orders@1", "stock@1"), Worker("c", "orders@1", "stock@1")];
        ViewGeneration[] views = [View("orders", 1, "a", "a", "a", "b", "b", "b"), View("stock", 1, "a", "a", "a", "b", "b", "b")];

        foreach (var id in (string[])["a", "b"])
        {
            var mine = Assignment.Of(id, workers, views);
            Assert.Equal(4, mine.Count);
            Assert.All(mine, partition => Assert.Equal(id, partition.Owner));
        }
    }

    private static IEnumerable<string> Views(string worker, ViewWorker[] alive, params ViewGeneration[] views)
        => Assignment.Of(worker, alive, views).Select(partition => partition.View).Order();

    private static IEnumerable<string> Keys(IEnumerable<ViewPartition> partitions)
        => partitions.Select(one => $"{one.View}/{one.Index}").Order();

    private static ViewWorker Worker(string id, params IEnumerable<string> views) => new(id, 1, [.. views.Select(ViewVersion.Parse)]);

    private static ViewGeneration View(string name, int version) => View(name, version, [null]);

    private static ViewGeneration View(string name, int version, params IReadOnlyList<string?> owners) => new(
        name,
        1,
        version,
        GenerationState.Live,
        false,
        null,
        [.. owners.Select((owner, index) => new ViewPartition(name, 1, index, 0, 1, owner, null, 0, false, DateTimeOffset.UnixEpoch))]);
}
