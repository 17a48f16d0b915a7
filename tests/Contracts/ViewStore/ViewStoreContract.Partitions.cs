using Orderly.ReadModels.ViewStore;

namespace Orderly.Contracts.ViewStore;

public abstract partial class ViewStoreContract
{
    [SkippableFact]
    public async Task Opening_makes_the_partitions_and_keeps_those_that_are_there()
    {
        var view = SampleViews.Unique();

        var opened = await Store.OpenAsync(view, 12, Patience);

        Assert.Equal(Enumerable.Range(0, 12), opened.Partitions.Select(partition => partition.Index));
        Assert.All(
            opened.Partitions,
            partition => Assert.Equal((view.Name, 1, 0L, null), (partition.View, partition.Number, partition.Position, partition.Owner)));
        Assert.Equal(opened, await Store.OpenAsync(view, 3, Patience));
        Assert.Equal(opened, Assert.Single(await GenerationsAsync(view)));
        await Assert.ThrowsAnyAsync<ArgumentException>(() => Store.OpenAsync(view, 0, Patience));
    }

    [SkippableFact]
    public async Task A_commit_of_one_partition_leaves_the_others_where_they_are()
    {
        var (view, live) = await GivenPartitionsAsync(3, 5);

        var committed = await CommitAsync(view, [live.Partitions[1]], 9, Document("a", "one", 9));

        Assert.Equal([live.Partitions[1] with { Position = 9, UpdatedAt = committed[0].UpdatedAt }], committed);
        Assert.Equal(With(live, committed), Assert.Single(await GenerationsAsync(view)));
        Assert.Equal(["one"], Texts(await FindAsync(view, "a")));
    }

    [SkippableFact]
    public async Task A_commit_of_several_partitions_answers_them_as_they_were_given()
    {
        var (view, live) = await GivenPartitionsAsync(4, 5);

        var committed = await CommitAsync(view, [live.Partitions[3], live.Partitions[0]], 9, Document("a", "one"), Document("b", "two"));

        Assert.Equal([(3, 9L), (0, 9L)], committed.Select(partition => (partition.Index, partition.Position)));
        Assert.Equal(With(live, committed), Assert.Single(await GenerationsAsync(view)));
        Assert.Equal(["one", "two"], Texts(await FindAsync(view, "a", "b")));
    }

    [SkippableFact]
    public async Task Queries_tell_the_position_of_the_partition_that_is_furthest_behind()
    {
        var (view, live) = await GivenPartitionsAsync(3, 5, Document("a", "one"));
        live = With(live, await CommitAsync(view, [live.Partitions[0], live.Partitions[2]], 9));
        Assert.Equal((5, 5, 5), await PositionsAsync());

        live = With(live, await CommitAsync(view, [live.Partitions[1]], 7));
        Assert.Equal((7, 7, 7), await PositionsAsync());

        await CommitAsync(view, [live.Partitions[1]], 30);
        Assert.Equal((9, 9, 9), await PositionsAsync());

        async Task<(long Found, long Queried, long Read)> PositionsAsync()
            => ((await FindAsync(view, "a")).Position, (await AllAsync(view)).Position, (await GenerationsAsync(view))[0].Position);
    }

    [SkippableFact]
    public async Task A_partition_that_is_further_than_a_commit_stays_where_it_is()
    {
        var (view, live) = await GivenPartitionsAsync(3, 5);
        live = With(live, await CommitAsync(view, [live.Partitions[1]], 20));

        var committed = await CommitAsync(view, live, 10);

        Assert.Equal([10, 20, 10], committed.Partitions.Select(partition => partition.Position));
        Assert.Equal(committed, Assert.Single(await GenerationsAsync(view)));
        Assert.Equal(20, (await CommitAsync(view, [committed.Partitions[1], committed.Partitions[2]], 12))[0].Position);
    }

    [SkippableTheory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task A_commit_is_refused_as_a_whole_when_one_partition_has_gone_on(int gone)
    {
        var (view, live) = await GivenPartitionsAsync(3, 5, Document("a", "one"), Document("b", "two"));
        var further = With(live, await CommitAsync(view, [live.Partitions[gone]], 6));

        Assert.Null(await Store.CommitAsync(
            view, new ViewCommit<Sample>(live.Partitions, 9, [Document("a", "late"), Document("c", "late")], ["b"]), Patience));

        Assert.Equal(further, Assert.Single(await GenerationsAsync(view)));
        Assert.Equal(["one", "two"], Texts(await AllAsync(view)));
    }

    [SkippableTheory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task A_commit_is_refused_as_a_whole_when_one_partition_was_taken(int lost)
    {
        var (view, live) = await GivenPartitionsAsync(3, 5, Document("a", "one"), Document("b", "two"));
        var taken = With(live, await TakeAsync(live.Partitions[lost], "other"));

        Assert.Null(await Store.CommitAsync(
            view, new ViewCommit<Sample>(live.Partitions, 9, [Document("a", "late"), Document("c", "late")], ["b"]), Patience));

        Assert.Equal(taken, Assert.Single(await GenerationsAsync(view)));
        Assert.Equal(["one", "two"], Texts(await AllAsync(view)));
    }

    [SkippableFact]
    public async Task A_commit_to_a_partition_that_is_not_there_is_refused_as_a_whole()
    {
        var (view, live) = await GivenPartitionsAsync(2, 5);

        Assert.Null(await Store.CommitAsync(
            view,
            new ViewCommit<Sample>([live.Partitions[0], live.Partitions[1] with { Index = 2 }], 9, [Document("a", "late")], []),
            Patience));

        Assert.Equal(live, Assert.Single(await GenerationsAsync(view)));
        Assert.Empty((await AllAsync(view)).Documents);
    }

    [SkippableFact]
    public async Task A_commit_that_makes_no_sense_is_an_error()
    {
        var (view, live) = await GivenPartitionsAsync(2, 5);
        live = With(live, await CommitAsync(view, [live.Partitions[1]], 8));
        var built = await Store.StartGenerationAsync(view, Patience);

        await Assert.ThrowsAnyAsync<ArgumentException>(() => CommitAsync(view, live, 4));
        await Assert.ThrowsAnyAsync<ArgumentException>(() => CommitAsync(view, [live.Partitions[1]], 7));
        await Assert.ThrowsAnyAsync<ArgumentException>(() => CommitAsync(view, [], 9));
        await Assert.ThrowsAnyAsync<ArgumentException>(() => CommitAsync(view, [live.Partitions[0], built.Partitions[1]], 9));
        await Assert.ThrowsAnyAsync<ArgumentException>(() => CommitAsync(SampleViews.Unique(), live, 9));

        Assert.Equal([live, built], await GenerationsAsync(view));
    }

    [SkippableFact]
    public async Task Each_partition_has_a_lease_and_a_fault_of_its_own()
    {
        var (view, live) = await GivenPartitionsAsync(3, 5);
        var one = await TakeAsync(live.Partitions[0], "one");
        var two = await TakeAsync(live.Partitions[1], "two");
        two = await TakeAsync(two, "two again");
        Assert.Equal(With(live, one, two), Assert.Single(await GenerationsAsync(view)));

        await Store.ReportFaultAsync(two, "no way", Patience);
        Assert.Equal([null, "no way", null], (await GenerationsAsync(view))[0].Partitions.Select(partition => partition.Fault));

        // Another one's commit does not clear it.
        await CommitAsync(view, [one], 6);
        Assert.Equal([null, "no way", null], (await GenerationsAsync(view))[0].Partitions.Select(partition => partition.Fault));

        two = Assert.Single(await CommitAsync(view, [two], 6));
        await Store.ReleaseAsync(one, Patience);
        Assert.Equal(
            [(null, null), ("two again", null), (null, (string?)null)],
            (await GenerationsAsync(view))[0].Partitions.Select(partition => (partition.Owner, partition.Fault)));
    }

    [SkippableFact]
    public async Task Eight_workers_commit_to_partitions_of_one_view_at_once()
    {
        const int Commits = 25;
        var (view, live) = await GivenPartitionsAsync(8, 0);
        var stores = live.Partitions.Select(_ => Connect()).ToList();

        await Task.WhenAll(live.Partitions.Select(first => Task.Run(async () =>
        {
            var partition = (await stores[first.Index].TakeAsync(first, $"worker-{first.Index}", Patience))!;
            for (var i = 1; i <= Commits; i++)
            {
                var commit = new ViewCommit<Sample>([partition], i, [Document($"id-{partition.Index}-{i:D2}", "text", i)], []);
                var committed = await stores[partition.Index].CommitAsync(view, commit, Patience);

                // Nobody else commits to this one, so what others do is no reason to refuse it.
                Assert.NotNull(committed);
                partition = Assert.Single(committed);
            }
        })));

        var all = await AllAsync(view);
        Assert.Equal((Commits, 8 * Commits), (all.Position, all.Documents.Count));
    }

    [SkippableFact]
    public async Task Commits_that_share_partitions_lose_nothing()
    {
        const int Wins = 20;
        var (view, _) = await GivenPartitionsAsync(3, 0);
        var stores = Enumerable.Range(0, 3).Select(_ => Connect()).ToList();

        // Each takes two of three partitions, in an order of its own, and counts in a document of each of them.
        await Task.WhenAll(
            Enumerable.Range(0, 3).Select(worker => Task.Run(() => CountUpAsync(stores[worker], [worker, (worker + 1) % 3]))));

        Assert.Equal(
            [2 * Wins, 2 * Wins, 2 * Wins],
            (await FindAsync(view, "counter-0", "counter-1", "counter-2")).Documents.Select(document => document.Value.Number));

        async Task CountUpAsync(IViewStore store, int[] indices)
        {
            for (var won = 0; won < Wins;)
            {
                var live = await store.OpenAsync(view, 3, Patience);
                var partitions = indices.Select(index => live.Partitions[index]).ToList();
                var position = partitions.Max(partition => partition.Position) + 1;
                List<StoredDocument<Sample>> counters = [];
                foreach (var id in indices.Select(index => $"counter-{index}"))
                {
                    var loaded = await store.LoadAsync(view, live.Number, [id], Patience);
                    counters.Add(Document(id, null, position, loaded is [var counter] ? counter.Value.Number + 1 : 1));
                }

                if (await store.CommitAsync(view, new ViewCommit<Sample>(partitions, position, counters, []), Patience) is not null)
                {
                    won++;
                }
            }
        }
    }
}
