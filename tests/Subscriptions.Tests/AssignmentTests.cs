using Orderly.ReadModels.ViewStore;

namespace Orderly.Subscriptions.Tests;

public class AssignmentTests
{
    [Fact]
    public void One_worker_keeps_everything_that_it_can_keep()
    {
        var worker = Worker("a", "orders@1", "stock@2");

        Assert.Equal(["orders"], Assignment.Of("a", [worker], [View("orders", 1), View("stock", 1), View("other", 1)]));
    }

    [Fact]
    public void A_view_goes_only_to_a_worker_of_its_version()
    {
        ViewWorker[] workers = [Worker("new", "orders@2", "stock@1"), Worker("old", "orders@1", "stock@1")];

        Assert.Equal(["orders"], Assignment.Of("old", workers, [View("orders", 1), View("stock", 1)]));
        Assert.Equal(["stock"], Assignment.Of("new", workers, [View("orders", 1), View("stock", 1)]));
    }

    [Fact]
    public void Workers_agree_and_share_evenly_and_nothing_moves_without_need()
    {
        var random = new Random(20261121);
        for (var round = 0; round < 500; round++)
        {
            var names = Enumerable.Range(0, random.Next(1, 40)).Select(i => $"view-{i}").ToList();
            var workers = Enumerable.Range(0, random.Next(1, 7)).Select(i => Worker($"worker-{i}", names.Select(name => $"{name}@1"))).ToList();
            string?[] owners = [null, "dead", .. workers.Select(worker => worker.Id)];
            var views = names.ConvertAll(name => View(name, 1, owners[random.Next(owners.Length)]));

            var assigned = workers.ToDictionary(worker => worker.Id, worker => Assignment.Of(worker.Id, workers, views));

            Assert.Equal(names.Order(), assigned.Values.SelectMany(mine => mine).Order());
            Assert.InRange(assigned.Values.Max(mine => mine.Count) - assigned.Values.Min(mine => mine.Count), 0, 1);

            // Each worker keeps as many of what it has as an even share allows, and what was settled stays so.
            var most = assigned.Values.Max(mine => mine.Count);
            foreach (var (id, mine) in assigned)
            {
                var had = views.Where(view => view.Owner == id).Select(view => view.View).ToList();
                var kept = had.Count(mine.Contains);
                Assert.True(kept == had.Count || kept >= most - 1, $"{id} had {had.Count}, keeps {kept} of them and gets {mine.Count}.");
            }

            var settled = views.ConvertAll(view => view with { Owner = assigned.Single(one => one.Value.Contains(view.View)).Key });
            Assert.All(workers, worker => Assert.Equal(assigned[worker.Id].Order(), Assignment.Of(worker.Id, workers, settled).Order()));
        }
    }

    private static ViewWorker Worker(string id, params IEnumerable<string> views) => new(id, 1, [.. views.Select(ViewVersion.Parse)]);

    private static ViewGeneration View(string name, int version, string? owner = null)
        => new(name, 1, version, IsLive: true, 0, 1, owner, null, DateTimeOffset.UnixEpoch);
}
