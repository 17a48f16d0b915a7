using Orderly.ReadModels.ViewStore;

namespace Orderly.Contracts.ViewStore;

/// <content>Of which log a position is.</content>
public abstract partial class ViewStoreContract
{
    private static readonly LogMark s_mark = new("9a2f7f0c-6f0e-4d7e-8f59-6f5f5bd7a3f1", 3, Guid.NewGuid(), default);

    [SkippableFact]
    public async Task A_commit_leaves_the_mark_of_the_log_and_the_next_one_without_keeps_it()
    {
        var view = SampleViews.Unique();
        var live = await Store.OpenAsync(view, 1, Patience);
        Assert.Null(live.Partitions[0].Mark);

        var committed = await MarkAsync(view, live.Partitions, 4, s_mark, Document("a", "one"));
        var mark = committed[0].Mark!;
        Assert.Equal(s_mark, mark with { At = default });
        Assert.Equal(committed[0].UpdatedAt, mark.At);
        Assert.Equal(committed, (await GenerationsAsync(view))[0].Partitions);

        var later = await CommitAsync(view, committed, 6, Document("a", "two"));
        Assert.Equal(mark, later[0].Mark);
        Assert.Equal(later, (await GenerationsAsync(view))[0].Partitions);

        // A lease and a fault leave it alone.
        var taken = await Store.TakeAsync(later[0], "one", Patience);
        await Store.ReportFaultAsync(taken!, "no way", Patience);
        Assert.Equal(mark, (await GenerationsAsync(view))[0].Partitions[0].Mark);
    }

    [SkippableFact]
    public async Task A_partition_that_is_further_than_a_commit_keeps_its_mark()
    {
        var view = SampleViews.Unique();
        var live = await Store.OpenAsync(view, 3, Patience);
        var far = await MarkAsync(view, [live.Partitions[1]], 9, s_mark with { Position = 9 });
        var all = With(live, far[0]).Partitions;

        var committed = await MarkAsync(view, all, 5, s_mark with { Position = 4 }, Document("a", "one"));

        Assert.Equal([4, 9, 4], committed.Select(one => one.Mark?.Position));
        Assert.Equal([5, 9, 5], committed.Select(one => one.Position));
        Assert.Equal(committed, (await GenerationsAsync(view))[0].Partitions);

        // Which of them is furthest behind says how far a repartitioned generation is, and of which log.
        var repartitioned = await Store.RepartitionAsync(view.Name, live.Number, 2, Patience);
        Assert.All(repartitioned!.Partitions, one => Assert.Equal((5, 4), (one.Position, one.Mark?.Position)));
        Assert.Equal(repartitioned.Partitions, (await GenerationsAsync(view))[0].Partitions);
    }

    [SkippableFact]
    public async Task A_generation_that_is_behind_goes_live_over_one_of_another_log_only()
    {
        var (view, live) = await GivenAsync(33, Document("a", "old"));
        var built = await CommitAsync(view, await Store.StartGenerationAsync(view, Patience), 3, Document("a", "new"));

        Assert.False(await Store.SwapAsync(built, Patience));
        Assert.False(await Store.SwapAsync(built, Patience, over: live.Number + 7));
        Assert.True(await Store.SwapAsync(built, Patience, over: live.Number));

        var found = await FindAsync(view, "a");
        Assert.Equal((3, "new"), (found.Position, found.Documents[0].Value.Text));
    }

    [SkippableFact]
    public async Task What_was_left_out_is_forgotten_as_a_whole()
    {
        var (view, live) = await GivenAsync(5);
        ParkedEvent parked = new(
            view.Name, live.Number, 0, "a", 4, "order-1", 0, "order-placed.v1", ParkedReason.Threw, null, 1, DateTimeOffset.UnixEpoch);
        await Store.CommitAsync(view, new ViewCommit<Sample>(live.Partitions, 6, [], []) { Parked = [parked] }, Patience);
        await Store.AskSkipAsync(view.Name, 4, Patience);
        Assert.Single(await Store.ReadSkippedAsync(view.Name, Patience));

        await Store.ForgetSkippedAsync(view.Name, Patience);

        Assert.Empty(await Store.ReadSkippedAsync(view.Name, Patience));
        Assert.Single(await Store.ReadParkedAsync(view.Name, live.Number, Patience));
    }

    private async Task<IReadOnlyList<ViewPartition>> MarkAsync(
        View<Sample> view, IReadOnlyList<ViewPartition> partitions, long position, LogMark mark,
        params IReadOnlyList<StoredDocument<Sample>> upserts)
    {
        var committed = await Store.CommitAsync(
            view, new ViewCommit<Sample>(partitions, position, upserts, []) { Mark = mark }, Patience);
        Assert.NotNull(committed);
        return committed;
    }
}
