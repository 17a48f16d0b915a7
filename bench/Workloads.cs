using System.Diagnostics;
using MediatR;
using Microsoft.Extensions.DependencyInjection;
using Orderly.Domain.Deciding;
using Orderly.Domain.EventStore;
using Orderly.Hosting;
using Orderly.ReadModels.Orders;
using Orderly.ReadModels.ViewStore;
using Orderly.ReadModels.Waiting;
using Orderly.Storage.Sqlite;
using Orderly.Subscriptions;

namespace Orderly.Bench;

/// <summary>The workloads, each run in a process of its own on an empty directory.</summary>
internal static class Workloads
{
    private static readonly TimeSpan s_warmUp = TimeSpan.FromSeconds(8);
    private static readonly TimeSpan s_duration = TimeSpan.FromSeconds(8);

    public static IReadOnlyDictionary<string, (
        string Description, Func<BenchSettings, Task<IReadOnlyList<Figure>>> RunAsync)> All
    { get; } =
        new Dictionary<string, (string, Func<BenchSettings, Task<IReadOnlyList<Figure>>>)>(StringComparer.OrdinalIgnoreCase)
        {
            ["W1"] = ("place: new streams with one order-placed event, 64 writers", PlaceAsync),
            ["W2"] = ("decide: load, decide, append on 5,000 orders at random, 64 writers", DecideAsync),
            ["W3"]
                = ("rebuild: orders of four events, interleaved, into order-details from nothing", settings => RebuildAsync(settings, 1)),
            ["W4"] = ("visible: from a command's answer to the view showing it, 50 commands/s", VisibleAsync),
            ["W5"] = ("HTTP: place over HTTP, 64 connections, server and client on the same cores", HttpLoad.RunAsync),
            ["W6"] = ("rebuild: as W3, into eight partitions, which one process keeps", settings => RebuildAsync(settings, 8)),
            ["W7"] = ("rebuild: as W3, eight views at once", RebuildEightAsync),
            ["W8"]
                = ("idle: the API with the workers in its process, after 1,000 orders, when nobody asks for anything", OrderLoad.IdleAsync),
            ["W9"] = ("order: from placing over HTTP until it is confirmed, 50 orders/s", OrderLoad.LatencyAsync),
            ["W10"] = ("orders: placed over HTTP and confirmed, by 128 clients that wait for each", OrderLoad.ThroughputAsync),
            ["W11"] = ("search: a shop's questions over 200,000 orders, one after the other", SearchLoad.RunAsync),
            ["W12"] = ("check: every event of W3's log proved, as 'worker check log' does it", CheckAsync),
            ["W13"] = ("HTTP with an access token, in turns with W5 on a service that is open", HttpLoad.WithTokenAsync),
        };

    /// <summary>Those that need a log that was written by another process.</summary>
    public static IReadOnlyList<string> Prepared { get; } = ["W3", "W6", "W7", "W12"];

    private static async Task<IReadOnlyList<Figure>> PlaceAsync(BenchSettings settings)
    {
        await using var services = BenchServices.Create(settings);
        var mediator = services.GetRequiredService<IMediator>();
        var (rate, bare) = await BesideBareAppendsAsync(
            settings, _ => Writers.AcceptedAsync(mediator.Send(Shop.Place(Guid.CreateVersion7().ToString()))));
        return [new Figure("placed", "commands/s", rate), bare, new Figure("ratio", "", rate / bare.Value)];
    }

    private static async Task<IReadOnlyList<Figure>> DecideAsync(BenchSettings settings)
    {
        const int Orders = 5_000;
        await using (var services = BenchServices.Create(settings))
        {
            var mediator = services.GetRequiredService<IMediator>();
            var placing = new ParallelOptions { MaxDegreeOfParallelism = Writers.Count };
            await Parallel.ForEachAsync(
                Enumerable.Range(0, Orders),
                placing,
                async (i, cancellationToken) => await mediator.Send(Shop.Place($"{settings.Prefix}{i}"), cancellationToken));
        }

        await using var remembering = WithCache(new DeciderOptions().CachedStreams);
        var (remembered, bare) = await BesideBareAppendsAsync(settings, Touch(remembering));
        await using var reading = WithCache(1);
        var loaded = await Writers.MeasureAsync(s_warmUp, s_duration, Touch(reading));
        return
        [
            new Figure("decided", "commands/s", remembered),
            new Figure("decided, every stream read again", "commands/s", loaded),
            bare,
            new Figure("ratio", "", remembered / bare.Value),
        ];

        ServiceProvider WithCache(int cachedStreams)
            => BenchServices.Create(settings, ("Orderly:Decider:CachedStreams", $"{cachedStreams}"));

        Func<Random, Task> Touch(ServiceProvider services)
        {
            var mediator = services.GetRequiredService<IMediator>();
            return random => Writers.AcceptedAsync(
                mediator.Send(new TouchOrder($"{settings.Prefix}{random.Next(Orders)}") { Context = Shop.NewContext() }));
        }
    }

    private static async Task<IReadOnlyList<Figure>> RebuildAsync(BenchSettings settings, int partitions)
    {
        const int EventsPerOrder = 4;
        double seconds;
        long events;
        double before;
        long allocated;
        TimeSpan paused;
        await using (var services = BenchServices.Create(settings, ("Orderly:Subscriptions:Partitions", $"{partitions}")))
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
            var watch = Stopwatch.StartNew();
            await BuildAsync([worker], services);
            seconds = watch.Elapsed.TotalSeconds;
            events = settings.Events / EventsPerOrder * EventsPerOrder;
            allocated = GC.GetTotalAllocatedBytes() - allocated;
            paused = GC.GetTotalPauseDuration() - paused;
        }

        var peak = PeakMemory();
        var (ceiling, scan) = settings.EventStore is null
            ? ("bare scan of the same log", BareSqlite.MeasureScan(Path.Combine(settings.Directory, OrderlyServices.EventsFile)))
            : ("bare client, catch-up of the same log", await BareEventStoreDb.MeasureCatchUpAsync(settings.EventStore));
        IReadOnlyList<Figure> beside = settings is { EventStore: { } eventStore, Views: { } views }
            ?
            [
                new Figure("plain batch rebuild", "events/s", await BareEventStoreDb.MeasurePlainRebuildAsync(eventStore, views)),
                new Figure("bare bulk upserts", "documents/s", await BareMongoDb.MeasureUpsertsAsync(views)),
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

    private static async Task<IReadOnlyList<Figure>> RebuildEightAsync(BenchSettings settings)
    {
        const int Views = 8;
        if (!settings.IsPrepared)
        {
            return await RebuildAsync(settings, 1);
        }

        await using var services = BenchServices.Create(settings);
        var subscriptions = services.GetRequiredService<SubscriptionServices>();
        List<IProjectionWorker> workers =
        [
            .. Enumerable.Range(1, Views).Select(i => new ProjectionWorker<OrderDetails>(
                new Renamed(services.GetRequiredService<IProjection<OrderDetails>>(), $"order-details-{i}"), subscriptions)),
        ];
        var watch = Stopwatch.StartNew();
        var read = await BuildAsync(workers, services);
        var rate = settings.Events * Views / watch.Elapsed.TotalSeconds;
        return
        [
            new Figure("folded, all views together", "events/s", rate),
            new Figure("events in the log", "", settings.Events),
            new Figure("events read from the log", "", read),
        ];
    }

    private static async Task<IReadOnlyList<Figure>> CheckAsync(BenchSettings settings)
    {
        if (!settings.IsPrepared)
        {
            return await RebuildAsync(settings, 1);
        }

        if (settings.EventStore is not null)
        {
            throw new InvalidOperationException("W12 is about the embedded log.");
        }

        var path = Path.Combine(settings.Directory, OrderlyServices.EventsFile);
        var scan = BareSqlite.MeasureScan(path);
        var checkedLog = SqliteLogCheck.Run(
            path, fault => throw new InvalidOperationException(fault.Reason), (_, _) => { }, CancellationToken.None);
        var rate = checkedLog.Events / checkedLog.Seconds;
        return
        [
            new Figure("proved", "events/s", rate),
            new Figure("bare scan of the same log", "events/s", scan),
            new Figure("ratio", "", rate / scan),
        ];
    }

    /// <summary>
    /// Builds views that are not there yet up to the end of the log, all at once. Answers how many events were read from it.
    /// </summary>
    public static async Task<long> BuildAsync(IReadOnlyList<IProjectionWorker> workers, ServiceProvider services)
    {
        var subscriptions = services.GetRequiredService<SubscriptionServices>();
        var head = (await subscriptions.Log.ReadHeadAsync(CancellationToken.None)).Value;
        using var stop = new CancellationTokenSource();
        var group = new WorkerGroup(workers, subscriptions);
        var running = group.RunAsync(stop.Token);
        await foreach (var all in subscriptions.Views.WatchAsync(CancellationToken.None))
        {
            if (workers.All(worker => all.Any(one => one.View == worker.View.Name && one.Position >= head)))
            {
                break;
            }
        }

        await stop.CancelAsync();
        await running.ContinueWith(_ => { }, TaskScheduler.Default);
        return group.EventsRead;
    }

    /// <summary>A projection whose view has another name.</summary>
    private sealed class Renamed(IProjection<OrderDetails> inner, string name) : IProjection<OrderDetails>
    {
        public View<OrderDetails> View { get; } = inner.View.Named(name);

        public EventFilter Filter => inner.Filter;

        public IReadOnlyList<string> DocumentIdsOf(EventEnvelope envelope) => inner.DocumentIdsOf(envelope);

        public OrderDetails? Project(string id, OrderDetails? document, EventEnvelope envelope) => inner.Project(id, document, envelope);
    }

    private static async Task<IReadOnlyList<Figure>> VisibleAsync(BenchSettings settings)
    {
        const int PerSecond = 50;
        const int WarmUp = 250;
        const int Measured = 1_000;
        await using var services = BenchServices.Create(settings, [.. BenchServices.OnlyViews]);
        var mediator = services.GetRequiredService<IMediator>();
        using var stop = new CancellationTokenSource();
        List<Task> workers = [services.GetRequiredService<WorkerGroup>().RunAsync(stop.Token)];
        workers.Add(services.GetRequiredService<ViewProgress>().FollowAsync(services.GetRequiredService<IViewStore>(), stop.Token));

        // A server's log may hold much that the views have to catch up with first.
        var head = await services.GetRequiredService<IEventStore>().ReadHeadAsync(CancellationToken.None);
        await services.GetRequiredService<ViewProgress>().WaitAsync(
            OrderDetails.View.Name, head.Value, TimeSpan.FromMinutes(5), CancellationToken.None);

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

    /// <summary>How often a second the write ended, and beside it the ceiling: the same events, with nothing round the store.</summary>
    private static async Task<(double Rate, Figure Bare)> BesideBareAppendsAsync(BenchSettings settings, Func<Random, Task> write)
    {
        if (settings.EventStore is null)
        {
            var alone = await Writers.MeasureAsync(s_warmUp, s_duration, write);
            return (alone, new Figure(
                "bare SQLite, 64 rows a commit", "events/s", BareSqlite.MeasureCommits(settings.Directory, Writers.Count, s_duration)));
        }

        var (client, append) = BareEventStoreDb.Appends(settings.EventStore);
        await using (client)
        {
            var rates = await Writers.CompareAsync(s_warmUp, 2 * s_duration, write, append);
            return (rates[0], new Figure("bare client, 64 writers", "events/s", rates[1]));
        }
    }

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
}
