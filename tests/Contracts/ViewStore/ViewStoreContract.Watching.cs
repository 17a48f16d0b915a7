using Orderly.ReadModels.ViewStore;

namespace Orderly.Contracts.ViewStore;

public abstract partial class ViewStoreContract
{
    [SkippableFact]
    public async Task A_fault_is_seen_until_the_next_commit()
    {
        var (view, live) = await GivenAsync(5);

        await Store.ReportFaultAsync(live, "the log can't be read: größer", Patience);
        var faulted = Assert.Single(await GenerationsAsync(view));
        Assert.Equal(live with { Fault = "the log can't be read: größer", UpdatedAt = faulted.UpdatedAt }, faulted);

        var committed = await CommitAsync(view, live, 6);
        Assert.Null(committed.Fault);
        Assert.Equal(committed, Assert.Single(await GenerationsAsync(view)));
    }

    [SkippableFact]
    public async Task A_fault_under_another_epoch_is_ignored()
    {
        var (view, live) = await GivenAsync(5);

        await Store.ReportFaultAsync(live with { Epoch = live.Epoch - 1 }, "late", Patience);

        Assert.Equal(live, Assert.Single(await GenerationsAsync(view)));
    }

    [SkippableFact]
    public async Task Watching_yields_the_live_generations_at_once()
    {
        var (view, live) = await GivenAsync(5);
        await Store.StartGenerationAsync(view, Patience);

        await using var watching = Watch(Store);

        Assert.Equal([live], await NextOfAsync(watching, view));
    }

    [SkippableFact]
    public async Task Watching_begins_before_anything_is_there()
    {
        var view = SampleViews.Unique();
        await using var watching = Watch(Store);
        Assert.Empty(await NextOfAsync(watching, view));

        var opened = await Store.OpenAsync(view, Patience);

        Assert.Equal([opened], await UntilAsync(watching, view, live => live.Count > 0));
    }

    [SkippableFact]
    public async Task Watching_tells_of_what_any_client_does()
    {
        var (view, live) = await GivenAsync(5);
        var other = Connect();
        await using var watching = Watch(Store);
        await NextOfAsync(watching, view);

        live = (await other.CommitAsync(view, new ViewCommit<Sample>(live, 6, [], []), Patience))!;
        Assert.Equal([live], await UntilAsync(watching, view, seen => seen[0].Position == 6));

        live = await CommitAsync(view, live, 7);
        Assert.Equal([live], await UntilAsync(watching, view, seen => seen[0].Position == 7));

        await other.ReportFaultAsync(live, "out of order", Patience);
        Assert.Equal("out of order", (await UntilAsync(watching, view, seen => seen[0].Fault is not null))[0].Fault);

        var built = await other.CommitAsync(view, new ViewCommit<Sample>(await other.StartGenerationAsync(view, Patience), 7, [], []), Patience);
        Assert.True(await other.SwapAsync(built!, Patience));
        Assert.Equal([built! with { IsLive = true }], await UntilAsync(watching, view, seen => seen[0].Number == 2));
    }

    [SkippableFact]
    public async Task Watching_tells_the_latest_and_never_goes_back()
    {
        const int Commits = 200;
        var (view, live) = await GivenAsync(position: 0);
        await using var watching = Watch(Store);
        await NextOfAsync(watching, view);
        for (var position = 1; position <= Commits; position++)
        {
            live = await CommitAsync(view, live, position);
        }

        List<long> seen = [0];
        while (seen[^1] < Commits)
        {
            seen.Add((await NextOfAsync(watching, view))[0].Position);
        }

        Assert.Equal(seen.Order(), seen);
        Assert.True(seen.Count < Commits, $"{seen.Count} states for {Commits} commits were not coalesced.");
    }

    [SkippableFact]
    public async Task Watching_is_silent_about_what_changes_nothing()
    {
        var (view, live) = await GivenAsync(5);
        await using var watching = Watch(Store);
        await NextOfAsync(watching, view);
        var before = watching.Current;
        var next = watching.MoveNextAsync();

        var built = await Store.StartGenerationAsync(view, Patience);
        await CommitAsync(view, built, 3);
        Assert.Null(await Store.CommitAsync(view, new ViewCommit<Sample>(live with { Position = 4 }, 6, [], []), Patience));
        await Store.ReportFaultAsync(live with { Epoch = live.Epoch + 1 }, "late", Patience);
        await FindAsync(view, "a");
        await CommitAsync(view, live, 6);

        Assert.True(await next);
        Assert.NotEqual(before, watching.Current);
        Assert.Equal(6, (await UntilCurrentAsync(watching, view, seen => seen[0].Position != 5))[0].Position);
    }

    [SkippableFact]
    public async Task Watching_ends_with_its_cancellation()
    {
        using var cancellation = CancellationTokenSource.CreateLinkedTokenSource(Patience);
        await using var watching = Store.WatchAsync(cancellation.Token).GetAsyncEnumerator(CancellationToken.None);
        Assert.True(await watching.MoveNextAsync());

        var next = DrainAsync();
        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => next);
        Assert.False(Patience.IsCancellationRequested);

        async Task DrainAsync()
        {
            while (await watching.MoveNextAsync())
            {
                // Another user of the database may cause a state or two before the end.
            }
        }
    }

    private IAsyncEnumerator<IReadOnlyList<ViewGeneration>> Watch(IViewStore store)
        => store.WatchAsync(Patience).GetAsyncEnumerator(Patience);

    /// <summary>The next state, of which only this view's part counts.</summary>
    private static async Task<IReadOnlyList<ViewGeneration>> NextOfAsync(IAsyncEnumerator<IReadOnlyList<ViewGeneration>> watching, View view)
    {
        Assert.True(await watching.MoveNextAsync());
        Assert.All(watching.Current, generation => Assert.True(generation.IsLive));
        return [.. watching.Current.Where(generation => generation.View == view.Name)];
    }

    private static async Task<IReadOnlyList<ViewGeneration>> UntilAsync(
        IAsyncEnumerator<IReadOnlyList<ViewGeneration>> watching, View view, Func<IReadOnlyList<ViewGeneration>, bool> isIt)
    {
        while (true)
        {
            var seen = await NextOfAsync(watching, view);
            if (isIt(seen))
            {
                return seen;
            }
        }
    }

    private static async Task<IReadOnlyList<ViewGeneration>> UntilCurrentAsync(
        IAsyncEnumerator<IReadOnlyList<ViewGeneration>> watching, View view, Func<IReadOnlyList<ViewGeneration>, bool> isIt)
    {
        IReadOnlyList<ViewGeneration> current = [.. watching.Current.Where(generation => generation.View == view.Name)];
        return isIt(current) ? current : await UntilAsync(watching, view, isIt);
    }
}
