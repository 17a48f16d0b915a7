using Microsoft.Extensions.Logging.Abstractions;
using Orderly.Domain.EventStore;
using Orderly.Domain.Serialization;
using Orderly.ReadModels.ViewStore;
using Orderly.Storage.Sqlite;
using Orderly.Tests;

namespace Orderly.Subscriptions.Tests;

/// <summary>The engine on stores of its own.</summary>
internal sealed class Engine : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly List<Task> _running = [];
    private readonly SqliteEventStore _log;
    private readonly SqliteViewStore _views;

    public Engine()
    {
        Path = Directory.CreateTempSubdirectory("orderly-engine-").FullName;
        _log = new SqliteEventStore(
            new SqliteEventStoreOptions { Path = System.IO.Path.Combine(Path, "events.db") },
            LogTime,
            NullLogger<SqliteEventStore>.Instance);
        _views = new SqliteViewStore(
            new SqliteViewStoreOptions { Path = System.IO.Path.Combine(Path, "views.db") },
            TimeProvider.System,
            NullLogger<SqliteViewStore>.Instance);
        (Log, Views) = (_log, _views);
    }

    /// <summary>The clock of the log.</summary>
    public ShiftedTime LogTime { get; } = new();

    /// <summary>The directory of the stores, for processes that share them.</summary>
    public string Path { get; }

    /// <summary>The log; a test may put its own in front of it.</summary>
    public IEventStore Log { get; set; }

    /// <summary>The view store that workers get; a test may put its own in front of it.</summary>
    public IViewStore Views { get; set; }

    public EventTypes Types { get; set; } = CountingProjection.Types;

    public SubscriptionOptions Options { get; set; } = new()
    {
        LeaseDuration = TimeSpan.FromSeconds(1),
        FirstRetryDelay = TimeSpan.FromMilliseconds(10),
        MaxRetryDelay = TimeSpan.FromMilliseconds(50),
    };

    public ProjectionWorker<Counter> NewWorker(CountingProjection? projection = null)
        => new(projection ?? new CountingProjection(), NewServices());

    /// <summary>The clock of workers; a test may put one forward.</summary>
    public TimeProvider Time { get; set; } = TimeProvider.System;

    public SubscriptionServices NewServices() => new(Log, Views, Types, Options, Time, NullLoggerFactory.Instance);

    /// <summary>Runs a worker, in a group of its own, until the engine is disposed, or until the answer is cancelled.</summary>
    public CancellationTokenSource Run(ProjectionWorker<Counter> worker) => Run([worker]);

    /// <summary>Runs a group of workers until the engine is disposed, or until the answer is cancelled.</summary>
    public CancellationTokenSource Run(IReadOnlyCollection<IProjectionWorker> workers)
    {
        var stop = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
        _running.Add(new WorkerGroup(workers, NewServices()).RunAsync(stop.Token));
        return stop;
    }

    /// <summary>
    /// Runs a group that keeps counting views with these names, until the engine is disposed, or until the answer is cancelled.
    /// </summary>
    public CancellationTokenSource Run(IEnumerable<string> names, IViewStore? views = null)
        => Run([.. names.Select(name => new CountingProjection(name: name))], views);

    /// <summary>Runs a group that keeps these views, until the engine is disposed, or until the answer is cancelled.</summary>
    public CancellationTokenSource Run(IReadOnlyCollection<CountingProjection> projections, IViewStore? views = null)
    {
        var stop = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
        var services = NewServices() with { Views = views ?? Views };
        _running.Add(new WorkerGroup([.. projections.Select(projection => new ProjectionWorker<Counter>(projection, services))], services)
            .RunAsync(stop.Token));
        return stop;
    }

    public async Task<LogPosition> AppendAsync(string stream, params NewEvent[] events)
    {
        var result = await Log.AppendAsync(stream, ExpectedRevision.Any, events, CancellationToken.None);
        return Assert.IsType<AppendResult.Appended>(result).Position;
    }

    /// <summary>The counters once the view holds everything up to the end of the log.</summary>
    public async Task<Dictionary<string, Counter>> CountersAtHeadAsync()
    {
        var head = await Log.ReadHeadAsync(CancellationToken.None);
        await UntilAsync(generation => generation.Position >= head.Value);
        return await CountersAsync();
    }

    public async Task<Dictionary<string, Counter>> CountersAsync(string name = "counters")
        => (await _views.QueryAsync(new CountingProjection(name: name).View, new ViewQuery([], 10_000), CancellationToken.None))
            .Documents.ToDictionary(document => document.Id, document => document.Value);

    /// <summary>Waits until one live generation is as asked for.</summary>
    public async Task<ViewGeneration> UntilAsync(Func<ViewGeneration, bool> condition)
        => (await UntilAllAsync(all => all.Any(one => one.IsLive && condition(one)))).Single(one => one.IsLive && condition(one));

    /// <summary>Waits until the generations are as asked for.</summary>
    public async Task<IReadOnlyList<ViewGeneration>> UntilAllAsync(Func<IReadOnlyList<ViewGeneration>, bool> condition)
    {
        using var limit = new CancellationTokenSource(Wait.Limit);
        IReadOnlyList<ViewGeneration> last = [];
        try
        {
            await foreach (var all in _views.WatchAsync(limit.Token))
            {
                last = all;
                if (condition(all))
                {
                    return all;
                }
            }
        }
        catch (OperationCanceledException)
        {
            // With what there is instead.
        }

        throw new TimeoutException(
            string.Join(Environment.NewLine, last.SelectMany(one => one.Partitions.Select(partition => $"{one.State} {partition}"))));
    }

    /// <summary>What is parked in the live generation.</summary>
    public async Task<IReadOnlyList<ParkedEvent>> ParkedAsync()
        => await _views.ReadParkedAsync("counters", (await UntilAsync(one => one.View == "counters")).Number, CancellationToken.None);

    /// <summary>Differences between the live view and the log.</summary>
    public async Task<IReadOnlyList<ViewDifference>> VerifyAsync(CountingProjection? projection = null)
    {
        List<ViewDifference> differences = [];
        var result = await NewWorker(projection).VerifyAsync(differences.Add, new Progress<FoldProgress>(), CancellationToken.None);
        Assert.Equal(result.Differences, differences.Count);
        return differences;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_running.Select(run => Assert.ThrowsAnyAsync<OperationCanceledException>(() => run)));
        await _log.DisposeAsync();
        await _views.DisposeAsync();
        Directory.Delete(Path, recursive: true);
    }
}
