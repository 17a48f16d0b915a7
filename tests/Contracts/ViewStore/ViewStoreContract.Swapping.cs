using Orderly.ReadModels.ViewStore;

namespace Orderly.Contracts.ViewStore;

public abstract partial class ViewStoreContract
{
    [SkippableFact]
    public async Task A_swap_makes_the_generation_live_and_retires_the_old_one()
    {
        var (view, old) = await GivenAsync(5, Document("a", "old"), Document("gone", "old"));
        var built = await CommitAsync(view, await Store.StartGenerationAsync(view, Patience), 5, Document("a", "new"));

        Assert.True(await Store.SwapAsync(built, Patience));

        var generations = await GenerationsAsync(view);
        var retiredAt = generations[0].RetiredAt;
        Assert.Equal(
            [old with { State = GenerationState.Retired, RetiredAt = retiredAt }, built with { State = GenerationState.Live }],
            generations);
        Assert.Equal(TimeSpan.Zero, retiredAt!.Value.Offset);
        Assert.Equal(generations[1], await Store.OpenAsync(view, 1, Patience));
        var all = await AllAsync(view);
        Assert.Equal(5, all.Position);
        Assert.Equal(["new"], Texts(all));
        Assert.Equal(
            ["old", "old"], (await Store.LoadAsync(view, old.Number, ["a", "gone"], Patience)).Select(document => document.Value.Text));
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
    public async Task A_version_is_started_unasked_only_when_it_is_newer_and_was_not_declined()
    {
        var view = SampleViews.Unique();
        var (later, last) = (SampleViews.Named(view.Name, version: 2), SampleViews.Named(view.Name, version: 3));
        await Store.OpenAsync(view, 1, Patience);
        Assert.Null(await Store.StartVersionAsync(view, Patience));

        var started = (await Store.StartVersionAsync(later, Patience))!;
        Assert.Equal(started, await Store.StartVersionAsync(later, Patience));
        Assert.True(await Store.SwapAsync(started, Patience));
        Assert.Null(await Store.StartVersionAsync(later, Patience));
        Assert.Null(await Store.StartVersionAsync(view, Patience));

        var back = (await Store.RollBackAsync(view.Name, Patience))!;
        Assert.Null(await Store.StartVersionAsync(later, Patience));
        Assert.True(await Store.SwapAsync(back, Patience));
        Assert.Null(await Store.StartVersionAsync(later, Patience));
        Assert.Equal(2, (await GenerationsAsync(view)).Count);

        Assert.Equal((3, 3), await Store.StartVersionAsync(last, Patience) is { } next ? (next.Number, next.Version) : default);
        Assert.Equal(2, (await Store.StartGenerationAsync(later, Patience)).Version);
    }

    [SkippableFact]
    public async Task What_was_declined_is_known_until_a_version_as_late_is_live()
    {
        var view = SampleViews.Unique();
        var later = new View<Sample>(view.Name, 2, view.Json, view.Fields);
        await Store.OpenAsync(view, 1, Patience);
        Assert.True(await Store.SwapAsync(await Store.StartGenerationAsync(later, Patience), Patience));
        Assert.True(await Store.SwapAsync((await Store.RollBackAsync(view.Name, Patience))!, Patience));

        Assert.True(await Store.SwapAsync(await Store.StartGenerationAsync(view, Patience), Patience));
        Assert.Equal(
            [(1, GenerationState.Retired, false), (2, GenerationState.Retired, true), (3, GenerationState.Live, false)],
            (await GenerationsAsync(view)).Select(one => (one.Number, one.State, one.IsDeclined)));

        // The way back is the one that was retired last.
        Assert.Equal(1, (await Store.RollBackAsync(view.Name, Patience))!.Number);
        Assert.True(await Store.SwapAsync(await Store.StartGenerationAsync(later, Patience), Patience));
        Assert.DoesNotContain(await GenerationsAsync(view), one => one.Number == 2);
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
    public async Task A_swap_compares_partition_by_partition()
    {
        var (view, live) = await GivenPartitionsAsync(2, 5);
        await CommitAsync(view, [live.Partitions[1]], 8);
        var built = await CommitAsync(view, await Store.StartGenerationAsync(view, Patience), 7);

        // The lowest of the new one is further than the lowest of the live one, but readers of partition 1 would go back.
        Assert.False(await Store.SwapAsync(built, Patience));

        var partition = await CommitAsync(view, [built.Partitions[1]], 8);
        Assert.True(await Store.SwapAsync(With(built, partition), Patience));
        Assert.Equal(7, (await FindAsync(view)).Position);
    }

    [SkippableFact]
    public async Task A_swap_to_another_number_of_partitions_waits_for_the_furthest()
    {
        var (view, live) = await GivenPartitionsAsync(2, 5);
        await CommitAsync(view, [live.Partitions[1]], 8);
        var built = await Store.StartGenerationAsync(view, Patience);
        built = (await Store.RepartitionAsync(view.Name, built.Number, 3, Patience))!;
        built = await CommitAsync(view, built, 7);

        Assert.False(await Store.SwapAsync(built, Patience));

        built = With(built, await CommitAsync(view, [built.Partitions[0], built.Partitions[2]], 9));
        Assert.False(await Store.SwapAsync(built, Patience));

        built = With(built, await CommitAsync(view, [built.Partitions[1]], 8));
        Assert.True(await Store.SwapAsync(built, Patience));
        Assert.Equal(built with { State = GenerationState.Live }, (await GenerationsAsync(view))[1]);
    }

    [SkippableFact]
    public async Task A_swap_goes_by_what_is_stored()
    {
        var (view, live) = await GivenAsync(4);
        var built = await CommitAsync(view, await Store.StartGenerationAsync(view, Patience), 4);
        live = await CommitAsync(view, live, 6);

        Assert.False(await Store.SwapAsync(With(built, built.Partitions[0] with { Position = 100 }), Patience));
        Assert.Equal([live, built], await GenerationsAsync(view));
    }

    [SkippableFact]
    public async Task After_a_swap_both_workers_go_on_each_with_its_own_generation()
    {
        var (view, old) = await GivenAsync(5, Document("a", "old"));
        var built = await CommitAsync(view, await Store.StartGenerationAsync(view, Patience), 5, Document("a", "new"));
        await Store.SwapAsync(built, Patience);

        var retired = await CommitAsync(view, old.Partitions, 6, Document("a", "late"));
        var live = await CommitAsync(view, built.Partitions, 6, Document("b", "further"));

        Assert.Equal([retired, live], (await GenerationsAsync(view)).Select(generation => generation.Partitions));
        Assert.Equal(["new", "further"], Texts(await FindAsync(view, "a", "b")));
    }

    [SkippableFact]
    public async Task A_second_swap_drops_what_was_retired_before()
    {
        var (view, first) = await GivenAsync(1, Document("a", "1"));
        await BuildAndSwapAsync(view, 2);
        await ParkAsync(view, first.Partitions[0], 1, Parked(first.Partitions[0], "a", 1));
        await BuildAndSwapAsync(view, 3);

        Assert.Equal([(2, GenerationState.Retired), (3, GenerationState.Live)], await StatesAsync(view));
        Assert.Empty(await Store.LoadAsync(view, 1, ["a"], Patience));
        Assert.Empty(await Store.ReadParkedAsync(view.Name, 1, Patience));
        Assert.Null(await Store.CommitAsync(view, new ViewCommit<Sample>(first.Partitions, 9, [], []), Patience));
    }

    [SkippableFact]
    public async Task A_swap_leaves_alone_what_else_is_being_built()
    {
        var (view, _) = await GivenAsync(1);
        var other = await Store.StartGenerationAsync(SampleViews.Named(view.Name, version: 2), Patience);
        await BuildAndSwapAsync(view, 2);

        Assert.Equal([(1, GenerationState.Retired), (2, GenerationState.Building), (3, GenerationState.Live)], await StatesAsync(view));
        Assert.Contains(other, await GenerationsAsync(view));
    }

    [SkippableFact]
    public async Task What_is_retired_is_not_swapped_in()
    {
        var (view, first) = await GivenAsync(1);
        await BuildAndSwapAsync(view, 1);

        Assert.False(await Store.SwapAsync(first, Patience));

        Assert.Equal([(1, GenerationState.Retired), (2, GenerationState.Live)], await StatesAsync(view));
    }

    [SkippableFact]
    public async Task Rolling_back_builds_the_retired_generation_again_and_declines_the_live_one()
    {
        var (view, first) = await GivenAsync(1, Document("a", "old"));
        var raised = SampleViews.Named(view.Name, version: 2);
        var second = await BuildAndSwapAsync(raised, 2);

        var rolledBack = (await Store.RollBackAsync(view.Name, Patience))!;

        Assert.Equal(first with { State = GenerationState.Building }, rolledBack);
        Assert.Equal([rolledBack, second with { IsDeclined = true }], await GenerationsAsync(view));
        Assert.Equal(rolledBack, await Store.StartGenerationAsync(view, Patience));

        // It was behind, so it has to catch up first.
        Assert.False(await Store.SwapAsync(rolledBack, Patience));
        rolledBack = await CommitAsync(view, rolledBack, 2, Document("a", "caught up", 2));
        Assert.True(await Store.SwapAsync(rolledBack, Patience));

        var generations = await GenerationsAsync(view);
        Assert.Equal(
            [
                rolledBack with { State = GenerationState.Live },
                second with { State = GenerationState.Retired, IsDeclined = true, RetiredAt = generations[1].RetiredAt },
            ],
            generations);
        Assert.NotNull(generations[1].RetiredAt);
        Assert.Equal(["caught up"], Texts(await FindAsync(view, "a")));
    }

    [SkippableFact]
    public async Task A_declined_generation_that_goes_live_again_is_declined_no_more()
    {
        var (view, first) = await GivenAsync(1);
        var second = await BuildAndSwapAsync(view, 1);
        Assert.True(await Store.SwapAsync((await Store.RollBackAsync(view.Name, Patience))!, Patience));

        var again = await Store.RollBackAsync(view.Name, Patience);
        Assert.Equal(second with { State = GenerationState.Building }, again);
        Assert.True(await Store.SwapAsync(again!, Patience));

        var generations = await GenerationsAsync(view);
        Assert.Equal(
            [first with { State = GenerationState.Retired, IsDeclined = true, RetiredAt = generations[0].RetiredAt }, second], generations);
    }

    [SkippableFact]
    public async Task Rolling_back_drops_what_is_being_built()
    {
        var (view, _) = await GivenAsync(1);
        await BuildAndSwapAsync(view, 1);
        var built = await CommitAsync(view, await Store.StartGenerationAsync(view, Patience), 1, Document("a", "built"));

        await Store.RollBackAsync(view.Name, Patience);

        Assert.Equal([(1, GenerationState.Building), (2, GenerationState.Live)], await StatesAsync(view));
        Assert.Empty(await Store.LoadAsync(view, built.Number, ["a"], Patience));
    }

    [SkippableFact]
    public async Task Where_nothing_is_retired_there_is_no_way_back()
    {
        var (view, live) = await GivenAsync(1);
        var built = await Store.StartGenerationAsync(view, Patience);

        Assert.Null(await Store.RollBackAsync(view.Name, Patience));
        Assert.Null(await Store.RollBackAsync(SampleViews.Unique().Name, Patience));

        Assert.Equal([live, built], await GenerationsAsync(view));
    }

    [SkippableFact]
    public async Task A_retired_generation_can_be_dropped_by_who_saw_it_retired()
    {
        var (view, first) = await GivenAsync(1);
        var second = await BuildAndSwapAsync(view, 1);

        await Store.DropGenerationAsync(first, Patience);
        var both = await GenerationsAsync(view);
        Assert.Equal(second, both[1]);

        await Store.DropGenerationAsync(both[0], Patience);
        Assert.Equal([second], await GenerationsAsync(view));
        Assert.Null(await Store.RollBackAsync(view.Name, Patience));
    }

    [SkippableFact]
    public async Task Of_those_who_roll_back_at_once_one_does()
    {
        var (view, _) = await GivenAsync(1);
        await BuildAndSwapAsync(view, 1);
        var stores = Enumerable.Range(0, 6).Select(_ => Connect()).ToList();

        var rolledBack = await Task.WhenAll(stores.Select(store => Task.Run(() => store.RollBackAsync(view.Name, Patience))));

        Assert.Single(rolledBack, generation => generation is not null);
        Assert.Equal([(1, GenerationState.Building), (2, GenerationState.Live)], await StatesAsync(view));
    }

    [SkippableFact]
    public async Task Of_generations_that_are_swapped_in_at_once_each_is_live_retired_or_gone()
    {
        var (view, _) = await GivenAsync(1);
        List<(IViewStore Store, ViewGeneration Built)> builders = [];
        for (var version = 2; version <= 7; version++)
        {
            var raised = SampleViews.Named(view.Name, version);
            builders.Add((Connect(), await CommitAsync(raised, await Store.StartGenerationAsync(raised, Patience), 1)));
        }

        var swapped = await Task.WhenAll(builders.Select(builder => Task.Run(() => builder.Store.SwapAsync(builder.Built, Patience))));

        // Each was as far as the live one whichever that was, so each was let in, one after the other.
        Assert.All(swapped, Assert.True);
        Assert.Equal([GenerationState.Live, GenerationState.Retired], (await StatesAsync(view)).Select(state => state.State).Order());
    }

    /// <summary>Builds a generation up to the position, with a document that says which, and swaps it in.</summary>
    private async Task<ViewGeneration> BuildAndSwapAsync(View<Sample> view, long position)
    {
        var built = await Store.StartGenerationAsync(view, Patience);
        built = await CommitAsync(view, built, position, Document("a", $"{built.Number}", position));
        Assert.True(await Store.SwapAsync(built, Patience));
        return built with { State = GenerationState.Live };
    }

    private async Task<IEnumerable<(int Number, GenerationState State)>> StatesAsync(View view)
        => (await GenerationsAsync(view)).Select(generation => (generation.Number, generation.State));
}
