using Orderly.ReadModels.ViewStore;

namespace Orderly.Contracts.ViewStore;

public abstract partial class ViewStoreContract
{
    [SkippableFact]
    public async Task Pages_hold_every_document_once_in_the_order_of_the_ids()
    {
        string[] ids =
            ["b", "B", "a", "a-1", "a1", "a-", "10", "9", "aa", "A-1", "z9", "order_7", "order-7", "order.7", "Order-7", "0", "00"];
        var (view, _) = await GivenAsync(3, [.. ids.Select(id => Document(id, "text"))]);

        List<string> seen = [];
        string? after = null;
        while (true)
        {
            var page = await Store.QueryAsync(view, new ViewQuery([], 3, after), Patience);
            Assert.Equal(3, page.Position);
            if (page.Documents.Count == 0)
            {
                break;
            }

            Assert.True(page.Documents.Count <= 3);
            seen.AddRange(Ids(page));
            after = seen[^1];
        }

        Assert.Equal(ids.Order(StringComparer.Ordinal), seen);
    }

    [SkippableFact]
    public async Task A_page_starts_after_an_id_that_need_not_exist()
    {
        var (view, _) = await GivenAsync(3, Document("a", "1"), Document("c", "2"), Document("e", "3"));

        Assert.Equal(["c", "e"], Ids(await Store.QueryAsync(view, new ViewQuery([], 10, AfterId: "b"), Patience)));
        Assert.Empty((await Store.QueryAsync(view, new ViewQuery([], 10, AfterId: "e"), Patience)).Documents);
    }

    [SkippableFact]
    public async Task Less_than_finds_smaller_numbers_and_no_nulls()
    {
        var (view, _) = await GivenAsync(
            3,
            Document("a", "1", number: 5),
            Document("b", "2", number: 4),
            Document("c", "3", number: null),
            Document("d", "4", number: -7_000_000_000_000),
            Document("e", "5", number: long.MaxValue));

        Assert.Equal(["b", "d"], await QueryAsync(view, new ViewCondition.LessThan("number", 5)));
        Assert.Equal(["a", "b", "d"], await QueryAsync(view, new ViewCondition.LessThan("number", long.MaxValue)));
        Assert.Empty(await QueryAsync(view, new ViewCondition.LessThan("number", long.MinValue)));
    }

    [SkippableFact]
    public async Task Less_than_follows_the_number_as_it_changes()
    {
        var (view, live) = await GivenAsync(3, Document("a", "1", number: 5), Document("b", "2", number: 1));

        await CommitAsync(view, live, 4, Document("a", "1", position: 4, number: 2), Document("b", "2", position: 4, number: 7));

        Assert.Equal(["a"], await QueryAsync(view, new ViewCondition.LessThan("number", 5)));
    }

    [SkippableTheory]
    [InlineData("apple", "apples")]
    [InlineData("APPLE", "apples")]
    [InlineData("äPFEL", "äpfel")]
    [InlineData("привет", "cyrillic")]
    [InlineData("100%", "special")]
    [InlineData("_[a]*(b)?+.^$|\\", "special")]
    [InlineData("'; DROP", "special")]
    [InlineData("k", "cake", "special")]
    public async Task Contains_finds_a_text_whatever_its_case(string part, params string[] expected)
    {
        var (view, _) = await GivenAsync(
            3,
            Document("apples", "Two Apples"),
            Document("cake", "a piece of CAKE"),
            Document("cyrillic", "Скажи ПРИВЕТ"),
            Document("nothing", null),
            Document("special", "100% _[a]*(b)?+.^$|\\ '; drop table k"),
            Document("äpfel", "zwei Äpfel"));

        Assert.Equal(expected, await QueryAsync(view, new ViewCondition.Contains(["text"], part)));
    }

    [SkippableFact]
    public async Task Contains_looks_into_each_of_its_fields_and_along_a_path()
    {
        var (view, _) = await GivenAsync(
            3,
            Document("a", "by Smith"),
            Document("b", "nothing", author: "John SMITH"),
            Document("c", null, author: "smithereens"),
            Document("d", "nothing", author: "Jones"));

        Assert.Equal(["a", "b", "c"], await QueryAsync(view, new ViewCondition.Contains(["text", "note.author"], "smith")));
        Assert.Equal(["b", "c"], await QueryAsync(view, new ViewCondition.Contains(["note.author"], "smith")));
    }

    [SkippableFact]
    public async Task All_conditions_hold_on_every_page()
    {
        var documents = Enumerable.Range(0, 100).Select(i => Document($"id-{i:D3}", i % 2 == 0 ? "even" : "odd", number: i));
        var (view, _) = await GivenAsync(3, [.. documents]);
        ViewCondition[] conditions = [new ViewCondition.LessThan("number", 50), new ViewCondition.Contains(["text"], "EVE")];

        List<string> seen = [];
        IReadOnlyList<string> page;
        do
        {
            var query = new ViewQuery(conditions, 4, seen.LastOrDefault());
            page = [.. Ids(await Store.QueryAsync(view, query, Patience))];
            seen.AddRange(page);
        }
        while (page.Count > 0);

        Assert.Equal(Enumerable.Range(0, 25).Select(i => $"id-{i * 2:D3}"), seen);
    }

    [SkippableFact]
    public async Task A_field_that_the_view_does_not_declare_is_an_error()
    {
        var (view, _) = await GivenAsync(position: 3);

        await Assert.ThrowsAnyAsync<ArgumentException>(() => QueryAsync(view, new ViewCondition.LessThan("amount", 1)));
        await Assert.ThrowsAnyAsync<ArgumentException>(() => QueryAsync(view, new ViewCondition.Contains(["text", "Text"], "a")));
    }

    [SkippableFact]
    public async Task A_limit_is_at_least_one()
    {
        var (view, _) = await GivenAsync(position: 3);

        await Assert.ThrowsAnyAsync<ArgumentException>(() => Store.QueryAsync(view, new ViewQuery([], 0), Patience));
    }

    private async Task<IReadOnlyList<string>> QueryAsync(View<Sample> view, params IReadOnlyList<ViewCondition> conditions)
        => [.. Ids(await Store.QueryAsync(view, new ViewQuery(conditions, 1000), Patience))];
}
