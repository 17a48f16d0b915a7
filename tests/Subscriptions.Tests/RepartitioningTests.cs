using Orderly.ReadModels.ViewStore;
using static Orderly.Subscriptions.Tests.CountingProjection;

namespace Orderly.Subscriptions.Tests;

/// <summary>Other partitions start where the one was that was furthest behind, so the others' events come again.</summary>
public class RepartitioningTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task What_is_parked_stays_as_it_is_when_its_event_comes_again(int partitions)
    {
        await using var engine = new Engine();
        var isPoisonous = true;
        var projection = new CountingProjection(poison: 13, base10: true) { IsPoisonous = () => isPoisonous };
        var worker = engine.NewWorker(projection);
        await engine.AppendAsync("counting-1", Event(1, "a"), Event(13, "a"), Event(2, "a"));
        await engine.AppendAsync("counting-2", Garbage(), Event(3, "b"));
        var opened = await engine.Views.OpenAsync(projection.View, 2, CancellationToken.None);
        var home = DocumentPartition.Of("a", 2);
        var lease = await engine.Views.TakeAsync(opened.Partitions[home], "first", CancellationToken.None);
        using var stop = new CancellationTokenSource();
        var keeping = worker.KeepAsync(
            opened, [lease!], new SharedLog(engine.Log, engine.Types, projection.Filter, engine.Options, TimeProvider.System), ()
                =>
            { }, stop.Token);
        await engine.UntilAsync(view => view.Partitions[home].Position == 5);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => keeping);

        Assert.Equal(0, (await engine.Views.RepartitionAsync("counters", opened.Number, partitions, CancellationToken.None))!.Position);
        engine.Run(worker);
        await engine.CountersAtHeadAsync();

        Assert.Equal(
            [(2, "a", ParkedReason.Threw), (3, "a", ParkedReason.Waiting), (4, null, ParkedReason.Unreadable), (
                5, "b", ParkedReason.Waiting)],
            (await engine.ParkedAsync()).Select(one => ((int)one.Position, one.Document, one.Reason)).Distinct());
        isPoisonous = false;
        Assert.Equal(1, await engine.Views.AskRetryAsync("counters", 2, CancellationToken.None));
        await engine.Views.AskSkipAsync("counters", 4, CancellationToken.None);
        await engine.UntilAsync(view => view.Partitions.All(one => one.Parked == 0));
        Assert.Equal(new Dictionary<string, Counter> { ["a"] = new(3, 232), ["b"] = new(1, 3) }, await engine.CountersAtHeadAsync());
        Assert.Empty(await engine.ParkedAsync());
        Assert.Empty(await engine.VerifyAsync(projection));
    }
}
