using Orderly.ReadModels.ViewStore;

namespace Orderly.Contracts.ViewStore;

public abstract partial class ViewStoreContract
{
    [SkippableFact]
    public async Task A_new_generation_is_empty_and_no_query_reads_it()
    {
        var (view, live) = await GivenAsync(5, Document("a", "live"));

        var raised = SampleViews.Named(view.Name, version: 2);
        var built = await Store.StartGenerationAsync(raised, Patience);
        Assert.Equal((2, 2, false, 0L, null), (built.Number, built.Version, built.IsLive, built.Position, built.Fault));
        Assert.Empty(await Store.LoadAsync(raised, built, ["a"], Patience));

        built = await CommitAsync(raised, built, 3, Document("a", "built"), Document("b", "built"));
        Assert.Equal(["live"], Texts(await FindAsync(view, "a", "b")));
        Assert.Equal(["live"], (await Store.LoadAsync(view, live, ["a", "b"], Patience)).Select(document => document.Value.Text));
        Assert.Equal(["built", "built"], (await Store.LoadAsync(raised, built, ["a", "b"], Patience)).Select(document => document.Value.Text));

        await Store.CommitAsync(view, new ViewCommit<Sample>(live, 6, [], ["a"]), Patience);
        Assert.Equal(2, (await Store.LoadAsync(raised, built, ["a", "b"], Patience)).Count);
        Assert.Equal([(1, 6L, true), (2, 3L, false)], (await GenerationsAsync(view)).Select(generation => (generation.Number, generation.Position, generation.IsLive)));
    }

    [SkippableFact]
    public async Task A_swap_makes_the_generation_live_and_drops_the_old_one()
    {
        var (view, old) = await GivenAsync(5, Document("a", "old"), Document("gone", "old"));
        var built = await CommitAsync(view, await Store.StartGenerationAsync(view, Patience), 5, Document("a", "new"));

        Assert.True(await Store.SwapAsync(built, Patience));

        Assert.Equal(built with { IsLive = true }, Assert.Single(await GenerationsAsync(view)));
        Assert.Equal(built with { IsLive = true }, await Store.OpenAsync(view, Patience));
        var all = await AllAsync(view);
        Assert.Equal(5, all.Position);
        Assert.Equal(["new"], Texts(all));
        Assert.Empty(await Store.LoadAsync(view, old, ["a", "gone"], Patience));
    }

    [SkippableFact]
    public async Task A_swap_of_what_is_live_already_changes_nothing()
    {
        var (view, live) = await GivenAsync(5, Document("a", "one"));

        Assert.True(await Store.SwapAsync(live, Patience));

        Assert.Equal(live, Assert.Single(await GenerationsAsync(view)));
        Assert.Equal(["one"], Texts(await FindAsync(view, "a")));
    }

    [SkippableFact]
    public async Task A_generation_of_a_view_that_has_none_live_can_go_live()
    {
        var view = SampleViews.Unique();
        var built = await CommitAsync(view, await Store.StartGenerationAsync(view, Patience), 2, Document("a", "one"));
        Assert.Empty((await FindAsync(view, "a")).Documents);

        Assert.True(await Store.SwapAsync(built, Patience));

        Assert.Equal(["one"], Texts(await FindAsync(view, "a")));
    }

    [SkippableFact]
    public async Task A_swap_is_refused_as_long_as_the_live_generation_is_further()
    {
        var (view, live) = await GivenAsync(5, Document("a", "old"));
        var built = await CommitAsync(view, await Store.StartGenerationAsync(view, Patience), 4, Document("a", "new"));

        Assert.False(await Store.SwapAsync(built, Patience));
        Assert.Equal([live, built], await GenerationsAsync(view));
        Assert.Equal(["old"], Texts(await FindAsync(view, "a")));

        Assert.True(await Store.SwapAsync(await CommitAsync(view, built, 5), Patience));
    }

    [SkippableFact]
    public async Task A_swap_goes_by_the_stored_positions()
    {
        var (view, live) = await GivenAsync(4);
        var built = await CommitAsync(view, await Store.StartGenerationAsync(view, Patience), 4);
        live = await CommitAsync(view, live, 6);

        Assert.False(await Store.SwapAsync(built with { Position = 100 }, Patience));
        Assert.Equal([live, built], await GenerationsAsync(view));
    }

    [SkippableFact]
    public async Task After_a_swap_the_old_worker_is_refused_and_the_new_one_goes_on()
    {
        var (view, old) = await GivenAsync(5, Document("a", "old"));
        var built = await CommitAsync(view, await Store.StartGenerationAsync(view, Patience), 5, Document("a", "new"));
        await Store.SwapAsync(built, Patience);

        Assert.Null(await Store.CommitAsync(view, new ViewCommit<Sample>(old, 6, [Document("a", "late")], []), Patience));
        await Store.ReportFaultAsync(old, "late", Patience);
        var next = await CommitAsync(view, built, 6, Document("b", "further"));

        Assert.True(next.IsLive);
        Assert.Equal(next, Assert.Single(await GenerationsAsync(view)));
        Assert.Equal(["new", "further"], Texts(await FindAsync(view, "a", "b")));
    }

    [SkippableFact]
    public async Task Readers_see_the_whole_old_or_the_whole_new_generation_during_swaps()
    {
        const int Documents = 50;
        const int Swaps = 6;
        var ids = Enumerable.Range(0, Documents).Select(n => $"id-{n:D2}").ToList();
        var (view, live) = await GivenAsync(1, All("1"));
        var done = 0;
        var polls = new int[4];
        var stores = new[] { Store, Connect() };

        var readers = Enumerable.Range(0, polls.Length).Select(reader => Task.Run(async () =>
        {
            var last = 0L;
            while (Volatile.Read(ref done) == 0)
            {
                var found = reader < 2
                    ? await stores[reader % 2].FindAsync(view, ids, Patience)
                    : await stores[reader % 2].QueryAsync(view, new ViewQuery([], 1000), Patience);
                Assert.Equal(Documents, found.Documents.Count);
                Assert.Equal([found.Position.ToString(System.Globalization.CultureInfo.InvariantCulture)], Texts(found).Distinct());
                Assert.True(found.Position >= last, "A reader went back in time.");
                last = found.Position;
                Interlocked.Increment(ref polls[reader]);
            }
        })).ToList();

        for (var swap = 2; swap <= Swaps + 1; swap++)
        {
            var built = await CommitAsync(view, await Store.StartGenerationAsync(view, Patience), swap, All($"{swap}"));
            await EveryReaderPollsAsync();
            Assert.True(await Store.SwapAsync(built, Patience));
            await EveryReaderPollsAsync();
        }

        Volatile.Write(ref done, 1);
        await Task.WhenAll(readers);

        static List<StoredDocument<Sample>> All(string text)
            => [.. Enumerable.Range(0, Documents).Select(n => Document($"id-{n:D2}", text))];

        async Task EveryReaderPollsAsync()
        {
            var before = polls.Select((_, reader) => Volatile.Read(ref polls[reader])).ToList();
            while (!readers.Exists(reader => reader.IsFaulted) && before.Where((count, reader) => Volatile.Read(ref polls[reader]) <= count).Any())
            {
                Patience.ThrowIfCancellationRequested();
                await Task.Yield();
            }
        }
    }

    [SkippableFact]
    public async Task A_dropped_generation_is_gone_and_its_number_is_not_used_again()
    {
        var (view, live) = await GivenAsync(5, Document("a", "live"));
        var built = await CommitAsync(view, await Store.StartGenerationAsync(view, Patience), 9, Document("a", "built"));

        await Store.DropGenerationAsync(built, Patience);
        await Store.DropGenerationAsync(built, Patience);

        Assert.Equal([live], await GenerationsAsync(view));
        Assert.Empty(await Store.LoadAsync(view, built, ["a"], Patience));
        Assert.Null(await Store.CommitAsync(view, new ViewCommit<Sample>(built, 10, [Document("a", "late")], []), Patience));
        Assert.False(await Store.SwapAsync(built, Patience));
        Assert.Equal(["live"], Texts(await FindAsync(view, "a")));
        Assert.Equal(3, (await Store.StartGenerationAsync(view, Patience)).Number);
    }

    [SkippableFact]
    public async Task The_live_generation_can_not_be_dropped()
    {
        var (view, live) = await GivenAsync(5, Document("a", "live"));

        await Assert.ThrowsAsync<InvalidOperationException>(() => Store.DropGenerationAsync(live with { IsLive = false }, Patience));

        Assert.Equal(live, Assert.Single(await GenerationsAsync(view)));
        Assert.Equal(["live"], Texts(await FindAsync(view, "a")));
    }

    [SkippableFact]
    public async Task Generations_that_are_started_at_once_have_numbers_of_their_own()
    {
        var view = SampleViews.Unique();

        var started = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => Connect()).ToList().Select(store => Task.Run(() => store.StartGenerationAsync(view, Patience))));

        Assert.Equal([1, 2, 3, 4, 5, 6], started.Select(generation => generation.Number).Order());
        Assert.Equal(started.OrderBy(generation => generation.Number), await GenerationsAsync(view));
    }
}
