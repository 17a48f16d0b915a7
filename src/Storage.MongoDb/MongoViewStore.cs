using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using MongoDB.Bson;
using MongoDB.Driver;
using Orderly.ReadModels.ViewStore;

namespace Orderly.Storage.MongoDb;

/// <summary>The view store on MongoDB, a replica set or a sharded cluster. Safe for concurrent use.</summary>
/// <remarks>
/// A commit and a change of generations are one transaction each. A server without transactions is refused with
/// <see cref="ViewStoreUnusableException"/>. Times of generations have milliseconds. How documents look in the database tells
/// <see cref="DocumentSerialization"/>.
/// </remarks>
public sealed partial class MongoViewStore : IViewStore, IDisposable, IAsyncDisposable
{
    private const int MaxReadAttempts = 16;

    private static readonly TimeSpan s_readDelay = TimeSpan.FromMilliseconds(20);

    private readonly MongoViewStoreOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly MongoServer _server;
    private readonly ViewRecords _views;
    private readonly PartitionRecords _partitions;
    private readonly ParkedRecords _parked;
    private readonly SkippedRecords _skipped;
    private readonly WorkerRecords _workers;
    private readonly GenerationChanges _generations;
    private readonly OwnCommits _own = new();
    private readonly ChangeSignal _changes = new();
    private readonly Sweeper _sweeper;

    // The live generation by view, as last seen. Each read verifies it, so it may be out of date.
    private readonly ConcurrentDictionary<string, LiveGeneration> _live = new(StringComparer.Ordinal);

    /// <param name="time">Says when a partition was updated.</param>
    /// <exception cref="ArgumentException">The connection string is not one, or the delay is negative.</exception>
    public MongoViewStore(MongoViewStoreOptions options, TimeProvider time, ILogger<MongoViewStore> logger)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(options.DropDelay, TimeSpan.Zero, nameof(options));
        (_options, _time, _logger) = (options, time, logger);
        _server = new MongoServer(options.ConnectionString, time, logger);
        _views = new ViewRecords(_server.Database);
        _partitions = new PartitionRecords(_server.Database);
        _parked = new ParkedRecords(_server.Database);
        _skipped = new SkippedRecords(_server.Database);
        _workers = new WorkerRecords(_server.Database);
        _generations = new GenerationChanges(_server.Database, _server.Transactions, _views, _partitions, _parked, _skipped, time);
        _sweeper = new Sweeper(_generations, options.DropDelay, time, logger);
        DocumentSerialization.Register();
    }

    /// <summary>Reads a connection string without connecting.</summary>
    /// <exception cref="ArgumentException">It can't be read; the message does not repeat it, since it may hold a password.</exception>
    public static void Check(string connectionString) => MongoServer.Parse(connectionString);

    public async Task<ViewSnapshot<TDocument>> FindAsync<TDocument>(
        View<TDocument> view, IReadOnlyCollection<string> ids, long? after, CancellationToken cancellationToken)
        where TDocument : class
    {
        var found = await ReadLiveAsync<TDocument>(view.Name, _ => ViewFilter.OfIds(ids, after), ids.Count, cancellationToken)
            .ConfigureAwait(false);
        if (found.Documents.Count < 2)
        {
            return found;
        }

        var byId = found.Documents.ToDictionary(document => document.Id, StringComparer.Ordinal);
        return found with { Documents = [.. ids.Distinct(StringComparer.Ordinal).Where(byId.ContainsKey).Select(id => byId[id])] };
    }

    public Task<ViewSnapshot<TDocument>> QueryAsync<TDocument>(View<TDocument> view, ViewQuery query, CancellationToken cancellationToken)
        where TDocument : class
    {
        query.Validate(view);
        return ReadLiveAsync<TDocument>(view.Name, _ => ViewFilter.Of(view, query), query.Limit, cancellationToken);
    }

    public async Task<GraphSnapshot> WalkAsync(View view, GraphQuery query, CancellationToken cancellationToken)
    {
        var graph = query.GraphOf(view);
        var found = await ReadLiveAsync<ViewWalk.Reached>(
            view.Name, number => ViewWalk.Of(ViewCollection.NameOf(view.Name, number), graph, query), query.Limit, cancellationToken)
                .ConfigureAwait(false);
        return new GraphSnapshot(
            [.. found.Documents.Select(node => new GraphNode(node.Id, node.Value.Hops, node.Value.Weight))], found.Position);
    }

    public Task<IReadOnlyList<ViewGeneration>> ReadGenerationsAsync(CancellationToken cancellationToken)
        => _server.CallAsync<IReadOnlyList<ViewGeneration>>(
            _options.QueryTimeout,
            async (snapshots, cancellation) =>
            {
                for (var attempt = 1; ; attempt++)
                {
                    // Without a snapshot one may just be dropped, or get other partitions.
                    var all = await _views.ReadAllAsync(snapshots, cancellation).ConfigureAwait(false);
                    if (attempt == MaxReadAttempts || !all.Contains(null))
                    {
                        return [.. all.OfType<ViewGeneration>()];
                    }

                    await DelayAsync(attempt, cancellation).ConfigureAwait(false);
                }
            },
            cancellationToken);

    /// <inheritdoc/>
    /// <remarks>Cancelling it ends it with <see cref="OperationCanceledException"/>.</remarks>
    public async IAsyncEnumerable<IReadOnlyList<ViewGeneration>> WatchAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var feed = new ChangeFeed(_server, _changes, _time, _logger);
        await using var feeding = feed.ConfigureAwait(false);
        IReadOnlyList<ViewGeneration>? last = null;
        for (var look = true; ;)
        {
            var committed = _own.Next;
            var all = last;
            if (look || all is null)
            {
                feed.Look();
                all = await ReadGenerationsAsync(cancellationToken).ConfigureAwait(false);
                _own.Forget(all);
            }

            all = [.. all.Select(_own.LatestOf)];
            if (last is null || !all.SequenceEqual(last))
            {
                last = all;
                yield return all;
            }

            look = await feed.WaitAsync(committed, cancellationToken).ConfigureAwait(false);
        }
    }

    public void Dispose()
    {
        _sweeper.Dispose();
        _server.Dispose();
    }

    public async ValueTask DisposeAsync()
    {
        await _sweeper.DisposeAsync().ConfigureAwait(false);
        _server.Dispose();
    }

    private async Task<bool> ExistsAsync(string view, int number, CancellationToken cancellationToken)
        => (await _views.FindAsync(view, cancellationToken).ConfigureAwait(false))?.Find(number) is not null;

    private Task DelayAsync(int attempt, CancellationToken cancellationToken)
        => Task.Delay(attempt == 1 ? TimeSpan.Zero : s_readDelay, _time, cancellationToken);

    /// <param name="stages">What to read, by the number of the generation.</param>
    private Task<ViewSnapshot<TDocument>> ReadLiveAsync<TDocument>(
        string view, Func<int, BsonArray> stages, int limit, CancellationToken cancellationToken)
        where TDocument : class
        => _server.CallAsync(
            _options.QueryTimeout,
            async (snapshots, cancellation) =>
            {
                for (var attempt = 1; attempt <= MaxReadAttempts; attempt++)
                {
                    if (!_live.TryGetValue(view, out var live))
                    {
                        if ((await _views.FindAsync(view, cancellation).ConfigureAwait(false))?.Live is not { } found)
                        {
                            return new ViewSnapshot<TDocument>([], 0);
                        }

                        live = new LiveGeneration(found.Number, found.Partitions);
                    }

                    var read = ViewReading.TryReadAsync<TDocument>(
                        _server.Database, snapshots, view, live, stages(live.Number), limit, cancellation);
                    if (await read.ConfigureAwait(false) is { } snapshot)
                    {
                        _live[view] = live;
                        return snapshot;
                    }

                    // It was swapped out; or in, so lately that the snapshot does not have that yet.
                    _live.TryRemove(view, out _);
                    await DelayAsync(attempt, cancellation).ConfigureAwait(false);
                }

                throw new ViewStoreUnavailableException($"The live generation of the view '{view}' could not be read: it kept changing.");
            },
            cancellationToken);
}
