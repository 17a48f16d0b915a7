using Orderly.ReadModels.ViewStore;

namespace Orderly.Contracts.ViewStore;

public abstract partial class ViewStoreContract
{
    [SkippableFact]
    public async Task Pages_of_a_generation_hold_every_document_once_with_its_partitions()
    {
        string[] ids = ["b", "B", "a", "a-1", "a1", "10", "9", "order_7", "order-7", "Order-7", "0", "00"];
        var (view, _) = await GivenAsync(9, Document("live", "live"));
        var built = await Store.StartGenerationAsync(view, Patience);
        built = (await Store.RepartitionAsync(view.Name, built.Number, 2, Patience))!;
        built = With(built, await CommitAsync(view, [built.Partitions[1]], 3, [.. ids.Select(id => Document(id, $"text {id}", 2))]));

        List<StoredDocument<Sample>> seen = [];
        ViewPage<Sample>? page;
        do
        {
            page = await Store.PageAsync(view, built.Number, seen.LastOrDefault()?.Id, 5, Patience);
            Assert.NotNull(page);
            Assert.Equal(built, page.Generation);
            Assert.True(page.Documents.Count <= 5);
            seen.AddRange(page.Documents);
        }
        while (page.Documents.Count > 0);

        Assert.Equal(
            ids.Order(StringComparer.Ordinal).Select(id => (id, 2L, (string?)$"text {id}")),
            seen.Select(document => (document.Id, document.Position, document.Value.Text)));
    }

    [SkippableFact]
    public async Task A_page_is_of_the_generation_asked_for_whatever_its_state()
    {
        var (view, first) = await GivenAsync(1, Document("a", "first"), Document("b", "first"));
        var second = await BuildAndSwapAsync(view, 1);

        var retired = await Store.PageAsync(view, first.Number, null, 10, Patience);
        var live = await Store.PageAsync(view, second.Number, null, 10, Patience);
        var after = await Store.PageAsync(view, first.Number, "a1", 10, Patience);

        Assert.Equal(["first", "first"], retired!.Documents.Select(document => document.Value.Text));
        Assert.Equal((GenerationState.Retired, second), (retired.Generation.State, live!.Generation));
        Assert.Equal(["2"], live.Documents.Select(document => document.Value.Text));
        Assert.Equal(["b"], after!.Documents.Select(document => document.Id));
        Assert.Null(await Store.PageAsync(view, 3, null, 10, Patience));
        Assert.Null(await Store.PageAsync(SampleViews.Unique(), 1, null, 10, Patience));
        await Assert.ThrowsAnyAsync<ArgumentException>(() => Store.PageAsync(view, 1, null, 0, Patience));
    }

    [SkippableFact]
    public async Task A_page_is_null_when_the_generation_is_gone()
    {
        var (view, _) = await GivenAsync(1);
        var built = await CommitAsync(view, await Store.StartGenerationAsync(view, Patience), 1, Document("a", "built"));
        await Store.DropGenerationAsync(built, Patience);

        Assert.Null(await Store.PageAsync(view, built.Number, null, 10, Patience));
    }

    [SkippableFact]
    public async Task A_page_is_of_one_instant()
    {
        const int Documents = 20;
        var (view, live) = await GivenPartitionsAsync(2, 1, AllAt(1));
        var reading = new TaskCompletionSource();
        var done = 0;

        var reader = Task.Run(async () =>
        {
            var store = Connect();
            for (var i = 0; Volatile.Read(ref done) == 0 || i < 10; i++)
            {
                var page = await store.PageAsync(view, live.Number, null, Documents, Patience);
                reading.TrySetResult();
                Assert.Equal(
                    Enumerable.Repeat(page!.Generation.Partitions[0].Position, Documents),
                    page.Documents.Select(document => document.Position));
                Assert.Equal(page.Generation.Partitions[0].Position, page.Generation.Partitions[1].Position);
            }
        });

        await reading.Task.WaitAsync(Patience);
        for (var position = 2; position <= 60; position++)
        {
            live = await CommitAsync(view, live, position, AllAt(position));
        }

        Volatile.Write(ref done, 1);
        await reader;

        static List<StoredDocument<Sample>> AllAt(long position)
            => [.. Enumerable.Range(0, Documents).Select(n => Document($"id-{n:D2}", "text", position))];
    }

    [SkippableFact]
    public async Task Dropping_a_view_leaves_nothing_of_it()
    {
        var (view, live) = await GivenAsync(5, Document("a", "live"));
        var (other, otherLive) = await GivenAsync(5, Document("a", "other"));
        await ParkAsync(view, live.Partitions[0], 6, Parked(live.Partitions[0], "a", 6));
        await ParkAsync(other, otherLive.Partitions[0], 6, Parked(otherLive.Partitions[0], "a", 6));
        await Store.AskSkipAsync(view.Name, 6, Patience);
        await Store.AskSkipAsync(other.Name, 6, Patience);
        await BuildAndSwapAsync(view, 6);
        var built = await Store.StartGenerationAsync(view, Patience);

        await Store.DropViewAsync(view.Name, Patience);
        await Store.DropViewAsync(view.Name, Patience);

        Assert.Empty(await GenerationsAsync(view));
        Assert.Empty(await Store.ReadParkedAsync(view.Name, live.Number, Patience));
        Assert.Empty(await Store.ReadSkippedAsync(view.Name, Patience));
        Assert.Empty(await Store.LoadAsync(view, 2, ["a"], Patience));
        var found = await FindAsync(view, "a");
        Assert.Equal((0, 0L), (found.Documents.Count, found.Position));
        Assert.Null(await Store.CommitAsync(view, new ViewCommit<Sample>(built.Partitions, 9, [Document("a", "late")], []), Patience));

        Assert.Equal(["other"], Texts(await FindAsync(other, "a")));
        Assert.Single(await Store.ReadParkedAsync(other.Name, otherLive.Number, Patience));
        Assert.Single(await Store.ReadSkippedAsync(other.Name, Patience));
    }

    [SkippableFact]
    public async Task A_view_that_comes_back_after_it_was_dropped_begins_with_a_new_number()
    {
        var (view, live) = await GivenAsync(5, Document("a", "live"));
        await Store.DropViewAsync(view.Name, Patience);

        var again = await Store.OpenAsync(view, 1, Patience);

        Assert.Equal((2, 0L), (again.Number, again.Position));
        Assert.Empty((await FindAsync(view, "a")).Documents);
        Assert.Null(await Store.CommitAsync(view, new ViewCommit<Sample>(live.Partitions, 6, [Document("a", "late")], []), Patience));
    }
}
