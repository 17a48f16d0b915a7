using Orderly.ReadModels.ViewStore;

namespace Orderly.Contracts.ViewStore;

public abstract partial class ViewStoreContract
{
    [SkippableFact]
    public async Task A_generation_gets_more_partitions_and_fewer_again()
    {
        var (view, live) = await GivenAsync(5, Document("a", "one"), Document("b", "two"));
        var held = await TakeAsync(live.Partitions[0], "owner");

        var eight = await RepartitionAsync(live, 8);

        Assert.Equal(Enumerable.Range(0, 8), eight.Partitions.Select(partition => partition.Index));
        Assert.All(eight.Partitions, partition => Assert.Equal(
            (view.Name, 1, 5L, null, null), (partition.View, partition.Number, partition.Position, partition.Owner, partition.Fault)));
        Assert.All(eight.Partitions, partition => Assert.True(partition.Epoch > held.Epoch));
        Assert.Equal(eight, Assert.Single(await GenerationsAsync(view)));

        eight = With(eight, await CommitAsync(view, [eight.Partitions[2]], 9, Document("a", "nine", 9)));
        eight = With(eight, await CommitAsync(view, [.. eight.Partitions.Where(partition => partition.Index != 2)], 6));
        var taken = await TakeAsync(await TakeAsync(eight.Partitions[7], "owner"), "other");
        var one = Assert.Single((await RepartitionAsync(live, 1)).Partitions);

        Assert.Equal((6, null), (one.Position, one.Owner));
        Assert.True(one.Epoch > taken.Epoch);
        Assert.Equal(["nine", "two"], Texts(await AllAsync(view)));
        Assert.Equal(10, (await CommitAsync(view, [one], 10))[0].Position);
    }

    [SkippableFact]
    public async Task The_same_number_of_partitions_changes_nothing()
    {
        var (view, live) = await GivenPartitionsAsync(3, 5);
        live = With(live, await TakeAsync(live.Partitions[1], "owner"));

        Assert.Equal(live, await Store.RepartitionAsync(view.Name, live.Number, 3, Patience));

        Assert.Equal(live, Assert.Single(await GenerationsAsync(view)));
    }

    [SkippableFact]
    public async Task What_is_not_there_gets_no_partitions()
    {
        var (view, live) = await GivenAsync(5);

        Assert.Null(await Store.RepartitionAsync(view.Name, 2, 3, Patience));
        Assert.Null(await Store.RepartitionAsync(SampleViews.Unique().Name, 1, 3, Patience));
        await Assert.ThrowsAnyAsync<ArgumentException>(() => Store.RepartitionAsync(view.Name, 1, 0, Patience));

        Assert.Equal(live, Assert.Single(await GenerationsAsync(view)));
    }

    [SkippableFact]
    public async Task No_epoch_comes_back_however_often_the_number_of_partitions_changes()
    {
        var (_, generation) = await GivenAsync(5);
        var seen = new HashSet<(int Index, long Epoch)> { (0, generation.Partitions[0].Epoch) };

        foreach (var partitions in (int[])[4, 2, 4, 1, 3, 4])
        {
            generation = await RepartitionAsync(generation, partitions);
            foreach (var partition in generation.Partitions)
            {
                Assert.True(seen.Add((partition.Index, partition.Epoch)));
            }

            // It may be any of them whose lease changed hands often.
            var taken = await TakeAsync(generation.Partitions[^1], "owner");
            Assert.True(seen.Add((taken.Index, taken.Epoch)));
        }
    }

    [SkippableFact]
    public async Task Who_held_a_partition_before_can_not_write_any_more()
    {
        var (view, live) = await GivenPartitionsAsync(2, 5, Document("a", "one"));
        var held = await TakeAsync(live.Partitions[1], "owner");

        var three = await RepartitionAsync(live, 3);

        Assert.Null(await Store.CommitAsync(view, new ViewCommit<Sample>([held], 6, [Document("a", "late")], []), Patience));
        Assert.Null(await Store.CommitAsync(view, new ViewCommit<Sample>([live.Partitions[0]], 6, [Document("a", "late")], []), Patience));
        Assert.Null(await Store.TakeAsync(held, "owner", Patience));
        await Store.ReportFaultAsync(held, "late", Patience);
        await Store.ReleaseAsync(held, Patience);

        Assert.Equal(three, Assert.Single(await GenerationsAsync(view)));
        Assert.Equal(["one"], Texts(await FindAsync(view, "a")));
    }

    [SkippableFact]
    public async Task Faults_end_with_their_partitions()
    {
        var (_, live) = await GivenPartitionsAsync(2, 5);
        await Store.ReportFaultAsync(live.Partitions[0], "no way", Patience);

        Assert.All((await RepartitionAsync(live, 4)).Partitions, partition => Assert.Null(partition.Fault));
    }

    [SkippableFact]
    public async Task Generations_that_are_not_live_get_other_partitions_as_well()
    {
        var (view, _) = await GivenAsync(1);
        await BuildAndSwapAsync(view, 1);
        await Store.StartGenerationAsync(view, Patience);

        for (var number = 1; number <= 3; number++)
        {
            Assert.Equal(number + 1, (await Store.RepartitionAsync(view.Name, number, number + 1, Patience))!.Partitions.Count);
        }

        Assert.Equal(
            [(GenerationState.Retired, 2), (GenerationState.Live, 3), (GenerationState.Building, 4)],
            (await GenerationsAsync(view)).Select(generation => (generation.State, generation.Partitions.Count)));
    }

    [SkippableFact]
    public async Task Parked_events_move_to_the_partitions_of_their_documents()
    {
        var (view, live) = await GivenAsync(5);
        string[] documents = ["a", "b", "c", "d", "order-1", "order-2", "Größe"];
        List<ParkedEvent> parked = [.. documents.Select((id, i) => Parked(live.Partitions[0], id, i + 1))];
        await ParkAsync(view, live.Partitions[0], 9, [.. parked]);
        await Store.AskRetryAsync(view.Name, 2, Patience);

        foreach (var partitions in (int[])[8, 3, 1])
        {
            var generation = await RepartitionAsync(live, partitions);

            var expected = parked.Select(
                one => one with { Partition = DocumentPartition.Of(one.Document!, partitions), IsAsked = one.Position == 2 }).ToList();
            Assert.Equal(expected, await Store.ReadParkedAsync(view.Name, live.Number, Patience));
            Assert.Equal(
                Enumerable.Range(0, partitions).Select(index => (expected.Count(one => one.Partition == index), expected.Exists(
                    one => one.Partition == index && one.IsAsked))),
                generation.Partitions.Select(partition => (partition.Parked, partition.IsAsked)));
        }
    }

    [SkippableFact]
    public async Task Parked_events_without_a_document_are_parked_in_all_partitions()
    {
        var (view, live) = await GivenPartitionsAsync(2, 5);
        var unreadable = Parked(live.Partitions[1], null, 4, ParkedReason.Unreadable);
        var inBoth = Parked(live.Partitions[1], null, 5, ParkedReason.UnknownType);
        await ParkAsync(view, live.Partitions[1], 6, unreadable, inBoth);
        await ParkAsync(view, live.Partitions[0], 6, inBoth with { Partition = 0 });
        await Store.AskRetryAsync(view.Name, 4, Patience);

        var three = await RepartitionAsync(live, 3);

        Assert.Equal(
            [(4, 0, true), (4, 1, true), (4, 2, true), (5, 0, false), (5, 1, false), (5, 2, false)],
            (await Store.ReadParkedAsync(view.Name, live.Number, Patience)).Select(one => (one.Position, one.Partition, one.IsAsked)));
        Assert.All(three.Partitions, partition => Assert.Equal((2, true), (partition.Parked, partition.IsAsked)));

        Assert.Equal(2, Assert.Single((await RepartitionAsync(live, 1)).Partitions).Parked);
    }

    [SkippableFact]
    public async Task Commits_that_race_with_repartitioning_are_whole_or_refused()
    {
        var (view, live) = await GivenAsync(1);
        var stores = Enumerable.Range(0, 3).Select(_ => Connect()).ToList();
        using var enough = new SemaphoreSlim(0);
        var done = 0;

        var counting = stores.Select(store => Task.Run(() => CountUpAsync(store))).ToList();
        foreach (var partitions in (int[])[4, 2, 8, 1, 3, 1])
        {
            // Somebody has won in between, so there was something to race with.
            await enough.WaitAsync(Patience);
            Assert.Equal(partitions, (await RepartitionAsync(live, partitions)).Partitions.Count);
        }

        Volatile.Write(ref done, 1);
        var wins = (await Task.WhenAll(counting)).Sum();
        Assert.Equal(wins, Assert.Single((await FindAsync(view, "counter")).Documents).Value.Number);

        async Task<int> CountUpAsync(IViewStore store)
        {
            var won = 0;
            while (Volatile.Read(ref done) == 0)
            {
                var generation = await store.OpenAsync(view, 1, Patience);
                var loaded = await store.LoadAsync(view, generation.Number, ["counter"], Patience);
                var counter = Document("counter", null, 1, loaded is [var last] ? last.Value.Number + 1 : 1);
                var position = generation.Partitions.Max(partition => partition.Position) + 1;
                if (await store.CommitAsync(
                    view, new ViewCommit<Sample>(generation.Partitions, position, [counter], []), Patience) is not null)
                {
                    won++;
                    enough.Release();
                }
            }

            return won;
        }
    }

    private async Task<ViewGeneration> RepartitionAsync(ViewGeneration generation, int partitions)
    {
        var repartitioned = await Store.RepartitionAsync(generation.View, generation.Number, partitions, Patience);
        Assert.NotNull(repartitioned);
        return repartitioned;
    }
}
