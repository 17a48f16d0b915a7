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
        Assert.Equal(
            (2, 2, GenerationState.Building, false, null, 0L),
            (built.Number, built.Version, built.State, built.IsDeclined, built.RetiredAt, built.Position));
        Assert.Empty(await Store.LoadAsync(raised, built.Number, ["a"], Patience));

        built = await CommitAsync(raised, built, 3, Document("a", "built"), Document("b", "built"));
        Assert.Equal(["live"], Texts(await FindAsync(view, "a", "b")));
        Assert.Equal(["live"], (await Store.LoadAsync(view, live.Number, ["a", "b"], Patience)).Select(document => document.Value.Text));
        Assert.Equal(
            ["built", "built"],
            (await Store.LoadAsync(raised, built.Number, ["a", "b"], Patience)).Select(document => document.Value.Text));

        await Store.CommitAsync(view, new ViewCommit<Sample>(live.Partitions, 6, [], ["a"]), Patience);
        Assert.Equal(2, (await Store.LoadAsync(raised, built.Number, ["a", "b"], Patience)).Count);
        Assert.Equal(
            [(1, 6L, true), (2, 3L, false)],
            (await GenerationsAsync(view)).Select(generation => (generation.Number, generation.Position, generation.IsLive)));
    }

    [SkippableFact]
    public async Task A_new_generation_has_as_many_partitions_as_the_live_one()
    {
        var view = SampleViews.Unique();
        var first = await Store.StartGenerationAsync(view, Patience);
        Assert.Single(first.Partitions);

        var (other, live) = await GivenPartitionsAsync(5, 3);
        await TakeAsync(live.Partitions[2], "owner");
        var built = await Store.StartGenerationAsync(other, Patience);

        Assert.Equal([0, 1, 2, 3, 4], built.Partitions.Select(partition => partition.Index));
        Assert.All(built.Partitions, partition => Assert.Equal((2, 0L, null), (partition.Number, partition.Position, partition.Owner)));
    }

    [SkippableFact]
    public async Task Starting_joins_the_generation_that_is_being_built_of_the_same_version()
    {
        var (view, live) = await GivenAsync(5);
        var raised = SampleViews.Named(view.Name, version: 2);
        var built = await CommitAsync(raised, await Store.StartGenerationAsync(raised, Patience), 3, Document("a", "built"));

        Assert.Equal(built, await Store.StartGenerationAsync(raised, Patience));
        Assert.Single(await Store.LoadAsync(raised, built.Number, ["a"], Patience));

        // One of another version is another one, and the live one is none that is being built.
        var again = await Store.StartGenerationAsync(view, Patience);
        Assert.Equal((3, 1), (again.Number, again.Version));
        Assert.Equal([live, built, again], await GenerationsAsync(view));
    }

    [SkippableFact]
    public async Task Of_those_who_start_a_generation_at_once_all_get_the_same()
    {
        var view = SampleViews.Unique();

        var started = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => Connect()).ToList().Select(
            store => Task.Run(() => store.StartGenerationAsync(view, Patience))));

        var one = Assert.Single(await GenerationsAsync(view));
        Assert.All(started, generation => Assert.Equal(one, generation));
    }

    [SkippableFact]
    public async Task Generations_of_other_versions_that_are_started_at_once_have_numbers_of_their_own()
    {
        var name = SampleViews.Unique().Name;
        var stores = Enumerable.Range(0, 6).Select(_ => Connect()).ToList();

        var started = await Task.WhenAll(
            stores.Select((store, i) => Task.Run(() => store.StartGenerationAsync(SampleViews.Named(name, i + 1), Patience))));

        Assert.Equal([1, 2, 3, 4, 5, 6], started.Select(generation => generation.Number).Order());
        Assert.Equal([1, 2, 3, 4, 5, 6], started.Select(generation => generation.Version).Order());
        Assert.Equal(started.OrderBy(generation => generation.Number), await GenerationsAsync(SampleViews.Named(name)));
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
            while (!readers.Exists(reader => reader.IsFaulted)
                && before.Where((count, reader) => Volatile.Read(ref polls[reader]) <= count).Any())
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
        Assert.Empty(await Store.LoadAsync(view, built.Number, ["a"], Patience));
        Assert.Null(await Store.CommitAsync(view, new ViewCommit<Sample>(built.Partitions, 10, [Document("a", "late")], []), Patience));
        Assert.False(await Store.SwapAsync(built, Patience));
        Assert.Equal(["live"], Texts(await FindAsync(view, "a")));
        Assert.Equal(3, (await Store.StartGenerationAsync(view, Patience)).Number);
    }

    [SkippableFact]
    public async Task The_live_generation_can_not_be_dropped()
    {
        var (view, live) = await GivenAsync(5, Document("a", "live"));

        await Assert.ThrowsAsync<InvalidOperationException>(
            () => Store.DropGenerationAsync(live with { State = GenerationState.Building }, Patience));

        Assert.Equal(live, Assert.Single(await GenerationsAsync(view)));
        Assert.Equal(["live"], Texts(await FindAsync(view, "a")));
    }
}
