using Orderly.ReadModels.ViewStore;

namespace Orderly.Contracts.ViewStore;

public abstract partial class ViewStoreContract
{
    [SkippableFact]
    public async Task A_view_that_was_never_opened_is_empty()
    {
        var view = SampleViews.Unique();

        var found = await FindAsync(view, "a");
        var queried = await AllAsync(view);

        Assert.Equal((0, 0L), (found.Documents.Count, found.Position));
        Assert.Equal((0, 0L), (queried.Documents.Count, queried.Position));
        Assert.Empty(await GenerationsAsync(view));
    }

    [SkippableFact]
    public async Task Documents_are_found_in_the_order_asked_for_each_once()
    {
        var (view, _) = await GivenAsync(9, Document("a", "one"), Document("b", "two"), Document("c", "three"));

        var found = await FindAsync(view, "c", "missing", "a", "c", "A");

        Assert.Equal(["c", "a"], Ids(found));
        Assert.Equal(9, found.Position);
    }

    [SkippableFact]
    public async Task Of_the_documents_asked_for_only_those_that_changed_after_a_position_are_found()
    {
        var (view, _) = await GivenAsync(9, Document("a", "one", 0), Document("b", "two", 4), Document("c", "three", 5));

        var all = await FindAsync(view, "a", "b", "c");
        var changed = await Store.FindAsync(view, ["c", "b", "a", "missing"], 4, Patience);
        var none = await Store.FindAsync(view, ["a", "b", "c"], 5, Patience);

        Assert.Equal(["a", "b", "c"], Ids(all));
        Assert.Equal(["c"], Ids(changed));
        Assert.Equal((0, 9L), (none.Documents.Count, none.Position));
    }

    [SkippableFact]
    public async Task A_part_of_each_document_is_read_but_never_written()
    {
        var (view, live) = await GivenAsync(9, Document("a", "one", 4), Document("b", "two", 5));
        var part = view.As(SampleJson.Default.SamplePart);

        var found = await Store.FindAsync(part, ["b", "a"], Patience);
        var queried = await Store.QueryAsync(part, new ViewQuery([new ViewCondition.Contains(["text"], "w")], 10), Patience);

        Assert.Equal(["two", "one"], found.Documents.Select(one => one.Value.Text));
        Assert.Equal(["two"], queried.Documents.Select(one => one.Value.Text));
        var commit = new ViewCommit<SamplePart>(live.Partitions, 10, [new StoredDocument<SamplePart>("a", 10, new SamplePart("less"))], []);
        await Assert.ThrowsAsync<ArgumentException>(() => Store.CommitAsync(part, commit, Patience));
        Assert.Equal(["one"], (await FindAsync(view, "a")).Documents.Select(one => one.Value.Text));
    }

    [SkippableFact]
    public async Task No_ids_find_nothing()
    {
        var (view, live) = await GivenAsync(9, Document("a", "one"));

        var found = await FindAsync(view);

        Assert.Equal((0, 9L), (found.Documents.Count, found.Position));
        Assert.Empty(await Store.LoadAsync(view, live.Number, [], Patience));
    }

    [SkippableFact]
    public async Task Thousands_of_ids_are_loaded_at_once_and_missing_ones_left_out()
    {
        var (view, live) = await GivenAsync(9, [.. Enumerable.Range(0, 1500).Select(i => Document($"id-{i}", $"text {i}", i))]);
        var ids = Enumerable.Range(0, 3000).Select(i => $"id-{i}").ToList();

        var loaded = await Store.LoadAsync(view, live.Number, ids, Patience);
        var found = await FindAsync(view, ids);

        Assert.Equal(
            Enumerable.Range(0, 1500).Select(i => ($"id-{i}", (long)i, $"text {i}")).OrderBy(expected => expected.Item2),
            loaded.Select(document => (document.Id, document.Position, document.Value.Text!)).OrderBy(actual => actual.Position));
        Assert.Equal(ids.Take(1500), Ids(found));
    }

    [SkippableFact]
    public async Task A_document_comes_back_exactly_as_it_was()
    {
        Sample[] samples =
        [
            new(
                "Größe 12″, naïve 日本語 👩‍🚀 \"quoted\" \\ \n\t <&> '",
                long.MaxValue,
                79228162514264337593543950335m,
                new DateTimeOffset(2026, 2, 28, 23, 59, 59, 123, TimeSpan.Zero),
                new DateOnly(1999, 12, 31),
                [new SampleLine("ünï", 0.0000000000000000000000000001m, ["a", "", "ß"]), new SampleLine("no tags", -19.99m, [])],
                new SampleNote("Zoë", null)),
            new(null, null, 0.1m, DateTimeOffset.MinValue, DateOnly.MinValue, [], null),
            new(string.Empty, long.MinValue, 9007199254740993.1m, DateTimeOffset.UnixEpoch, DateOnly.MaxValue, [], new SampleNote("", "")),
            new(new string('x', 100_000), 0, 0m, DateTimeOffset.UnixEpoch, DateOnly.MaxValue, [], null),
        ];
        var (view, live) = await GivenAsync(4, [.. samples.Select((sample, i) => new StoredDocument<Sample>($"id-{i}", i, sample))]);
        string[] ids = ["id-0", "id-1", "id-2", "id-3"];
        var expected = samples.Select(SampleViews.JsonOf).ToList();

        Assert.Equal(expected, (await FindAsync(view, ids)).Documents.Select(document => SampleViews.JsonOf(document.Value)));
        Assert.Equal(expected, (await AllAsync(view)).Documents.Select(document => SampleViews.JsonOf(document.Value)));
        Assert.Equal(expected, (await Store.LoadAsync(view, live.Number, ids, Patience))
            .OrderBy(document => document.Id, StringComparer.Ordinal)
            .Select(document => SampleViews.JsonOf(document.Value)));
    }

    [SkippableFact]
    public async Task A_reader_sees_documents_and_position_of_one_commit()
    {
        const int Documents = 20;
        var (view, live) = await GivenAsync(1, AllAt(1));
        var reading = new TaskCompletionSource();
        var done = 0;

        // A store may answer without ever leaving its thread, so each reader gets one.
        var readers = new[] { Store, Connect() }.Select(store => Task.Run(async () =>
        {
            var last = 0L;
            for (var i = 0; Volatile.Read(ref done) == 0 || i < 10; i++)
            {
                var found = i % 2 == 0
                    ? await store.FindAsync(view, [.. Enumerable.Range(0, Documents).Select(n => $"id-{n:D2}")], Patience)
                    : await store.QueryAsync(view, new ViewQuery([], Documents), Patience);
                reading.TrySetResult();
                Assert.Equal(Enumerable.Repeat(found.Position, Documents), found.Documents.Select(document => document.Position));
                Assert.True(found.Position >= last, "A reader went back in time.");
                last = found.Position;
            }
        })).ToList();

        await reading.Task.WaitAsync(Patience);
        for (var position = 2; position <= 60; position++)
        {
            live = await CommitAsync(view, live, position, AllAt(position));
        }

        Volatile.Write(ref done, 1);
        await Task.WhenAll(readers);

        static List<StoredDocument<Sample>> AllAt(long position)
            => [.. Enumerable.Range(0, Documents).Select(n => Document($"id-{n:D2}", "text", position))];
    }
}
