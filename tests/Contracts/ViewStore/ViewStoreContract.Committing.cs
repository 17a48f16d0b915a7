using Orderly.ReadModels.ViewStore;

namespace Orderly.Contracts.ViewStore;

public abstract partial class ViewStoreContract
{
    [SkippableFact]
    public async Task Opening_creates_the_first_generation_once()
    {
        var view = SampleViews.Unique(version: 3);

        var opened = await Task.WhenAll(
            Enumerable.Range(0, 8).Select(_ => Connect()).ToList().Select(store => Task.Run(() => store.OpenAsync(view, 1, Patience))));
        var again = await Store.OpenAsync(view, 1, Patience);

        Assert.All(opened, generation => Assert.Equal(again, generation));
        Assert.Equal(
            (view.Name, 1, 3, true, 0L, null), (again.View, again.Number, again.Version, again.IsLive, again.Position, again.RetiredAt));
        var partition = Assert.Single(again.Partitions);
        Assert.Equal((view.Name, 1, 0, 0L, null, null, 0, false), (
            partition.View,
            partition.Number,
            partition.Index,
            partition.Position,
            partition.Owner,
            partition.Fault,
            partition.Parked,
            partition.IsAsked));
        Assert.Equal(TimeSpan.Zero, partition.UpdatedAt.Offset);
        Assert.Equal(again, Assert.Single(await GenerationsAsync(view)));
    }

    [SkippableFact]
    public async Task Opening_a_raised_version_answers_the_live_generation_as_it_is()
    {
        var (view, live) = await GivenAsync(position: 5);

        Assert.Equal(live, await Store.OpenAsync(SampleViews.Named(view.Name, version: 2), 1, Patience));
    }

    [SkippableFact]
    public async Task A_commit_writes_documents_and_position()
    {
        var view = SampleViews.Unique();
        var opened = await Store.OpenAsync(view, 1, Patience);

        var committed = await CommitAsync(view, opened, 12, Document("a", "one", 7), Document("b", "two", 12));

        Assert.Equal(With(opened, opened.Partitions[0] with { Position = 12, UpdatedAt = committed.Partitions[0].UpdatedAt }), committed);
        Assert.Equal(committed, Assert.Single(await GenerationsAsync(view)));
        var found = await FindAsync(view, "a", "b");
        Assert.Equal(12, found.Position);
        Assert.Equal(
            [("a", 7L, "one"), ("b", 12L, "two")],
            found.Documents.Select(document => (document.Id, document.Position, document.Value.Text)));
    }

    [SkippableFact]
    public async Task A_commit_of_progress_alone_moves_the_position()
    {
        var (view, live) = await GivenAsync(3, Document("a", "one"));

        await CommitAsync(view, live, 1_000_000_000_000);

        var found = await FindAsync(view, "a");
        Assert.Equal(1_000_000_000_000, found.Position);
        Assert.Equal(["one"], Texts(found));
    }

    [SkippableFact]
    public async Task An_upsert_replaces_and_a_delete_removes()
    {
        var (view, live) = await GivenAsync(3, Document("a", "one"), Document("b", "two"), Document("c", "three"));

        var commit = new ViewCommit<Sample>(
            live.Partitions, 9, [Document("b", "second", 8, number: 4), Document("d", "new", 9)], ["a", "was-never-there"]);
        Assert.NotNull(await Store.CommitAsync(view, commit, Patience));

        var all = await AllAsync(view);
        Assert.Equal(
            [("b", 8L, "second"), ("c", 1L, "three"), ("d", 9L, "new")],
            all.Documents.Select(document => (document.Id, document.Position, document.Value.Text)));
        Assert.Equal(4, all.Documents[0].Value.Number);
    }

    [SkippableFact]
    public async Task A_deleted_document_can_come_back()
    {
        var (view, live) = await GivenAsync(1, Document("a", "one"));

        var without = await Store.CommitAsync(view, new ViewCommit<Sample>(live.Partitions, 2, [], ["a"]), Patience);
        Assert.Empty((await AllAsync(view)).Documents);
        await CommitAsync(view, live with { Partitions = without! }, 3, Document("a", "again"));

        Assert.Equal(["again"], Texts(await FindAsync(view, "a")));
    }

    [SkippableFact]
    public async Task A_commit_from_a_stale_position_is_refused_and_writes_nothing()
    {
        var (view, live) = await GivenAsync(3, Document("a", "one"), Document("b", "two"));
        var further = await CommitAsync(view, live, 4);

        Assert.Null(await Store.CommitAsync(
            view, new ViewCommit<Sample>(live.Partitions, 9, [Document("a", "late"), Document("c", "late")], ["b"]), Patience));

        Assert.Equal(further, Assert.Single(await GenerationsAsync(view)));
        var all = await AllAsync(view);
        Assert.Equal(4, all.Position);
        Assert.Equal(["one", "two"], Texts(all));
    }

    [SkippableTheory]
    [InlineData(-1)]
    [InlineData(1)]
    public async Task A_commit_under_another_epoch_is_refused_and_writes_nothing(long difference)
    {
        var (view, live) = await GivenAsync(3, Document("a", "one"));
        var fenced = live.Partitions[0] with { Epoch = live.Partitions[0].Epoch + difference };

        Assert.Null(await Store.CommitAsync(view, new ViewCommit<Sample>([fenced], 9, [Document("a", "late")], []), Patience));

        Assert.Equal(live, Assert.Single(await GenerationsAsync(view)));
        Assert.Equal(["one"], Texts(await FindAsync(view, "a")));
    }

    [SkippableFact]
    public async Task A_batch_of_thousands_is_one_commit()
    {
        var documents = Enumerable.Range(0, 4000).Select(i => Document($"id-{i:D5}", $"text {i}", i + 1)).ToList();

        var (view, _) = await GivenAsync(4000, documents);

        var all = await AllAsync(view);
        Assert.Equal(4000, all.Position);
        Assert.Equal(
            documents.Select(document => (document.Id, document.Position, document.Value.Text)),
            all.Documents.Select(document => (document.Id, document.Position, document.Value.Text)));
    }

    [SkippableFact]
    public async Task Eight_workers_commit_to_views_of_their_own_at_once()
    {
        const int Commits = 25;
        var views = Enumerable.Range(0, 8).Select(_ => SampleViews.Unique()).ToList();

        await Task.WhenAll(views.Select(view => Task.Run(async () =>
        {
            var generation = await Store.OpenAsync(view, 1, Patience);
            for (var i = 1; i <= Commits; i++)
            {
                generation = await CommitAsync(view, generation, i, Document($"id-{i}", view.Name, i));
            }
        })));

        foreach (var view in views)
        {
            var all = await AllAsync(view);
            Assert.Equal(Commits, all.Position);
            Assert.Equal(Enumerable.Repeat(view.Name, Commits), Texts(all));
        }
    }

    [SkippableFact]
    public async Task Of_workers_that_commit_to_one_view_exactly_one_wins_each_position()
    {
        const int Workers = 8;
        const int Target = 80;
        var (view, _) = await GivenAsync(position: 0);
        var stores = new[] { Store, Connect() };

        var wins = await Task.WhenAll(
            Enumerable.Range(0, Workers).Select(worker => Task.Run(() => CountUpAsync(stores[worker % stores.Length]))));

        Assert.Equal(Enumerable.Range(1, Target).Select(i => (long)i), wins.SelectMany(won => won).Order());
        var counter = Assert.Single((await FindAsync(view, "counter")).Documents);
        Assert.Equal((Target, (long?)Target), (counter.Position, counter.Value.Number));

        async Task<List<long>> CountUpAsync(IViewStore store)
        {
            List<long> won = [];
            while (true)
            {
                var generation = await store.OpenAsync(view, 1, Patience);
                if (generation.Position == Target)
                {
                    return won;
                }

                var loaded = await store.LoadAsync(view, generation.Number, ["counter"], Patience);
                var number = loaded is [var counter] ? counter.Value.Number!.Value : 0;
                var next = generation.Position + 1;
                var commit = new ViewCommit<Sample>(generation.Partitions, next, [Document("counter", null, next, number + 1)], []);
                if (await store.CommitAsync(view, commit, Patience) is not null)
                {
                    won.Add(next);
                }
            }
        }
    }
}
