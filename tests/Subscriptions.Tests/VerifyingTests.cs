using System.Globalization;
using Orderly.Domain.EventStore;
using Orderly.ReadModels.ViewStore;
using static Orderly.Subscriptions.Tests.CountingProjection;

namespace Orderly.Subscriptions.Tests;

public class VerifyingTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task What_was_changed_by_hand_is_found_and_nothing_else(int partitions)
    {
        await using var engine = new Engine();
        engine.Options = engine.Options with { Partitions = partitions };
        var run = engine.Run(engine.NewWorker());
        for (var i = 0; i < 1_200; i++)
        {
            _ = engine.AppendAsync($"counting-{i % 10}", Event(i, string.Create(CultureInfo.InvariantCulture, $"c-{i:0000}")));
        }

        await engine.AppendAsync("counting-11", Event(1, "c-0001"));
        await engine.UntilAsync(view => view.Position >= 1_201);
        Assert.Empty(await engine.VerifyAsync());
        await run.CancelAsync();
        await engine.UntilAsync(view => view.Partitions.All(one => one.Owner is null));

        var live = await engine.UntilAsync(_ => true);
        var commit = new ViewCommit<Counter>(
            live.Partitions,
            live.Position,
            [new("c-0500", (await StoredAsync(engine, "c-0500")).Position, new Counter(1, 501)), new("x-1", 3, new Counter(1, 1))],
            ["c-1199"]);
        await engine.Views.CommitAsync(new CountingProjection().View, commit, CancellationToken.None);

        var differences = await engine.VerifyAsync();

        Assert.Equal(
            [("c-0500", DifferenceKind.Changed), ("c-1199", DifferenceKind.Missing), ("x-1", DifferenceKind.Extra)],
            differences.Select(one => (one.Id, one.Kind)));
        Assert.Equal([new FieldDifference("$.sum", "500", "501")], differences[0].Fields);
        Assert.DoesNotContain(await engine.Views.ReadGenerationsAsync(CancellationToken.None), one => one.View != "counters");
    }

    [Fact]
    public async Task A_document_that_holds_an_event_too_few_is_found_by_its_position_too()
    {
        await using var engine = new Engine();
        var run = engine.Run(engine.NewWorker());
        await engine.AppendAsync("counting-1", Event(1, "a"), Event(0, "a"));
        await engine.CountersAtHeadAsync();
        await run.CancelAsync();
        var live = await engine.UntilAsync(view => view.Partitions[0].Owner is null);
        await engine.Views.CommitAsync(
            new CountingProjection().View,
            new ViewCommit<Counter>(live.Partitions, 2, [new("a", 1, new Counter(1, 1))], []),
            CancellationToken.None);

        var difference = Assert.Single(await engine.VerifyAsync());

        Assert.Equal([new FieldDifference("position", "2", "1"), new FieldDifference("$.events", "2", "1")], difference.Fields);
    }

    [Fact]
    public async Task A_view_that_is_being_written_to_is_verified_without_stopping_it()
    {
        await using var engine = new Engine();
        engine.Options = engine.Options with { Partitions = 4, MaxBatchEvents = 30 };
        engine.Run(engine.NewWorker());
        engine.Run(engine.NewWorker());
        await FollowingTests.AppendRandomlyAsync(engine, 2_000);
        using var stop = new CancellationTokenSource();
        var appended = 0;
        var appending = AppendUntilAsync(engine, () => appended++, stop.Token);

        for (var i = 0; i < 5 || Volatile.Read(ref appended) < 10; i++)
        {
            Assert.Empty(await engine.VerifyAsync());
        }

        await stop.CancelAsync();
        await appending;
    }

    [Fact]
    public async Task A_view_that_was_never_built_or_is_of_another_version_can_t_be_verified()
    {
        await using var engine = new Engine();
        await Assert.ThrowsAsync<InvalidOperationException>(() => engine.VerifyAsync());
        await engine.Views.OpenAsync(new CountingProjection().View, 1, CancellationToken.None);
        Assert.Empty(await engine.VerifyAsync());
        var refused = await Assert.ThrowsAsync<InvalidOperationException>(() => engine.VerifyAsync(new CountingProjection(version: 2)));
        Assert.Contains("is of version 1", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_view_is_built_as_it_was_at_a_position()
    {
        await using var engine = new Engine();
        engine.Run(engine.NewWorker());
        await engine.AppendAsync("counting-1", Event(1, "a"), Event(2, "a"));
        await engine.AppendAsync("other-1", Event(3, "a"));
        await engine.AppendAsync("counting-1", Event(4, "a"));
        await engine.CountersAtHeadAsync();
        var progress = new Progress<FoldProgress>();

        foreach (var (position, sum) in new[] { (1, 1), (2, 3), (3, 3), (4, 7) })
        {
            // The second time there is nothing left to do.
            var name = $"counters-at-{position}";
            await engine.NewWorker().BuildAsOfAsync(new LogPosition(position), name, progress, CancellationToken.None);
            var built = await engine.NewWorker().BuildAsOfAsync(new LogPosition(position), name, progress, CancellationToken.None);
            Assert.Equal(position, built.Position);
            var found = await engine.Views.PageAsync(
                new CountingProjection(name: name).View, built.Number, null, 10, CancellationToken.None);
            Assert.Equal((GenerationState.Building, sum), (built.State, found!.Documents.Single().Value.Sum));
        }

        await Assert.ThrowsAsync<InvalidOperationException>(
            () => engine.NewWorker().BuildAsOfAsync(new LogPosition(1), "counters-at-2", progress, CancellationToken.None));
    }

    private static async Task<StoredDocument<Counter>> StoredAsync(Engine engine, string id)
        => (await engine.Views.FindAsync(new CountingProjection().View, [id], CancellationToken.None)).Documents.Single();

    private static async Task AppendUntilAsync(Engine engine, Action appended, CancellationToken stop)
    {
        var random = new Random(1);
        while (!stop.IsCancellationRequested)
        {
            await engine.AppendAsync("counting-1", Event(1, $"c-{random.Next(25)}"));
            appended();
        }
    }
}
