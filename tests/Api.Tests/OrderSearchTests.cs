using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using Orderly.Domain.Checks;
using Orderly.Tests;

namespace Orderly.Api.Tests;

/// <summary>Finding orders.</summary>
[Collection(ApiCollection.Name)]
public sealed class OrderSearchTests(SharedApi shared)
{
    private RunningApi Api => shared.Api;

    [Fact]
    public async Task An_order_in_a_list_has_what_a_list_shows()
    {
        var (customer, order, sku) = Ids();
        var started = DateTimeOffset.UtcNow;
        await PlaceAsync(order, customer, (sku, 2, 4.5m), ($"{sku}-B", 1, 0.01m));
        var checkedAt = await NameAsync(order, "Änne Müller-Lüdenscheidt", (sku, "Grüner Tee"));

        var list = await FindAsync($"customerId={customer}", checkedAt);

        Assert.True(list.Json.AsObject().ContainsKey("nextCursor"));
        var item = Assert.Single(list.Json["items"]!.AsArray())!;
        Assert.Equal((order, customer, "placed"), (Text(item, "orderId"), Text(item, "customerId"), Text(item, "status")));
        Assert.Equal(
            ("Änne Müller-Lüdenscheidt", "EUR", 9.01m),
            (Text(item, "customerName"), Text(item, "currency"), item["total"]!.GetValue<decimal>()));
        Assert.Equal([sku, $"{sku}-B"], item["skus"]!.AsArray().Select(one => one!.GetValue<string>()));
        Assert.True(DateTimeOffset.Parse(Text(item, "placedAt"), CultureInfo.InvariantCulture) >= started.AddSeconds(-1));
        Assert.Equal(
            ["currency", "customerId", "customerName", "orderId", "placedAt", "skus", "status", "total"],
            item.AsObject().Select(one => one.Key).Order());
    }

    [Fact]
    public async Task Orders_are_found_by_each_filter_and_by_all_together()
    {
        var (customer, one, sku) = Ids();
        var (_, two, _) = Ids();
        var (_, three, _) = Ids();
        var first = DateTimeOffset.UtcNow;
        await PlaceAsync(one, customer, (sku, 1, 10m));
        var between = await LaterAsync();
        await LaterAsync();
        await PlaceAsync(two, customer, (sku, 1, 10.01m), ($"{sku}-X", 1, 0.01m));
        await PlaceAsync(three, customer, ($"{sku}-X", 3, 10m));
        var last = await Api.DoAsync($"/v1/orders/{three}/cancellation", Bodies.Cancellation);

        async Task Finds(string query, params string[] orders)
            => Assert.Equal(orders, Orders(await FindAsync($"customerId={customer}&sort=placedAt&{query}", last.LogPosition)));

        await Finds("", one, two, three);
        await Finds("status=placed", one, two);
        await Finds("status=cancelled", three);
        await Finds("status=paid");
        await Finds($"sku={sku}", one, two);
        await Finds($"sku={sku}-X", two, three);
        await Finds("minTotal=10.01", two, three);
        await Finds("minTotal=10.02", two, three);
        await Finds("minTotal=10.03", three);
        await Finds("maxTotal=10", one);
        await Finds("maxTotal=10.01", one);
        await Finds("minTotal=10.0200&maxTotal=10.02", two);
        await Finds("maxTotal=999999999999999999", one, two, three);
        await Finds($"placedFrom={Escaped(between)}", two, three);
        await Finds($"placedTo={Escaped(between)}", one);
        await Finds($"placedFrom={Escaped(first.AddSeconds(-1))}&placedTo={Escaped(between)}", one);
        await Finds(
            $"placedFrom={Uri.EscapeDataString(between.ToOffset(TimeSpan.FromHours(2)).ToString("O", CultureInfo.InvariantCulture))}",
            two,
            three);
        await Finds($"status=placed&sku={sku}-X&minTotal=10&maxTotal=11&placedFrom={Escaped(between)}&q={two}", two);
        await Finds("sku=NO-SUCH-SKU");
    }

    [Theory]
    [InlineData("anne", true)]
    [InlineData("ÄNNE", true)]
    [InlineData("müll", true)]
    [InlineData("lüdenscheidt grüner", true)]
    [InlineData("tee sampleton", true)]
    [InlineData("12345 main", true)]
    [InlineData("nne", false)]
    [InlineData("anne jones", false)]
    [InlineData("anne OR jones", false)]
    [InlineData("\"anne\" (sampleton)*", true)]
    [InlineData("NEAR(anne sampleton)", false)]
    [InlineData("'; DROP TABLE live; --", false)]
    [InlineData("anne^zz", false)]
    public async Task Words_are_looked_for_in_names_and_address(string text, bool isFound)
    {
        var (customer, order, sku) = Ids();
        await Api.DoAsync("/v1/orders", $$$"""
            {"orderId":"{{{order}}}","customerId":"{{{customer}}}","currency":"EUR",
            "lines":[{"sku":"{{{sku}}}","quantity":1,"unitPrice":1}],
            "shippingAddress":{"recipient":"Jon","line1":"1 Main Street","postalCode":"12345","city":"Sampleton","country":"DE"}}
            """);
        var named = await NameAsync(order, "Änne Müller-Lüdenscheidt", (sku, "Grüner Tee"));

        var found = await FindAsync($"customerId={customer}&q={Uri.EscapeDataString(text)}", named);

        Assert.Equal(isFound ? [order] : [], Orders(found));
    }

    [Fact]
    public async Task Ids_and_skus_are_words_as_a_whole()
    {
        var (customer, order, sku) = Ids();
        var (_, other, _) = Ids();
        await PlaceAsync(order, customer, (sku, 1, 1m));
        var last = await PlaceAsync(other, customer, ($"{sku}-2", 1, 1m));

        Assert.Equal([other, order], Orders(await FindAsync($"customerId={customer}&q={sku.ToLowerInvariant()}", last)));
        Assert.Equal([other], Orders(await FindAsync($"q={sku}-2", last)));
        Assert.Equal([order], Orders(await FindAsync($"customerId={customer}&q={order}", last)));
        Assert.Equal([other, order], Orders(await FindAsync($"q={customer}", last)));
    }

    /// <summary>A word may be as long as the parameter; a longer parameter is told so.</summary>
    [Fact]
    public async Task Long_words_are_searched_for_and_too_long_ones_refused()
    {
        Assert.Empty(Orders(await FindAsync($"q={new string('x', 200)}", "1")));
        Assert.NotNull(
            (await Api.GetAsync($"/v1/orders?q={new string('x', 201)}")).IsProblem(400, "malformed-parameter").Json["errors"]!["q"]);
        (await Api.GetAsync($"/v1/orders?q={new string('x', 7000)}")).IsProblem(400, "malformed-parameter");
    }

    [Fact]
    public async Task Pages_come_in_each_order_newest_first_unless_told_otherwise()
    {
        var (customer, _, _) = Ids();
        List<(string Id, decimal Total, string Status)> placed = [];
        var position = "";
        foreach (var total in new[] { 3m, 1m, 2m, 2m, 1000m, 20m, 2m })
        {
            var id = SharedApi.NewId();
            position = await PlaceAsync(id, customer, ("TEA", 1, total));
            var status = placed.Count % 3 == 1 ? "cancelled" : "placed";
            if (status == "cancelled")
            {
                position = (await Api.DoAsync($"/v1/orders/{id}/cancellation", Bodies.Cancellation)).LogPosition;
            }

            placed.Add((id, total, status));
            await LaterAsync();
        }

        var byTotal = placed.OrderBy(order => order.Total)
            .ThenBy(order => order.Id, StringComparer.Ordinal)
            .Select(order => order.Id)
            .ToList();
        var byStatus = placed.OrderBy(order => order.Status, StringComparer.Ordinal)
            .ThenBy(order => order.Id, StringComparer.Ordinal)
            .Select(order => order.Id)
            .ToList();
        var byTime = placed.Select(order => order.Id).ToList();
        foreach (var (sort, expected) in new[] { ("total", byTotal), ("status", byStatus), ("placedAt", byTime) })
        {
            Assert.Equal(expected, await AllAsync($"customerId={customer}&sort={sort}", 2, position));
            Assert.Equal(expected.AsEnumerable().Reverse(), await AllAsync($"customerId={customer}&sort=-{sort}", 3, position));
        }

        Assert.Equal(byTime.AsEnumerable().Reverse(), await AllAsync($"customerId={customer}", 7, position));
    }

    [Fact]
    public async Task The_largest_order_that_can_be_placed_is_found_and_sorted()
    {
        var (customer, large, _) = Ids();
        var (_, larger, _) = Ids();
        var lines = Enumerable.Range(0, 100).Select(i => ($"SKU-{i}", 1_000_000L, 1_000_000_000m)).ToArray();
        await PlaceAsync(large, customer, [.. lines[1..], ("SKU-0", 1_000_000L, 999_999_999.99m)]);
        var last = await PlaceAsync(larger, customer, lines);

        Assert.Equal([large, larger], Orders(await FindAsync($"customerId={customer}&sort=total", last)));
        Assert.Equal([larger], Orders(await FindAsync($"customerId={customer}&minTotal=100000000000000000", last)));
        Assert.Equal([large], Orders(await FindAsync($"customerId={customer}&maxTotal=99999999999999999.9999", last)));
    }

    [Fact]
    public async Task A_cursor_is_of_its_query_only()
    {
        var (customer, one, sku) = Ids();
        var (_, two, _) = Ids();
        await PlaceAsync(one, customer, (sku, 1, 1m));
        var last = await PlaceAsync(two, customer, (sku, 1, 2m));
        var cursor = Text((await FindAsync($"customerId={customer}&sort=total&minTotal=1&limit=1", last)).Json, "nextCursor");

        foreach (var other in new[]
        {
            "",
            "sort=total",
            $"customerId={customer}",
            $"customerId={customer}&sort=total",
            $"customerId={customer}&sort=-total&minTotal=1",
            $"customerId={customer}&sort=total&minTotal=1.1",
            $"customerId={customer}&sort=total&minTotal=1&maxTotal=9",
            $"customerId={customer}&sort=total&minTotal=1&q=a",
            $"customerId={customer}&sort=total&minTotal=1&status=placed",
        })
        {
            var refused = (await Api.GetAsync($"/v1/orders?{other}&cursor={cursor}")).IsProblem(400, "malformed-parameter");
            Assert.Contains("another query", refused.Json["errors"]!["cursor"]![0]!.GetValue<string>(), StringComparison.Ordinal);
        }

        // Written otherwise it is the same query, and the page may have another length.
        Assert.Equal([two], Orders(await FindAsync($"minTotal=1.00&limit=5&sort=total&cursor={cursor}&customerId={customer}", last)));
        var products = await Api.GetAsync($"/v1/products?cursor={cursor}");
        products.IsProblem(400, "malformed-parameter");
    }

    [Theory]
    [InlineData("status=placed&sort=placedAt")]
    [InlineData("sort=-total")]
    [InlineData("sort=status")]
    public async Task A_made_up_cursor_is_refused(string query)
    {
        var (customer, one, sku) = Ids();
        var (_, two, _) = Ids();
        await PlaceAsync(one, customer, (sku, 1, 1m));
        var last = await PlaceAsync(two, customer, (sku, 1, 2m));
        var cursor = Text((await FindAsync($"customerId={customer}&{query}&limit=1", last)).Json, "nextCursor");
        var parts = System.Text.Encoding.UTF8.GetString(System.Buffers.Text.Base64Url.DecodeFromChars(cursor)).Split('|');

        foreach (var other in new[]
        {
            parts[0],
            $"{parts[0]}|{parts[1]}",
            $"{parts[0]}|{parts[1]}|UPPER",
            $"{parts[0]}|nonsense|{parts[2]}",
            $"{parts[0]}||{parts[2]}",
            $"{parts[0]}|1 OR 1|{parts[2]}",
            $"{parts[0]}|{parts[1]}|{parts[2]}|more", $"{parts[0]}|\0|{parts[2]}", $"{parts[0]}|{new string('9', 40)}|{parts[2]}",
        })
        {
            var made = System.Buffers.Text.Base64Url.EncodeToString(System.Text.Encoding.UTF8.GetBytes(other));
            Assert.NotNull((await Api.GetAsync($"/v1/orders?customerId={customer}&{query}&cursor={made}"))
                .IsProblem(400, "malformed-parameter")
                .Json["errors"]!["cursor"]);
        }
    }

    /// <summary>Orders come in and change their status all the time; each that was there at the start is on exactly one page.</summary>
    [Theory]
    [InlineData("placedAt")]
    [InlineData("-placedAt")]
    [InlineData("total")]
    [InlineData("-total")]
    public async Task Pages_neither_skip_nor_repeat_while_orders_come_in(string sort)
    {
        var customer = SharedApi.NewId();
        var random = new Random(1);
        var old = Enumerable.Range(0, 90).Select(_ => SharedApi.NewId()).ToList();
        ConcurrentBag<string> positions = [];
        await Parallel.ForEachAsync(old, async (id, _) => positions.Add(await PlaceAsync(id, customer, ("TEA", 1, Total()))));
        var there = positions.Max(position => long.Parse(position, CultureInfo.InvariantCulture)).ToString(CultureInfo.InvariantCulture);

        using var stop = new CancellationTokenSource();
        var placed = 0;
        var coming = Enumerable.Range(0, 3).Select(client => Task.Run(async () =>
        {
            for (var i = client; !stop.IsCancellationRequested; i += 3)
            {
                await PlaceAsync(SharedApi.NewId(), customer, ("TEA", 1, Total()));
                Interlocked.Increment(ref placed);
                if (i < old.Count)
                {
                    await Api.DoAsync($"/v1/orders/{old[i]}/cancellation", Bodies.Cancellation);
                }
            }
        })).ToList();

        List<string> seen = [];
        for (var cursor = ""; cursor is not null;)
        {
            // In an order in which new ones come last, they are all seen: the writers have to end for the pages to end.
            var page = await FindAsync($"customerId={customer}&sort={sort}&limit=7&cursor={cursor}", there);
            seen.AddRange(Orders(page));
            cursor = page.Json["nextCursor"]?.GetValue<string>();
            if (seen.Count > 60 && Volatile.Read(ref placed) > 30)
            {
                await stop.CancelAsync();
            }
        }

        await stop.CancelAsync();
        await Task.WhenAll(coming);
        Assert.Equal(seen.Count, seen.Distinct().Count());
        Assert.Equal(old.Order(), seen.Intersect(old).Order());

        decimal Total()
        {
            lock (random)
            {
                return random.Next(1, 40);
            }
        }
    }

    /// <summary>A shop at its busiest: with each page that is read, orders come in, of which the view shows each a moment later.</summary>
    [Theory]
    [InlineData("-placedAt")]
    [InlineData("-total")]
    public async Task Every_order_that_was_there_is_on_one_page_while_hundreds_come_in(string sort)
    {
        var customer = SharedApi.NewId();
        var old = Enumerable.Range(0, 2_000).Select(_ => SharedApi.NewId()).ToList();
        ConcurrentBag<string> positions = [];
        await Parallel.ForEachAsync(
            old, new ParallelOptions { MaxDegreeOfParallelism = 64 }, async (id, _)
                => positions.Add(await PlaceAsync(id, customer, ("TEA", id.Length, 1 + (id[^1] - '0')))));
        var there = positions.Max(position => long.Parse(position, CultureInfo.InvariantCulture)).ToString(CultureInfo.InvariantCulture);

        List<Task> coming = [];
        List<string> seen = [];
        for (var cursor = ""; cursor is not null;)
        {
            // Fewer than a page holds, so that the pages end.
            coming.AddRange(Enumerable.Range(0, 20).Select(i => PlaceAsync(SharedApi.NewId(), customer, ("TEA", (i % 5) + 1, 3))));
            var page = await FindAsync($"customerId={customer}&sort={sort}&limit=50&cursor={cursor}", there);
            seen.AddRange(Orders(page));
            cursor = page.Json["nextCursor"]?.GetValue<string>();
        }

        await Task.WhenAll(coming);
        Assert.Equal(seen.Count, seen.Distinct().Count());
        Assert.Equal(old.Order(), seen.Intersect(old).Order());
    }

    private static (string Customer, string Order, string Sku) Ids()
        => (SharedApi.NewId(), SharedApi.NewId(), SharedApi.NewId().ToUpperInvariant());

    /// <summary>Waits until the clock shows another millisecond, so that what comes next is later than what was before.</summary>
    private static async Task<DateTimeOffset> LaterAsync()
    {
        var now = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        await Wait.UntilAsync(() => DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() > now);
        return DateTimeOffset.UtcNow;
    }

    private static string Escaped(DateTimeOffset time) => Uri.EscapeDataString(time.ToString("O", CultureInfo.InvariantCulture));

    private static IEnumerable<string> Orders(Answer list)
        => list.IsStatus(HttpStatusCode.OK).Json["items"]!.AsArray().Select(item => Text(item!, "orderId"));

    private static string Text(JsonNode node, string name) => node[name]!.GetValue<string>();

    private Task<Answer> FindAsync(string query, string position) => Api.ReadAsync($"/v1/orders?{query}", position);

    private async Task<List<string>> AllAsync(string query, int limit, string position)
    {
        List<string> seen = [];
        for (var cursor = ""; cursor is not null;)
        {
            var page = await FindAsync($"{query}&limit={limit}&cursor={cursor}", position);
            Assert.True(page.IsStatus(HttpStatusCode.OK).Json["items"]!.AsArray().Count <= limit);
            seen.AddRange(Orders(page));
            cursor = page.Json["nextCursor"]?.GetValue<string>();
        }

        return seen;
    }

    /// <summary>Places an order; its position.</summary>
    private async Task<string> PlaceAsync(string id, string customer, params IEnumerable<(string Sku, long Quantity, decimal Price)> lines)
    {
        var all = string.Join(',', lines.Select(line => string.Create(
            CultureInfo.InvariantCulture, $$"""{"sku":"{{line.Sku}}","quantity":{{line.Quantity}},"unitPrice":{{line.Price}}}""")));
        return (await Api.DoAsync(
            "/v1/orders", $$"""{"orderId":"{{id}}","customerId":"{{customer}}","currency":"EUR","lines":[{{all}}]}""")).LogPosition;
    }

    /// <summary>What the details check tells of an order; its position.</summary>
    private async Task<string> NameAsync(string order, string customer, (string Sku, string Name) product)
    {
        var names = new CheckedNames(customer, new Dictionary<string, string> { [product.Sku] = product.Name });
        return (await Api.CommandAsync(context => new RecordCheck(order, "details", []) { Names = names, Context = context }))
            .Position.ToString();
    }
}
