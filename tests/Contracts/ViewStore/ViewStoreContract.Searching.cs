using Orderly.ReadModels.ViewStore;

namespace Orderly.Contracts.ViewStore;

public abstract partial class ViewStoreContract
{
    [SkippableFact]
    public async Task A_keyword_is_one_of_some_texts_exactly()
    {
        var view = await SearchAsync(
            ("a", SearchSample.Of("open")),
            ("b", SearchSample.Of("Open")),
            ("c", SearchSample.Of("opened")),
            ("d", SearchSample.Of(null)),
            ("e", SearchSample.Of("o'; --")));

        Assert.Equal(["a"], await SearchAsync(view, new ViewCondition.OneOf("state", "open")));
        Assert.Equal(
            ["a", "c", "e"], await SearchAsync(view, new ViewCondition.OneOf("state", "opened", "open", "o'; --", "none", "open")));
        Assert.Empty(await SearchAsync(view, new ViewCondition.OneOf("state", "ope")));
        Assert.Empty(await SearchAsync(view, new ViewCondition.OneOf("state")));
    }

    [SkippableFact]
    public async Task A_list_has_one_of_some_texts_exactly()
    {
        var view = await SearchAsync(
            ("a", SearchSample.Of(tags: ["TEA-1", "TEA-2"])),
            ("b", SearchSample.Of(tags: ["TEA-2", "TEA-2", "\"quoted\", \\ü"])),
            ("c", SearchSample.Of(tags: ["TEA-12"])),
            ("d", SearchSample.Of()));

        Assert.Equal(["a"], await SearchAsync(view, new ViewCondition.OneOf("tags", "TEA-1")));
        Assert.Equal(["a", "b"], await SearchAsync(view, new ViewCondition.OneOf("tags", "TEA-2")));
        Assert.Equal(["a", "c"], await SearchAsync(view, new ViewCondition.OneOf("tags", "TEA-12", "TEA-1")));
        Assert.Equal(["b"], await SearchAsync(view, new ViewCondition.OneOf("tags", "\"quoted\", \\ü")));
        Assert.Equal(["a"], await SearchAsync(view, new ViewCondition.OneOf("tags", "TEA-1"), new ViewCondition.OneOf("tags", "TEA-2")));
        Assert.Empty(await SearchAsync(view, new ViewCondition.OneOf("tags", "tea-1")));
        Assert.Empty(await SearchAsync(view, new ViewCondition.OneOf("tags")));
    }

    [SkippableFact]
    public async Task Ranges_hold_their_start_and_not_their_end()
    {
        var view = await SearchAsync(
            ("a", SearchSample.Of("1.0000", 10)),
            ("b", SearchSample.Of("2.0000", 20)),
            ("c", SearchSample.Of("2.0001", long.MaxValue)),
            ("d", SearchSample.Of(null, null)),
            ("e", SearchSample.Of("é", long.MinValue)));

        Assert.Equal(["b", "c"], await SearchAsync(view, new ViewCondition.AtLeast("number", 11)));
        Assert.Equal(["a"], await SearchAsync(view, new ViewCondition.AtLeast("number", 10), new ViewCondition.LessThan("number", 20)));
        Assert.Equal(["a", "b", "c", "e"], await SearchAsync(view, new ViewCondition.AtLeast("number", long.MinValue)));
        Assert.Equal(["c"], await SearchAsync(view, new ViewCondition.AtLeast("number", long.MaxValue)));
        Assert.Equal(
            ["b"], await SearchAsync(view, new ViewCondition.AtLeast("state", "2.0000"), new ViewCondition.LessThan("state", "2.0001")));
        Assert.Equal(["a", "b", "c", "e"], await SearchAsync(view, new ViewCondition.AtLeast("state", string.Empty)));
        Assert.Equal(["e"], await SearchAsync(view, new ViewCondition.AtLeast("state", "z")));
    }

    [SkippableTheory]
    [InlineData("ann", "a")]
    [InlineData("ANN", "a")]
    [InlineData("an", "a")]
    [InlineData("nn")]
    [InlineData("example main", "a")]
    [InlineData("example oslo")]
    [InlineData("muller", "b")]
    [InlineData("MÜLLER", "b")]
    [InlineData("mu\u0308ller", "b")]
    [InlineData("straße strasse", "b")]
    [InlineData("lüdenscheidt", "b")]
    [InlineData("Müller-Lud", "b")]
    [InlineData("O'Brien", "c")]
    [InlineData("brien", "c")]
    [InlineData("ОДЕССА", "c")]
    [InlineData("οδος", "c")]
    [InlineData("tea-1", "d", "e")]
    [InlineData("TEA-12", "e")]
    [InlineData("tea-1 2-x", "d")]
    [InlineData("12", "a", "e")]
    [InlineData("tea_1")]
    [InlineData("日本", "d")]
    [InlineData("\U00010400", "d")]
    [InlineData("")]
    [InlineData("   ")]
    [InlineData("!?*\"'()^:-_")]
    [InlineData("ann*", "a")]
    [InlineData("\"ann\"", "a")]
    [InlineData("\"ann main\"", "a")]
    [InlineData("ann OR oslo")]
    [InlineData("ann AND main")]
    [InlineData("NOT ann")]
    [InlineData("NEAR(ann main)")]
    [InlineData("words:ann")]
    [InlineData("^ann", "a")]
    [InlineData("-ann", "a")]
    [InlineData("ann\0main", "a")]
    [InlineData("ann\ud800main", "a")]
    [InlineData("ann\uffff", "a")]
    public async Task Every_word_of_a_text_begins_a_word_of_the_document(string text, params string[] expected)
    {
        var view = await SearchAsync(
            ("a", SearchSample.Of(text: "Ann Example, 12 Main Street")),
            ("b", SearchSample.Of(text: "Herr Müller-Lüdenscheidt; Lange Straße")),
            ("c", SearchSample.Of(text: "Pat O'Brien (Одесса) ΟΔΟΣ")),
            ("d", SearchSample.Of(text: "TEA-1 o_2-x 日本語 \U00010428")),
            ("e", SearchSample.Of(text: "TEA-12 Oslo")),
            ("f", SearchSample.Of(text: null)));

        Assert.Equal(expected, await SearchAsync(view, new ViewCondition.Matches("text.words", text)));
    }

    [SkippableFact]
    public async Task Long_texts_are_searched_for()
    {
        var many = string.Join(' ', Enumerable.Range(0, 2000).Select(i => $"word{i}"));
        var view = await SearchAsync(
            ("a", SearchSample.Of(text: many)),
            ("b", SearchSample.Of(text: new string('x', 10_000))),
            ("c", SearchSample.Of(text: "word1")));

        Assert.Equal(["a"], await SearchAsync(view, new ViewCondition.Matches("text.words", "word1999 word7 WORD1")));
        Assert.Equal(["b"], await SearchAsync(view, new ViewCondition.Matches("text.words", new string('X', 10_000))));
        Assert.Equal(["b"], await SearchAsync(view, new ViewCondition.Matches("text.words", "xx")));
        Assert.Empty(await SearchAsync(view, new ViewCondition.Matches("text.words", new string('y', 10_000))));
    }

    [SkippableTheory]
    [InlineData("wie", 4499, 4498, 4497, 4495)]
    [InlineData("stra wien", 4499, 4497, 4495, 4493)]
    [InlineData("straße-3", 4499, 4495, 4491, 4487)]
    public async Task Words_that_thousands_of_documents_have_are_found_in_the_order_asked_for(string text, params int[] expected)
    {
        var view = await SearchAsync([.. Enumerable.Range(0, 4500).Select(i => ($"{i}", SearchSample.Of(
            number: i, text: i % 4 == 0 ? "Swien Straße" : i % 2 == 0 ? "Wien" : $"Wiener Straße-{i % 4}")))]);

        var query = new ViewQuery([new ViewCondition.Matches("text.words", text)], 4) { Sort = new ViewSort("number", Descending: true) };
        Assert.Equal(
            expected.Select(number => (long?)number),
            (await Store.QueryAsync(view, query, Patience)).Documents.Select(one => one.Value.Number));
    }

    [SkippableFact]
    public async Task What_is_searched_follows_the_documents_as_they_change_and_go()
    {
        var view = SearchSampleViews.Unique();
        var live = await Store.OpenAsync(view, 1, Patience);
        live = await CommitAsync(
            view,
            live,
            1,
            [],
            ("a", SearchSample.Of("open", 1, "green tea", "A", "B")),
            ("b", SearchSample.Of("open", 2, "black tea", "B")));

        live = await CommitAsync(view, live, 2, [], ("a", SearchSample.Of("closed", 9, "green coffee", "B", "C")));
        Assert.Equal(("b", "a", "b"), (await Words("tea"), await Words("coffee"), await State("open")));
        Assert.Equal(("", "a b", "a"), (await Tag("A"), await Tag("B"), await Tag("C")));
        Assert.Equal(["a", "b"], await SearchAsync(view, new ViewSort("state")));
        Assert.Equal(["a", "b"], await SearchAsync(view, new ViewSort("number", Descending: true)));

        // Without a change of these fields, and with the same words in another document.
        live = await CommitAsync(
            view,
            live,
            3,
            [],
            ("a", SearchSample.Of("shut", 9, "green coffee", "B", "C")),
            ("c", SearchSample.Of("open", 3, "coffee", "C")));
        Assert.Equal(("a c", "a", "a c"), (await Words("coffee"), await Words("green"), await Tag("C")));

        live = await CommitAsync(view, live, 4, ["a"]);
        Assert.Equal(("c", "", "b", "c"), (await Words("coffee"), await Words("green"), await Tag("B"), await Tag("C")));

        live = await CommitAsync(view, live, 5, [], ("c", new SearchSample(null, null, null, null)));
        Assert.Equal(("", ""), (await Words("coffee"), await Tag("C")));
        live = await CommitAsync(view, live, 6, [], ("c", SearchSample.Of(null, null, "coffee", "C")));
        Assert.Equal(("c", "c"), (await Words("coffee"), await Tag("C")));

        // A row of the old number, or none: what the one before had is not found in it.
        await CommitAsync(view, live, 7, ["c"], ("a", SearchSample.Of("open", 1, "water")));
        Assert.Equal(("", "a", ""), (await Words("coffee"), await Words("water"), await Tag("C")));

        async Task<string> Words(string text) => string.Join(' ', await SearchAsync(view, new ViewCondition.Matches("text.words", text)));
        async Task<string> Tag(string tag) => string.Join(' ', await SearchAsync(view, new ViewCondition.OneOf("tags", tag)));
        async Task<string> State(string state) => string.Join(' ', await SearchAsync(view, new ViewCondition.OneOf("state", state)));
    }

    [SkippableFact]
    public async Task A_commit_that_is_refused_leaves_what_is_searched_alone()
    {
        var view = SearchSampleViews.Unique();
        var opened = await Store.OpenAsync(view, 1, Patience);
        await CommitAsync(view, opened, 1, [], ("a", SearchSample.Of("open", 1, "tea", "A")));

        Assert.Null(await Store.CommitAsync(
            view,
            new ViewCommit<SearchSample>(opened.Partitions, 2, [new("a", 2, SearchSample.Of("shut", 1, "coffee", "B"))], []),
            Patience));

        Assert.Equal(["a"], await SearchAsync(view, new ViewCondition.Matches("text.words", "tea"), new ViewCondition.OneOf("tags", "A")));
        Assert.Empty(await SearchAsync(view, new ViewCondition.Matches("text.words", "coffee")));
        Assert.Empty(await SearchAsync(view, new ViewCondition.OneOf("tags", "B")));
    }

    [SkippableFact]
    public async Task Each_generation_is_searched_by_itself()
    {
        var view = SearchSampleViews.Unique();
        var old = await Store.OpenAsync(view, 1, Patience);
        await CommitAsync(view, old, 1, [], ("a", SearchSample.Of("open", 1, "tea", "A")));
        var raised = SearchSampleViews.Named(view.Name, 2);
        var next = await Store.StartGenerationAsync(raised, Patience);
        next = await CommitAsync(raised, next, 1, [], ("a", SearchSample.Of("shut", 1, "coffee", "B")));

        Assert.Equal(
            ["a"], await SearchAsync(raised, new ViewCondition.Matches("text.words", "tea"), new ViewCondition.OneOf("tags", "A")));
        Assert.True(await Store.SwapAsync(next, Patience));

        Assert.Empty(await SearchAsync(raised, new ViewCondition.Matches("text.words", "tea")));
        Assert.Equal(
            ["a"], await SearchAsync(raised, new ViewCondition.Matches("text.words", "coffee"), new ViewCondition.OneOf("tags", "B")));
        var retired = (await Store.ReadGenerationsAsync(Patience)).Single(one => one.View == view.Name && !one.IsLive);
        await Store.DropGenerationAsync(retired, Patience);
        Assert.Equal(["a"], await SearchAsync(raised, new ViewCondition.Matches("text.words", "coffee")));

        await Store.DropViewAsync(view.Name, Patience);
        Assert.Empty(await SearchAsync(raised, new ViewCondition.Matches("text.words", "coffee")));
        await CommitAsync(view, await Store.OpenAsync(view, 1, Patience), 1, [], ("b", SearchSample.Of(text: "water")));
        Assert.Equal(["b"], await SearchAsync(view, new ViewCondition.Matches("text.words", "water")));
    }

    [SkippableFact]
    public async Task A_generation_from_before_the_fields_were_declared_answers_too()
    {
        var old = SearchSampleViews.WithoutFields($"contract-{Guid.NewGuid():N}");
        await CommitAsync(
            old,
            await Store.OpenAsync(old, 1, Patience),
            1,
            [],
            ("a", SearchSample.Of("open", 30, "green tea-x", "A", "B")),
            ("b", SearchSample.Of("open", 10, "black tea", "B")),
            ("c", SearchSample.Of("shut", 20, "coffee")),
            ("d", SearchSample.Of()));

        var view = SearchSampleViews.Named(old.Name, 2);
        Assert.Equal(["a", "b"], await SearchAsync(view, new ViewCondition.OneOf("state", "open", "none")));
        Assert.Equal(["a"], await SearchAsync(view, new ViewCondition.OneOf("tags", "A")));
        Assert.Equal(["a", "b"], await SearchAsync(view, new ViewCondition.Matches("text.words", "te")));
        Assert.Equal(["a"], await SearchAsync(view, new ViewCondition.Matches("text.words", "tea x")));
        Assert.Equal(["a", "c"], await SearchAsync(view, new ViewCondition.AtLeast("number", 20)));
        Assert.Equal(["b", "c", "a"], await SearchAsync(view, new ViewSort("number")));
        Assert.Equal(["c", "b", "a"], await SearchAsync(view, new ViewSort("state", Descending: true)));
        Assert.Equal(["c", "a"], (await Store.QueryAsync(
            view, new ViewQuery([], 9, "b") { Sort = new ViewSort("number", After: 10) }, Patience)).Documents.Select(one => one.Id));
    }

    [SkippableFact]
    public async Task Ids_can_have_an_end()
    {
        var view = await SearchAsync(
            [.. new[]
            {
                "day/*/2026-01-31", "hour/*/2026-01-31T01", "hour/*/2026-01-31T02", "hour/A-1/2026-01-31T01", "hour/A/2026-01-31T01",
            }
            .Select(id => (id, SearchSample.Of("open")))]);

        var range = new ViewQuery([], 10, "hour/*/2026-01-31T00") { BeforeId = "hour/*/2026-01-31T02" };
        Assert.Equal(["hour/*/2026-01-31T01"], (await Store.QueryAsync(view, range, Patience)).Documents.Select(one => one.Id));
        Assert.Equal(["day/*/2026-01-31", "hour/*/2026-01-31T01"], (await Store.QueryAsync(
            view, new ViewQuery([], 10) { BeforeId = "hour/*/2026-01-31T02" }, Patience)).Documents.Select(one => one.Id));
        Assert.Empty((await Store.QueryAsync(view, range with { BeforeId = "hour/*/2026-01-31T00" }, Patience)).Documents);
    }

    /// <summary>Every combination of conditions, order and page size answers what a look at all documents does.</summary>
    [SkippableTheory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Sorted_pages_hold_every_document_that_fits_once(int seed)
    {
        var random = new Random(seed);
        string[] states = ["placed", "paid", "shipped"];
        string[] words = ["tea", "teapot", "cup", "green"];
        var all = Enumerable.Range(0, 150).ToDictionary(i => $"{random.Next(10)}-{i}", _ => SearchSample.Of(
            random.Next(8) == 0 ? null : states[random.Next(3)],
            random.Next(8) == 0 ? null : random.Next(-4, 5),
            string.Join(' ', words.Where(_ => random.Next(2) == 0)),
            [.. words.Where(_ => random.Next(3) == 0)]));
        var view = await SearchAsync([.. all.Select(one => (one.Key, one.Value))]);

        for (var round = 0; round < 25; round++)
        {
            List<(ViewCondition Condition, Func<SearchSample, bool> Holds)> conditions = [];
            var (state, word, tag, least, end)
                = (states[random.Next(3)], words[random.Next(4)], words[random.Next(4)], random.Next(-4, 2), random.Next(0, 6));
            Add(new ViewCondition.OneOf("state", state, "paid"), sample => sample.State == state || sample.State == "paid");
            Add(
                new ViewCondition.Matches("text.words", word),
                sample => sample.Text!.Words.Any(one => one.StartsWith(word, StringComparison.Ordinal)));
            Add(new ViewCondition.OneOf("tags", tag), sample => sample.Tags!.Contains(tag));
            Add(new ViewCondition.AtLeast("number", least), sample => sample.Number >= least);
            Add(new ViewCondition.LessThan("number", end), sample => sample.Number < end);
            var sort = new ViewSort(random.Next(2) == 0 ? "state" : "number", random.Next(2) == 0);
            ViewValue? ValueOf(SearchSample sample)
                => sort.Field == "state"
                    ? sample.State is { } text ? text : default(ViewValue?)
                    : sample.Number is { } number ? number : default(ViewValue?);

            var fitting = all.Where(one => ValueOf(one.Value) is not null && conditions.TrueForAll(condition => condition.Holds(one.Value)))
                .OrderBy(one => one.Value.State is { } text && sort.Field == "state" ? text : string.Empty, StringComparer.Ordinal)
                .ThenBy(one => sort.Field == "number" ? one.Value.Number : 0)
                .ThenBy(one => one.Key, StringComparer.Ordinal)
                .Select(one => one.Key);
            var expected = (sort.Descending ? fitting.Reverse() : fitting).ToList();

            var seen = await PagesAsync(
                view, [.. conditions.Select(condition => condition.Condition)], sort, ValueOf, limit: random.Next(1, 40));
            Assert.Equal(expected, seen);

            void Add(ViewCondition condition, Func<SearchSample, bool> holds)
            {
                if (random.Next(4) == 0)
                {
                    conditions.Add((condition, holds));
                }
            }
        }
    }

    [SkippableTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Sorted_pages_neither_skip_nor_repeat_while_documents_come_in(bool descending)
    {
        var view = SearchSampleViews.Unique();
        var live = await Store.OpenAsync(view, 1, Patience);
        var old = Enumerable.Range(0, 120).Select(i => ($"old-{i:D3}", SearchSample.Of("placed", i / 4 * 10))).ToArray();
        live = await CommitAsync(view, live, 1, [], old);

        // Between two pages some come in before, among and behind those that are there.
        var added = 0;
        var seen = await PagesAsync(
            view,
            [new ViewCondition.OneOf("state", "placed")],
            new ViewSort("number", descending),
            sample => sample.Number is { } number ? number : default(ViewValue?),
            limit: 7,
            async () =>
            {
                var some = Enumerable.Range(0, 5)
                    .Select(i => ($"new-{added++:D3}", SearchSample.Of("placed", ((added * 37) % 400) - 50)))
                    .ToArray();
                live = await CommitAsync(view, live, live.Position + 1, [], some);
            });

        Assert.True(added > 50);
        Assert.Equal(seen.Count, seen.Distinct().Count());
        Assert.Equal(old.Select(one => one.Item1).Order(), seen.Where(id => id.StartsWith("old", StringComparison.Ordinal)).Order());
    }

    [SkippableFact]
    public async Task What_a_field_is_not_made_for_is_an_error()
    {
        var view = await SearchAsync(("a", SearchSample.Of("open", 1, "tea", "A")));

        foreach (var condition in new ViewCondition[]
        {
            new ViewCondition.OneOf("number", "1"), new ViewCondition.OneOf("text.words", "tea"), new ViewCondition.OneOf("missing", "a"),
            new ViewCondition.LessThan("tags", "A"),
            new ViewCondition.LessThan("state", 1),
            new ViewCondition.LessThan("number", "1"),
            new ViewCondition.AtLeast("missing", 1),
            new ViewCondition.Matches("state", "open"), new ViewCondition.Matches("tags", "A"), new ViewCondition.Contains(["tags"], "A"),
        })
        {
            await Assert.ThrowsAnyAsync<ArgumentException>(() => SearchAsync(view, condition));
        }

        foreach (var query in new ViewQuery[]
        {
            new([], 1) { Sort = new ViewSort("tags") },
            new([], 1) { Sort = new ViewSort("text.words") },
            new([], 1) { Sort = new ViewSort("missing") },
            new([], 1, "a") { Sort = new ViewSort("number") },
            new([], 1) { Sort = new ViewSort("number", After: 1) },
            new([], 1, "a") { Sort = new ViewSort("number", After: "1") },
        })
        {
            await Assert.ThrowsAnyAsync<ArgumentException>(() => Store.QueryAsync(view, query, Patience));
        }
    }

    private async Task<View<SearchSample>> SearchAsync(params IReadOnlyList<(string Id, SearchSample Sample)> samples)
    {
        var view = SearchSampleViews.Unique();
        await CommitAsync(view, await Store.OpenAsync(view, 1, Patience), 1, [], [.. samples]);
        return view;
    }

    private async Task<ViewGeneration> CommitAsync(
        View<SearchSample> view,
        ViewGeneration generation,
        long position,
        IReadOnlyList<string> deletes,
        params IReadOnlyList<(string Id, SearchSample Sample)> samples)
    {
        var upserts = samples.Select(one => new StoredDocument<SearchSample>(one.Id, position, one.Sample)).ToList();
        var committed = await Store.CommitAsync(
            view, new ViewCommit<SearchSample>(generation.Partitions, position, upserts, deletes), Patience);
        Assert.NotNull(committed);
        return generation with { Partitions = committed };
    }

    private async Task<IReadOnlyList<string>> SearchAsync(View<SearchSample> view, params IReadOnlyList<ViewCondition> conditions)
        => [.. (await Store.QueryAsync(view, new ViewQuery(conditions, 1000), Patience)).Documents.Select(one => one.Id)];

    private async Task<IReadOnlyList<string>> SearchAsync(View<SearchSample> view, ViewSort sort)
        => [.. (await Store.QueryAsync(view, new ViewQuery([], 1000) { Sort = sort }, Patience)).Documents.Select(one => one.Id)];

    /// <summary>The ids of all pages, one after the other.</summary>
    private async Task<List<string>> PagesAsync(
        View<SearchSample> view,
        IReadOnlyList<ViewCondition> conditions,
        ViewSort sort,
        Func<SearchSample, ViewValue?> valueOf,
        int limit,
        Func<Task>? between = null)
    {
        List<string> seen = [];
        var query = new ViewQuery(conditions, limit) { Sort = sort };
        while (true)
        {
            var page = (await Store.QueryAsync(view, query, Patience)).Documents;
            Assert.True(page.Count <= limit);
            seen.AddRange(page.Select(one => one.Id));
            if (page.Count == 0)
            {
                return seen;
            }

            query = query with { AfterId = page[^1].Id, Sort = sort with { After = valueOf(page[^1].Value) } };
            await (between?.Invoke() ?? Task.CompletedTask);
        }
    }
}
