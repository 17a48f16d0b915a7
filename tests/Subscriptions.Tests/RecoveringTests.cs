using Orderly.Domain.Serialization;
using Orderly.ReadModels.ViewStore;
using Orderly.Tests;
using static Orderly.Subscriptions.Tests.CountingProjection;

namespace Orderly.Subscriptions.Tests;

/// <summary>What becomes of parked events whose documents were not known, when they can be read.</summary>
public class RecoveringTests
{
    [Fact]
    public async Task What_follows_an_event_that_can_be_read_now_and_not_applied_waits_behind_it()
    {
        await using var engine = new Engine();
        await ParkAsync(engine, Event(1, "a"), Newer(13, "a"), Newer(2, "a"), Newer(3, "b"));
        var isPoisonous = true;
        var projection = new CountingProjection(poison: 13, base10: true) { IsPoisonous = () => isPoisonous };
        engine.Run(engine.NewWorker(projection));

        await engine.UntilAsync(view => view.Partitions[0].Parked == 1);
        Assert.Equal([(2, "a", ParkedReason.Threw), (3, "a", ParkedReason.Waiting)], await ParkedAsync(engine));
        Assert.Equal(new Counter(1, 3), (await engine.CountersAtHeadAsync())["b"]);

        isPoisonous = false;
        await engine.Views.AskRetryAsync("counters", 2, CancellationToken.None);
        await engine.UntilAsync(view => view.Partitions[0].Parked == 0);
        Assert.Equal(new Counter(3, 232), (await engine.CountersAtHeadAsync())["a"]);
        Assert.Empty(await engine.VerifyAsync(projection));
    }

    [Fact]
    public async Task An_event_that_can_be_read_now_waits_behind_one_of_its_stream_that_can_t()
    {
        await using var engine = new Engine();
        await ParkAsync(engine, Event(1, "a"), Garbage(), Newer(2, "a"), Newer(3, "b"));
        engine.Run(engine.NewWorker());
        await engine.AppendAsync("counting-1", Event(4, "a"));
        await engine.CountersAtHeadAsync();

        await engine.Views.AskSkipAsync("counters", 2, CancellationToken.None);

        await engine.UntilAsync(view => view.Partitions[0].Parked == 0);
        Assert.Equal(new Dictionary<string, Counter> { ["a"] = new(3, 7), ["b"] = new(1, 3) }, await engine.CountersAtHeadAsync());
        Assert.Empty(await engine.ParkedAsync());
        Assert.Empty(await engine.VerifyAsync());
    }

    [Fact]
    public async Task An_event_that_can_be_read_now_waits_behind_a_parked_one_of_its_document()
    {
        await using var engine = new Engine();
        var projection = new CountingProjection(poison: 13);
        await ParkAsync(engine, projection, Event(1, "a"), Event(13, "a"), Newer(2, "a"), Newer(3, "b"));
        engine.Run(engine.NewWorker(projection));
        await engine.UntilAsync(view => view.Partitions[0].Parked == 1);

        await engine.Views.AskSkipAsync("counters", 2, CancellationToken.None);

        await engine.UntilAsync(view => view.Partitions[0].Parked == 0);
        Assert.Equal(new Dictionary<string, Counter> { ["a"] = new(2, 3), ["b"] = new(1, 3) }, await engine.CountersAtHeadAsync());
        Assert.Empty(await engine.VerifyAsync(projection));
    }

    [Fact]
    public async Task An_event_that_came_too_late_and_can_t_be_applied_takes_its_place_when_it_can()
    {
        await using var engine = new Engine();
        await ParkAsync(engine, Event(1, "a"), Newer(13, "a"), Newer(2, "a"));
        var isPoisonous = true;
        var projection = new CountingProjection(poison: 13, base10: true) { IsPoisonous = () => isPoisonous };
        await engine.AppendAsync("counting-2", Event(3, "a"), Event(4, "a"));
        var old = engine.Types;
        engine.Types = CountingProjection.Types;
        var before = engine.Run(engine.NewWorker(projection));
        Assert.Equal(134, (await engine.CountersAtHeadAsync())["a"].Sum);
        await before.CancelAsync();

        engine.Types = old;
        engine.Run(engine.NewWorker(projection));
        await engine.UntilAsync(view => view.Partitions[0].Parked == 1);
        Assert.Equal([(2, "a", ParkedReason.Threw), (3, "a", ParkedReason.Waiting)], await ParkedAsync(engine));
        await engine.AppendAsync("counting-2", Event(5, "a"));
        Assert.Equal(134, (await engine.CountersAtHeadAsync())["a"].Sum);

        isPoisonous = false;
        await engine.Views.AskRetryAsync("counters", 2, CancellationToken.None);
        await engine.UntilAsync(view => view.Partitions[0].Parked == 0);
        Assert.Equal(new Counter(6, 232345), (await engine.CountersAtHeadAsync())["a"]);
        Assert.Empty(await engine.VerifyAsync(projection));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task What_came_for_a_document_before_its_first_event_could_be_read_is_not_lost(int partitions)
    {
        await using var engine = new Engine();
        engine.Options = engine.Options with { Partitions = partitions };
        var projection = new CountingProjection(creates: 1, base10: true);
        var old = engine.Run(engine.NewWorker(projection));
        await engine.AppendAsync("counting-1", Newer(1, "a", "b"), Newer(2, "b"));
        await engine.AppendAsync("counting-2", Event(5, "a"), Event(6, "c"));
        Assert.Empty(await engine.CountersAtHeadAsync());
        await old.CancelAsync();

        KnowsVersion2(engine);
        engine.Run(engine.NewWorker(projection));

        await engine.UntilAsync(view => view.Partitions.All(one => one.Parked == 0));
        Assert.Equal(new Dictionary<string, Counter> { ["a"] = new(2, 15), ["b"] = new(2, 12) }, await engine.CountersAtHeadAsync());
        Assert.Empty(await engine.VerifyAsync(projection));
    }

    [Fact]
    public async Task What_other_streams_hold_for_a_document_waits_for_its_first_event()
    {
        await using var engine = new Engine();
        var isPoisonous = true;
        var projection = new CountingProjection(poison: 13, base10: true) { IsPoisonous = () => isPoisonous };
        await ParkAsync(engine, projection, Newer(13, "a"), Event(2, "a"));
        await engine.AppendAsync("counting-2", Event(3, "a"));
        engine.Run(engine.NewWorker(projection));
        await Wait.UntilAsync(async () => await engine.ParkedAsync() is [{ Reason: ParkedReason.Threw }, _, _]);
        Assert.Empty(await engine.CountersAtHeadAsync());

        isPoisonous = false;
        await engine.Views.AskRetryAsync("counters", 1, CancellationToken.None);
        await engine.UntilAsync(view => view.Partitions[0].Parked == 0);
        Assert.Equal(new Counter(3, 1323), (await engine.CountersAtHeadAsync())["a"]);
        Assert.Empty(await engine.VerifyAsync(projection));
    }

    [Fact]
    public async Task A_fold_from_the_start_passes_over_what_names_no_documents()
    {
        await using var engine = new Engine();
        var projection = new CountingProjection(nameless: 13, base10: true);
        var old = engine.Run(engine.NewWorker(projection));
        await engine.AppendAsync("counting-3", Event(13, "a"));
        await engine.AppendAsync("counting-1", Event(1, "a"), Newer(2, "a"));
        await engine.AppendAsync("counting-2", Event(3, "a"));
        await engine.CountersAtHeadAsync();
        await engine.Views.AskSkipAsync("counters", 1, CancellationToken.None);
        await engine.UntilAsync(view => view.Partitions[0].Parked == 1);
        await old.CancelAsync();

        KnowsVersion2(engine);
        engine.Run(engine.NewWorker(projection));

        await engine.UntilAsync(view => view.Partitions[0].Parked == 0);
        Assert.Equal(new Counter(3, 123), (await engine.CountersAtHeadAsync())["a"]);
        Assert.Empty(await engine.VerifyAsync(projection));
    }

    private static NewEventOf Newer => (amount, counters) => Event(amount, counters) with { Type = "added.v2" };

    private delegate Orderly.Domain.EventStore.NewEvent NewEventOf(long amount, params string[] counters);

    private static Task ParkAsync(Engine engine, params Orderly.Domain.EventStore.NewEvent[] events)
        => ParkAsync(engine, new CountingProjection(), events);

    /// <summary>Lets a program meet the events that does not know the second version, and then knows it.</summary>
    private static async Task ParkAsync(Engine engine, CountingProjection projection, params Orderly.Domain.EventStore.NewEvent[] events)
    {
        var old = engine.Run(engine.NewWorker(projection));
        await engine.AppendAsync("counting-1", events);
        await engine.CountersAtHeadAsync();
        await old.CancelAsync();
        KnowsVersion2(engine);
    }

    private static async Task<IEnumerable<(int Position, string? Document, ParkedReason Reason)>> ParkedAsync(Engine engine)
        => (await engine.ParkedAsync()).Select(one => ((int)one.Position, one.Document, one.Reason));

    private static void KnowsVersion2(Engine engine)
        => engine.Types = EventTypes.Build(types => types
            .Add("added.v2", CountingJson.Default.Added)
            .AddOld(AddedType, CountingJson.Default.Added, before => before));
}
