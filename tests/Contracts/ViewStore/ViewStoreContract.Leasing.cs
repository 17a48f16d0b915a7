using Orderly.ReadModels.ViewStore;

namespace Orderly.Contracts.ViewStore;

public abstract partial class ViewStoreContract
{
    [SkippableFact]
    public async Task Taking_a_lease_fences_off_who_had_it()
    {
        var (view, live) = await GivenAsync(5, Document("a", "one"));
        var free = live.Partitions[0];
        var first = await TakeAsync(free, "first");
        Assert.Equal(free with { Owner = "first", Epoch = free.Epoch + 1 }, first);

        var second = await TakeAsync(first, "second");

        Assert.Equal(first with { Owner = "second", Epoch = first.Epoch + 1 }, second);
        Assert.Equal(With(live, second), Assert.Single(await GenerationsAsync(view)));
        Assert.Null(await Store.CommitAsync(view, new ViewCommit<Sample>([first], 6, [Document("a", "late")], []), Patience));
        await Store.ReportFaultAsync(first, "late", Patience);
        Assert.Equal(With(live, second), Assert.Single(await GenerationsAsync(view)));

        var committed = Assert.Single(await CommitAsync(view, [second], 6, Document("a", "two")));
        Assert.Equal(second with { Position = 6, UpdatedAt = committed.UpdatedAt }, committed);
        Assert.Equal(["two"], Texts(await FindAsync(view, "a")));
    }

    [SkippableFact]
    public async Task A_lease_is_taken_only_as_it_was_seen()
    {
        var (view, live) = await GivenAsync(5);
        var held = await TakeAsync(live.Partitions[0], "owner");

        Assert.Null(await Store.TakeAsync(live.Partitions[0], "late", Patience));
        Assert.Null(await Store.TakeAsync(held with { Epoch = held.Epoch + 1 }, "early", Patience));
        Assert.Null(await Store.TakeAsync(held with { Owner = null }, "blind", Patience));
        Assert.Null(await Store.TakeAsync(held with { Owner = "other" }, "blind", Patience));
        Assert.Null(await Store.TakeAsync(held with { Number = 99 }, "lost", Patience));
        Assert.Null(await Store.TakeAsync(held with { Index = 1 }, "lost", Patience));
        Assert.Equal(With(live, held), Assert.Single(await GenerationsAsync(view)));

        // How far its owner is does not matter.
        await CommitAsync(view, [held], 6);
        Assert.Equal("next", (await TakeAsync(held, "next")).Owner);
    }

    [SkippableFact]
    public async Task Of_those_who_take_a_lease_at_once_one_gets_it()
    {
        var (view, live) = await GivenAsync(5);
        var stores = Enumerable.Range(0, 8).Select(_ => Connect()).ToList();

        var taken = await Task.WhenAll(
            stores.Select((store, i) => Task.Run(() => store.TakeAsync(live.Partitions[0], $"worker-{i}", Patience))));

        var winner = Assert.Single(taken, one => one is not null);
        Assert.Equal(With(live, winner!), Assert.Single(await GenerationsAsync(view)));
    }

    [SkippableFact]
    public async Task A_lease_that_was_given_back_is_free()
    {
        var (view, live) = await GivenAsync(5);
        var held = await TakeAsync(live.Partitions[0], "owner");

        await Store.ReleaseAsync(live.Partitions[0], Patience);
        Assert.Equal(With(live, held), Assert.Single(await GenerationsAsync(view)));

        await Store.ReleaseAsync(held, Patience);
        await Store.ReleaseAsync(held, Patience);
        Assert.Equal(With(live, held with { Owner = null }), Assert.Single(await GenerationsAsync(view)));
        Assert.Equal(held.Epoch + 1, (await TakeAsync(held with { Owner = null }, "next")).Epoch);
    }

    [SkippableFact]
    public async Task A_dropped_generation_has_no_lease()
    {
        var (view, _) = await GivenAsync(5);
        var built = await Store.StartGenerationAsync(view, Patience);
        await Store.DropGenerationAsync(built, Patience);

        Assert.Null(await Store.TakeAsync(built.Partitions[0], "owner", Patience));
    }

    [SkippableFact]
    public async Task A_swap_keeps_the_leases_of_both_generations()
    {
        var (view, live) = await GivenAsync(5);
        var old = await TakeAsync(live.Partitions[0], "old");
        var built = await Store.StartGenerationAsync(view, Patience);
        built = await CommitAsync(view, With(built, await TakeAsync(built.Partitions[0], "builder")), 5);

        Assert.True(await Store.SwapAsync(built, Patience));

        Assert.Equal([[old], built.Partitions], (await GenerationsAsync(view)).Select(generation => generation.Partitions));
    }

    [SkippableFact]
    public async Task Watching_tells_who_has_the_lease()
    {
        var (view, live) = await GivenAsync(5);
        var other = Connect();
        await using var watching = Watch(Store);
        await NextOfAsync(watching, view);

        var held = (await other.TakeAsync(live.Partitions[0], "owner", Patience))!;
        Assert.Equal([With(live, held)], await UntilAsync(watching, view, seen => seen[0].Partitions[0].Owner is not null));

        await other.ReleaseAsync(held, Patience);
        Assert.Equal(
            [With(live, held with { Owner = null })], await UntilAsync(watching, view, seen => seen[0].Partitions[0].Owner is null));
    }

    [SkippableFact]
    public async Task Workers_see_each_others_beats_until_they_are_forgotten()
    {
        var (one, two) = (NewWorker("orders@1", "stock@12"), NewWorker());
        var other = Connect();

        Assert.Equal([(one.Id, 1, "orders@1 stock@12")], await BeatAsync(Store, one));
        Assert.Equal([(one.Id, 1, "orders@1 stock@12"), (two.Id, 1, "")], await BeatAsync(other, two));
        Assert.Equal(
            [(one.Id, 2, "orders@2"), (two.Id, 1, "")], await BeatAsync(Store, one with { Views = [new ViewVersion("orders", 2)] }));

        await other.ForgetAsync(one with { Beat = 1 }, Patience);
        Assert.Equal([(one.Id, 3, "orders@1 stock@12"), (two.Id, 1, "")], await BeatAsync(Store, one));

        await other.ForgetAsync(one with { Beat = 3 }, Patience);
        Assert.Equal([(two.Id, 2, "")], await BeatAsync(other, two));

        // Who was thought dead and is not begins anew.
        Assert.Equal([(one.Id, 1, "orders@1 stock@12"), (two.Id, 2, "")], await BeatAsync(Store, one));
        await Store.ForgetAsync(one with { Beat = 1 }, Patience);
        await Store.ForgetAsync(two with { Beat = 2 }, Patience);

        static ViewWorker NewWorker(params IEnumerable<string> views)
            => new($"test-{Guid.CreateVersion7():N}", 0, [.. views.Select(ViewVersion.Parse)]);

        async Task<IEnumerable<(string Id, long Beat, string Views)>> BeatAsync(IViewStore store, ViewWorker worker)
            => (await store.BeatAsync(worker, Patience))
                .Where(found => found.Id == one.Id || found.Id == two.Id)
                .Select(found => (found.Id, found.Beat, string.Join(' ', found.Views)));
    }

    private async Task<ViewPartition> TakeAsync(ViewPartition seen, string owner)
    {
        var taken = await Store.TakeAsync(seen, owner, Patience);
        Assert.NotNull(taken);
        return taken;
    }
}
