using Orderly.ReadModels.ViewStore;

namespace Orderly.Contracts.ViewStore;

public abstract partial class ViewStoreContract
{
    [SkippableFact]
    public async Task A_fault_is_seen_until_the_next_commit()
    {
        var (view, live) = await GivenAsync(5);

        await Store.ReportFaultAsync(live.Partitions[0], "the log can't be read: größer", Patience);
        var faulted = Assert.Single(await GenerationsAsync(view));
        Assert.Equal(
            With(live, live.Partitions[0] with { Fault = "the log can't be read: größer", UpdatedAt = faulted.Partitions[0].UpdatedAt }),
            faulted);

        var committed = await CommitAsync(view, live, 6);
        Assert.Null(committed.Partitions[0].Fault);
        Assert.Equal(committed, Assert.Single(await GenerationsAsync(view)));
    }

    [SkippableFact]
    public async Task A_fault_under_another_epoch_is_ignored()
    {
        var (view, live) = await GivenAsync(5);

        await Store.ReportFaultAsync(live.Partitions[0] with { Epoch = live.Partitions[0].Epoch - 1 }, "late", Patience);

        Assert.Equal(live, Assert.Single(await GenerationsAsync(view)));
    }

    [SkippableFact]
    public async Task Watching_yields_all_generations_at_once()
    {
        var (view, live) = await GivenAsync(5);
        var built = await Store.StartGenerationAsync(view, Patience);

        await using var watching = Watch(Store);

        Assert.Equal([live, built], await NextOfAsync(watching, view));
    }

    [SkippableFact]
    public async Task Watching_begins_before_anything_is_there()
    {
        var view = SampleViews.Unique();
        await using var watching = Watch(Store);
        Assert.Empty(await NextOfAsync(watching, view));

        var opened = await Store.OpenAsync(view, 1, Patience);

        Assert.Equal([opened], await UntilAsync(watching, view, seen => seen is [{ IsLive: true }]));
    }

    [SkippableFact]
    public async Task Watching_tells_of_what_any_client_does()
    {
        var (view, live) = await GivenAsync(5);
        var other = Connect();
        await using var watching = Watch(Store);
        await NextOfAsync(watching, view);

        live = live with { Partitions = (await other.CommitAsync(view, new ViewCommit<Sample>(live.Partitions, 6, [], []), Patience))! };
        Assert.Equal([live], await UntilAsync(watching, view, seen => seen[0].Position == 6));

        live = await CommitAsync(view, live, 7);
        Assert.Equal([live], await UntilAsync(watching, view, seen => seen[0].Position == 7));

        await other.ReportFaultAsync(live.Partitions[0], "out of order", Patience);
        Assert.Equal(
            "out of order", (await UntilAsync(watching, view, seen => seen[0].Partitions[0].Fault is not null))[0].Partitions[0].Fault);

    }

    [SkippableFact]
    public async Task Watching_tells_what_becomes_of_generations()
    {
        var (view, _) = await GivenAsync(5);
        var other = Connect();
        await using var watching = Watch(Store);
        await NextOfAsync(watching, view);

        var built = await other.StartGenerationAsync(view, Patience);
        Assert.Equal(built, (await UntilAsync(watching, view, seen => seen.Count == 2))[1]);

        await CommitAsync(view, built, 5);
        Assert.True(await other.SwapAsync(built, Patience));
        await UntilAsync(watching, view, seen => seen is [{ State: GenerationState.Retired }, { State: GenerationState.Live }]);

        await other.RepartitionAsync(view.Name, 2, 3, Patience);
        await UntilAsync(watching, view, seen => seen[1].Partitions.Count == 3);

        await other.RollBackAsync(view.Name, Patience);
        var rolledBack = await UntilAsync(watching, view, seen => seen[0].State == GenerationState.Building && seen[1].IsDeclined);

        await other.DropGenerationAsync(rolledBack[0], Patience);
        await UntilAsync(watching, view, seen => seen is [{ Number: 2 }]);

        await other.DropViewAsync(view.Name, Patience);
        await UntilAsync(watching, view, seen => seen.Count == 0);
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

        var partition = live.Partitions[0];
        Assert.Null(await Store.CommitAsync(view, new ViewCommit<Sample>([partition with { Position = 4 }], 6, [], []), Patience));
        await Store.ReportFaultAsync(partition with { Epoch = partition.Epoch + 1 }, "late", Patience);
        await Store.SwapAsync(live, Patience);
        await Store.RepartitionAsync(view.Name, live.Number, 1, Patience);
        await Store.AskRetryAsync(view.Name, 5, Patience);
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
    private static async Task<IReadOnlyList<ViewGeneration>> NextOfAsync(
        IAsyncEnumerator<IReadOnlyList<ViewGeneration>> watching, View view)
    {
        Assert.True(await watching.MoveNextAsync());
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
