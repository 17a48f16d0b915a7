using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using MongoDB.Bson;
using MongoDB.Driver;
using Orderly.ReadModels.ViewStore;

namespace Orderly.Storage.MongoDb;

/// <summary>The view store on MongoDB, a replica set or a sharded cluster in production. Safe for concurrent use.</summary>
/// <remarks>
/// <para>
/// A commit is one transaction: documents and checkpoint, or nothing. A standalone server has no transactions; there
/// the documents are written first, each over an older one only, and the checkpoint last, so that a crash between them
/// is followed by writing the same once more. Readers there may see documents that are newer than the position that is
/// told, never older ones.
/// </para>
/// <para>Times of generations have milliseconds. How documents look in the database tells <see cref="DocumentSerialization"/>.</para>
/// </remarks>
public sealed partial class MongoViewStore : IViewStore, IDisposable, IAsyncDisposable
{
    private const int MaxReadAttempts = 16;

    private static readonly TimeSpan s_readDelay = TimeSpan.FromMilliseconds(20);

    private readonly MongoViewStoreOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly MongoServer _server;
    private readonly GenerationRecords _generations;
    private readonly WorkerRecords _workers;
    private readonly ChangeSignal _changes = new();
    private readonly ChangeSignal _commits = new();
    private readonly ConcurrentDictionary<string, ViewGeneration> _committed = new(StringComparer.Ordinal);
    private readonly Sweeper _sweeper;

    // The live generation's number by view, as last seen. Each read verifies it, so it may be out of date.
    private readonly ConcurrentDictionary<string, int> _live = new(StringComparer.Ordinal);

    /// <param name="connectionString">The servers and, in its path, the database; see <see cref="MongoViewStoreOptions.Database"/>.</param>
    /// <param name="time">Says when a generation was updated.</param>
    /// <exception cref="ArgumentException">The connection string is not one, or an option is out of its range.</exception>
    public MongoViewStore(string connectionString, MongoViewStoreOptions options, TimeProvider time, ILogger<MongoViewStore> logger)
    {
        (_options, _time, _logger) = (options, time, logger);
        _server = new MongoServer(connectionString, options, time, logger);
        _generations = new GenerationRecords(_server.Database);
        _workers = new WorkerRecords(_server.Database);
        _sweeper = new Sweeper(_generations, options.DropDelay, time, logger);
        DocumentSerialization.Register();
    }

    /// <summary>Reads a connection string without connecting.</summary>
    /// <exception cref="ArgumentException">It can't be read; the message does not repeat it, since it may hold a password.</exception>
    public static void Check(string connectionString) => MongoServer.Parse(connectionString, new MongoViewStoreOptions());

    public async Task<ViewSnapshot<TDocument>> FindAsync<TDocument>(
        View<TDocument> view, IReadOnlyCollection<string> ids, CancellationToken cancellationToken)
        where TDocument : class
    {
        var found = await ReadLiveAsync(view, ViewFilter.OfIds(ids), ids.Count, cancellationToken).ConfigureAwait(false);
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
        ViewFilter.Validate(view, query);
        return ReadLiveAsync(view, ViewFilter.Of(query), query.Limit, cancellationToken);
    }

    public async Task<IReadOnlyList<ViewGeneration>> ReadGenerationsAsync(CancellationToken cancellationToken)
        => await _server.CallAsync(deployment => _generations.ReadAllAsync(ReadConcernOf(deployment), cancellationToken), cancellationToken).ConfigureAwait(false);

    /// <inheritdoc/>
    /// <remarks>Cancelling it ends it with <see cref="OperationCanceledException"/>.</remarks>
    public async IAsyncEnumerable<IReadOnlyList<ViewGeneration>> WatchAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var feed = new ChangeFeed(_server, _changes, _options, _time, _logger);
        await using var feeding = feed.ConfigureAwait(false);
        List<ViewGeneration>? last = null;
        for (var look = true; ;)
        {
            var committed = _commits.Next;
            List<ViewGeneration> live;
            if (look || last is null)
            {
                feed.Look();
                live = [.. (await ReadGenerationsAsync(cancellationToken).ConfigureAwait(false)).Where(generation => generation.IsLive)];
            }
            else
            {
                live = last;
            }

            live = live.ConvertAll(LatestOf);
            if (last is null || !live.SequenceEqual(last))
            {
                last = live;
                yield return live;
            }

            look = await feed.WaitAsync(committed, cancellationToken).ConfigureAwait(false);
        }

        // What this process has committed itself need not be read from the server.
        ViewGeneration LatestOf(ViewGeneration read)
            => _committed.TryGetValue(read.View, out var own) && own.Number == read.Number && own.Position > read.Position ? own : read;
    }

    public async Task<ViewGeneration> OpenAsync(View view, CancellationToken cancellationToken)
    {
        var (opened, isNew) = await _server.CallAsync(_ => OpenOrAddAsync(view, cancellationToken), cancellationToken).ConfigureAwait(false);
        if (isNew)
        {
            _changes.Set();
            _sweeper.Schedule();
        }

        return opened;
    }

    public Task<IReadOnlyList<StoredDocument<TDocument>>> LoadAsync<TDocument>(
        View<TDocument> view, ViewGeneration generation, IReadOnlyCollection<string> ids, CancellationToken cancellationToken)
        where TDocument : class
    {
        CheckIsOf(view, generation);
        return _server.CallAsync<IReadOnlyList<StoredDocument<TDocument>>>(
            async _ => ids.Count > 0 && await _generations.ExistsAsync(view.Name, generation.Number, cancellationToken).ConfigureAwait(false)
                ? await ViewCollection.LoadAsync(CollectionOf(view, generation.Number), ids, _options.LookupSize, cancellationToken).ConfigureAwait(false)
                : [],
            cancellationToken);
    }

    public async Task<ViewGeneration?> CommitAsync<TDocument>(
        View<TDocument> view, ViewCommit<TDocument> commit, CancellationToken cancellationToken)
        where TDocument : class
    {
        CheckIsOf(view, commit.Generation);
        ArgumentOutOfRangeException.ThrowIfLessThan(commit.Position, commit.Generation.Position, nameof(commit));
        var committed = await _server.CallAsync(
            deployment => commit.Upserts.Count + commit.Deletes.Count == 0 ? AdvanceAsync(null, commit, cancellationToken)
                : deployment.Transactions ? CommitInTransactionAsync(deployment, view, commit, cancellationToken)
                : CommitInOrderAsync(view, commit, cancellationToken),
            cancellationToken).ConfigureAwait(false);
        if (committed is not null)
        {
            _committed[view.Name] = committed;
            _commits.Set();
        }

        return committed;
    }

    public async Task<ViewGeneration?> TakeAsync(ViewGeneration seen, string owner, CancellationToken cancellationToken)
    {
        var taken = await _server.CallAsync(_ => _generations.TakeAsync(seen, owner, cancellationToken), cancellationToken).ConfigureAwait(false);
        if (taken is not null)
        {
            _changes.Set();
        }

        return taken;
    }

    public async Task ReleaseAsync(ViewGeneration held, CancellationToken cancellationToken)
    {
        if (await _server.CallAsync(_ => _generations.TryReleaseAsync(held, cancellationToken), cancellationToken).ConfigureAwait(false))
        {
            _changes.Set();
        }
    }

    public Task<IReadOnlyList<ViewWorker>> BeatAsync(ViewWorker worker, CancellationToken cancellationToken)
        => _server.CallAsync(_ => _workers.BeatAsync(worker, cancellationToken), cancellationToken);

    public Task ForgetAsync(ViewWorker seen, CancellationToken cancellationToken)
        => _server.CallAsync(
            async _ =>
            {
                await _workers.ForgetAsync(seen, cancellationToken).ConfigureAwait(false);
                return true;
            },
            cancellationToken);

    public async Task ReportFaultAsync(ViewGeneration generation, string fault, CancellationToken cancellationToken)
    {
        if (await _server.CallAsync(_ => _generations.TrySetFaultAsync(generation, fault, _time.GetUtcNow(), cancellationToken), cancellationToken).ConfigureAwait(false))
        {
            _changes.Set();
        }
    }

    public async Task<ViewGeneration> StartGenerationAsync(View view, CancellationToken cancellationToken)
    {
        var started = await _server.CallAsync(
            async _ =>
            {
                // The record first: what a crash leaves behind then is known, and can be dropped.
                var number = await _generations.NextNumberAsync(view.Name, cancellationToken).ConfigureAwait(false);
                var added = await _generations.AddAsync(view, number, isLive: false, _time.GetUtcNow(), cancellationToken).ConfigureAwait(false);
                await ViewCollection.CreateAsync(_server.Database, view, number, cancellationToken).ConfigureAwait(false);
                return added;
            },
            cancellationToken).ConfigureAwait(false);
        _sweeper.Schedule();
        return started;
    }

    /// <inheritdoc/>
    /// <remarks>
    /// The generation keeps its epoch and position, so who built it goes on to commit to it. The old one is marked as
    /// dropped, which no commit of its worker gets past.
    /// </remarks>
    public async Task<bool> SwapAsync(ViewGeneration generation, CancellationToken cancellationToken)
    {
        var swapped = await _server.CallAsync(
            async deployment =>
            {
                while (true)
                {
                    var result = await _server.Transactions.RunAsync(
                        deployment,
                        (session, cancellation) => _generations.TrySwapAsync(session, generation.View, generation.Number, _time.GetUtcNow(), cancellation),
                        cancellationToken).ConfigureAwait(false);
                    if (result is not null)
                    {
                        return result;
                    }
                }
            },
            cancellationToken).ConfigureAwait(false);
        if (swapped.IsLive)
        {
            _live[generation.View] = generation.Number;
            _changes.Set();
        }

        if (swapped.Replaced is { } old)
        {
            LogSwapped(_logger, generation.View, old, generation.Number);
            _sweeper.Schedule();
        }

        return swapped.IsLive;
    }

    public async Task DropGenerationAsync(ViewGeneration generation, CancellationToken cancellationToken)
    {
        if (!await _server.CallAsync(_ => _generations.TryDropAsync(generation.View, generation.Number, _time.GetUtcNow(), cancellationToken), cancellationToken).ConfigureAwait(false))
        {
            throw new InvalidOperationException($"Generation {generation.Number} of '{generation.View}' is live: queries read it.");
        }

        _sweeper.Schedule();
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

    private static ReadConcern ReadConcernOf(MongoDeployment deployment) => deployment.SnapshotReads ? ReadConcern.Snapshot : ReadConcern.Local;

    private static void CheckIsOf(View view, ViewGeneration generation)
    {
        if (view.Name != generation.View)
        {
            throw new ArgumentException($"The generation is of the view '{generation.View}', not of '{view.Name}'.", nameof(generation));
        }
    }

    private IMongoCollection<StoredDocument<TDocument>> CollectionOf<TDocument>(View<TDocument> view, int number)
        where TDocument : class
        => ViewCollection.Of<TDocument>(_server.Database, view.Name, number);

    private Task<ViewSnapshot<TDocument>> ReadLiveAsync<TDocument>(
        View<TDocument> view, BsonArray stages, int limit, CancellationToken cancellationToken)
        where TDocument : class
        => _server.CallAsync(
            async deployment =>
            {
                for (var attempt = 1; attempt <= MaxReadAttempts; attempt++)
                {
                    if ((_live.TryGetValue(view.Name, out var known) ? known : await _generations.FindLiveNumberAsync(view.Name, cancellationToken).ConfigureAwait(false)) is not { } number)
                    {
                        return new ViewSnapshot<TDocument>([], 0);
                    }

                    if (await ViewReading.TryReadAsync<TDocument>(
                        _server.Database, ReadConcernOf(deployment), view.Name, number, stages, limit, cancellationToken).ConfigureAwait(false) is { } snapshot)
                    {
                        _live[view.Name] = number;
                        return snapshot;
                    }

                    // It is being opened, or it was swapped out; or in, so lately that the snapshot does not have that yet.
                    _live.TryRemove(view.Name, out _);
                    if (!await _generations.ExistsAsync(view.Name, number, cancellationToken).ConfigureAwait(false)
                        && await _generations.FindLiveNumberAsync(view.Name, cancellationToken).ConfigureAwait(false) == number)
                    {
                        return new ViewSnapshot<TDocument>([], 0);
                    }

                    await Task.Delay(attempt == 1 ? TimeSpan.Zero : s_readDelay, _time, cancellationToken).ConfigureAwait(false);
                }

                throw new ViewStoreUnavailableException($"The live generation of the view '{view.Name}' could not be read: it kept changing.");
            },
            cancellationToken);

    private async Task<(ViewGeneration Opened, bool IsNew)> OpenOrAddAsync(View view, CancellationToken cancellationToken)
    {
        if (await _generations.FindLiveAsync(view.Name, cancellationToken).ConfigureAwait(false) is { } live)
        {
            return (live, false);
        }

        // Several processes can be here at once. All of them do the same, and each step changes nothing the second time.
        while (true)
        {
            var number = await _generations.EnsureLiveNumberAsync(view.Name, cancellationToken).ConfigureAwait(false);
            await ViewCollection.CreateAsync(_server.Database, view, number, cancellationToken).ConfigureAwait(false);
            await _generations.AddAsync(view, number, isLive: true, _time.GetUtcNow(), cancellationToken).ConfigureAwait(false);
            await _generations.ConfirmLiveAsync(view.Name, number, cancellationToken).ConfigureAwait(false);
            if (await _generations.FindLiveAsync(view.Name, cancellationToken).ConfigureAwait(false) is { } opened && opened.Number == number)
            {
                return (opened, true);
            }

            // It was replaced meanwhile.
            await _generations.TryDropAsync(view.Name, number, _time.GetUtcNow(), cancellationToken).ConfigureAwait(false);
        }
    }

    private Task<ViewGeneration?> AdvanceAsync<TDocument>(IClientSessionHandle? session, ViewCommit<TDocument> commit, CancellationToken cancellationToken)
        where TDocument : class
        => _generations.AdvanceAsync(session, commit.Generation, commit.Position, _time.GetUtcNow(), cancellationToken);

    private Task<ViewGeneration?> CommitInTransactionAsync<TDocument>(
        MongoDeployment deployment, View<TDocument> view, ViewCommit<TDocument> commit, CancellationToken cancellationToken)
        where TDocument : class
        => _server.Transactions.RunAsync(
            deployment,
            async (session, cancellation) =>
            {
                // First, so that of several workers all but one know it before they have written anything.
                var advanced = await AdvanceAsync(session, commit, cancellation).ConfigureAwait(false);
                if (advanced is not null)
                {
                    await ViewCollection.WriteAsync(session, CollectionOf(view, commit.Generation.Number), commit, cancellation).ConfigureAwait(false);
                }

                return advanced;
            },
            cancellationToken);

    /// <summary>Where there are no transactions.</summary>
    private async Task<ViewGeneration?> CommitInOrderAsync<TDocument>(View<TDocument> view, ViewCommit<TDocument> commit, CancellationToken cancellationToken)
        where TDocument : class
    {
        if (!await _generations.IsCurrentAsync(commit.Generation, cancellationToken).ConfigureAwait(false))
        {
            return null;
        }

        await ViewCollection.WriteNewerAsync(CollectionOf(view, commit.Generation.Number), commit, cancellationToken).ConfigureAwait(false);
        return await AdvanceAsync(null, commit, cancellationToken).ConfigureAwait(false);
    }

    [LoggerMessage(1203, LogLevel.Information, "View {View} swapped: generation {Old} was dropped, generation {New} is live.")]
    private static partial void LogSwapped(ILogger logger, string view, int old, int @new);
}
