using System.Diagnostics;
using MediatR;
using Microsoft.Extensions.DependencyInjection;
using Orderly.Domain.Deciding;
using Orderly.Domain.EventStore;
using Orderly.Hosting;
using Orderly.ReadModels.Orders;
using Orderly.ReadModels.ViewStore;
using Orderly.ReadModels.Waiting;
using Orderly.Subscriptions;

namespace Orderly.Bench;

/// <summary>The workloads, each run in a process of its own on an empty directory.</summary>
internal static class Workloads
{
    private static readonly TimeSpan s_warmUp = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan s_duration = TimeSpan.FromSeconds(8);

    public static IReadOnlyDictionary<string, (string Description, Func<BenchSettings, Task<IReadOnlyList<Figure>>> RunAsync)> All { get; } =
        new Dictionary<string, (string, Func<BenchSettings, Task<IReadOnlyList<Figure>>>)>(StringComparer.OrdinalIgnoreCase)
        {
            ["W1"] = ("place: new streams with one order-placed event, 64 writers", PlaceAsync),
            ["W2"] = ("decide: load, decide, append on 5,000 orders at random, 64 writers", DecideAsync),
            ["W3"] = ("rebuild: orders of four events, interleaved, into order-details from nothing", RebuildAsync),
            ["W4"] = ("visible: from a command's answer to the view showing it, 50 commands/s", VisibleAsync),
            ["W5"] = ("HTTP: place over HTTP, 64 connections, server and client on the same cores", HttpLoad.RunAsync),
        };

    private static async Task<IReadOnlyList<Figure>> PlaceAsync(BenchSettings settings)
    {
        double rate;
        await using (var services = BenchServices.Create(settings))
        {
            var mediator = services.GetRequiredService<IMediator>();
            rate = await Writers.MeasureAsync(s_warmUp, s_duration, _ => mediator.Send(Shop.Place(Guid.CreateVersion7().ToString())));
        }

        var (ceiling, bare) = await BareAppendsAsync(settings);
        return
        [
            new Figure("placed", "commands/s", rate),
            new Figure(ceiling, "events/s", bare),
            new Figure("ratio", "", rate / bare),
        ];
    }

    private static async Task<IReadOnlyList<Figure>> DecideAsync(BenchSettings settings)
    {
        const int Orders = 5_000;
        await using (var services = BenchServices.Create(settings))
        {
            var mediator = services.GetRequiredService<IMediator>();
            var placing = new ParallelOptions { MaxDegreeOfParallelism = Writers.Count };
            await Parallel.ForEachAsync(Enumerable.Range(0, Orders), placing, async (i, cancellationToken) => await mediator.Send(Shop.Place($"{settings.Prefix}{i}"), cancellationToken));
        }

        var remembered = await MeasureAsync(new DeciderOptions().CachedStreams);
        var loaded = await MeasureAsync(1);
        var (ceiling, bare) = await BareAppendsAsync(settings);
        return
        [
            new Figure("decided", "commands/s", remembered),
            new Figure("decided, every stream read again", "commands/s", loaded),
            new Figure(ceiling, "events/s", bare),
            new Figure("ratio", "", remembered / bare),
        ];

        async Task<double> MeasureAsync(int cachedStreams)
        {
            await using var services = BenchServices.Create(settings, ("Orderly:Decider:CachedStreams", $"{cachedStreams}"));
            var mediator = services.GetRequiredService<IMediator>();
            return await Writers.MeasureAsync(s_warmUp, s_duration, random => mediator.Send(new TouchOrder($"{settings.Prefix}{random.Next(Orders)}") { Context = Shop.NewContext() }));
        }
    }

    private static async Task<IReadOnlyList<Figure>> RebuildAsync(BenchSettings settings)
    {
        const int EventsPerOrder = 4;
        double seconds;
        long events;
        double before;
        long allocated;
        TimeSpan paused;
        await using (var services = BenchServices.Create(settings))
        {
            if (!settings.IsPrepared)
            {
                await Shop.AppendLivesAsync(services.GetRequiredService<IEventStore>(), settings.Events / EventsPerOrder, settings.Prefix);
                return [];
            }

            before = PeakMemory();
            allocated = GC.GetTotalAllocatedBytes();
            paused = GC.GetTotalPauseDuration();
            var worker = services.GetServices<IProjectionWorker>().Single(one => one.View.Name == OrderDetails.View.Name);
            var last = new RebuildProgress(0, 0, 0);
            var watch = Stopwatch.StartNew();
            await worker.RebuildAsync(new Report(progress => last = progress), CancellationToken.None);
            seconds = watch.Elapsed.TotalSeconds;
            events = last.Events;
            allocated = GC.GetTotalAllocatedBytes() - allocated;
            paused = GC.GetTotalPauseDuration() - paused;
        }

        var peak = PeakMemory();
        var (ceiling, scan) = settings.EventStore is null
            ? ("bare scan of the same log", BareSqlite.MeasureScan(Path.Combine(settings.Directory, OrderlyServices.EventsFile)))
            : ("bare client, catch-up of the same log", await BareServers.MeasureCatchUpAsync(settings.EventStore));
        IReadOnlyList<Figure> beside = settings is { EventStore: { } eventStore, Views: { } views }
            ?
            [
                new Figure("plain batch rebuild", "events/s", await BareServers.MeasurePlainRebuildAsync(eventStore, views)),
                new Figure("bare bulk upserts", "documents/s", await BareServers.MeasureUpsertsAsync(views)),
            ]
            : [];
        return
        [
            .. beside,
            new Figure("rebuilt", "events/s", events / seconds),
            new Figure("events", "", events),
            new Figure(ceiling, "events/s", scan),
            new Figure("ratio", "", events / seconds / scan),
            new Figure("allocated for each event", "KB", allocated / 1e3 / events),
            new Figure("paused for garbage collection", "% of the time", paused.TotalSeconds / seconds * 100),
            new Figure("peak memory before", "MB", before),
            new Figure("peak memory", "MB", peak),
        ];
    }

    private static async Task<IReadOnlyList<Figure>> VisibleAsync(BenchSettings settings)
    {
        const int PerSecond = 50;
        const int WarmUp = 250;
        const int Measured = 1_000;
        await using var services = BenchServices.Create(settings);
        var mediator = services.GetRequiredService<IMediator>();
        using var stop = new CancellationTokenSource();
        var workers = services.GetServices<IProjectionWorker>().Select(worker => worker.RunAsync(stop.Token)).ToList();
        workers.Add(services.GetRequiredService<ViewProgress>().FollowAsync(services.GetRequiredService<IViewStore>(), stop.Token));

        // A server's log may hold much that the views have to catch up with first.
        var head = await services.GetRequiredService<IEventStore>().ReadHeadAsync(CancellationToken.None);
        await services.GetRequiredService<ViewProgress>().WaitAsync(OrderDetails.View.Name, head.Value, TimeSpan.FromMinutes(5), CancellationToken.None);

        List<Task<double>> samples = [];
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1) / PerSecond);
        for (var i = 0; i < WarmUp + Measured && await timer.WaitForNextTickAsync(); i++)
        {
            samples.Add(SampleAsync(mediator, $"{settings.Prefix}{i}"));
        }

        var latencies = (await Task.WhenAll(samples)).Skip(WarmUp).Order().ToList();
        await stop.CancelAsync();
        await Task.WhenAll(workers).ContinueWith(_ => { }, TaskScheduler.Default);
        return
        [
            new Figure("visible p50", "ms", latencies[Measured / 2]),
            new Figure("visible p99", "ms", latencies[Measured * 99 / 100]),
            new Figure("visible max", "ms", latencies[^1]),
        ];
    }

    /// <summary>The ceiling of the writes: the same events, with nothing round the store.</summary>
    private static async Task<(string Name, double PerSecond)> BareAppendsAsync(BenchSettings settings)
        => settings.EventStore is null
            ? ("bare SQLite, 64 rows a commit", BareSqlite.MeasureCommits(settings.Directory, Writers.Count, s_duration))
            : ("bare client, 64 writers", await BareServers.MeasureAppendsAsync(settings.EventStore, s_warmUp, s_duration));

    private static async Task<double> SampleAsync(IMediator mediator, string orderId)
    {
        var answer = (CommandResult.Accepted)await mediator.Send(Shop.Place(orderId));
        var watch = Stopwatch.StartNew();
        var query = new GetOrder(orderId) { Freshness = new Freshness(answer.Position.Value, TimeSpan.FromSeconds(10)) };
        var order = await mediator.Send(query);
        return order.Value is null ? throw new InvalidOperationException($"{orderId} is not visible.") : watch.Elapsed.TotalMilliseconds;
    }

    /// <summary>The most memory that this process ever had resident, in MB.</summary>
    private static double PeakMemory()
    {
        using var process = Process.GetCurrentProcess();
        return process.PeakWorkingSet64 / 1e6;
    }

    private sealed class Report(Action<RebuildProgress> show) : IProgress<RebuildProgress>
    {
        void IProgress<RebuildProgress>.Report(RebuildProgress value) => show(value);
    }
}
