using System.Runtime.CompilerServices;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Orderly.ReadModels.ViewStore;

namespace Orderly.Storage.Sqlite;

/// <summary>
/// The view store in one SQLite file, which several processes on one machine can share. Safe for concurrent use.
/// </summary>
/// <remarks>Documents, checkpoint and fencing epoch are in the same file, so one transaction holds them all.</remarks>
public sealed partial class SqliteViewStore : IViewStore, IAsyncDisposable
{
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly ViewDatabase _database;
    private readonly Doorbell _bell;

    /// <param name="time">Says when a generation was updated.</param>
    /// <exception cref="ViewStoreUnavailableException">The directory can't be made or written.</exception>
    public SqliteViewStore(SqliteViewStoreOptions options, TimeProvider time, ILogger<SqliteViewStore> logger)
    {
        options.Validate();
        options = options with { Path = Path.GetFullPath(options.Path) };
        (_time, _logger) = (time, logger);
        SqliteEngine.Init();
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(options.Path)!);
            _bell = new Doorbell(options.Path, logger);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ViewStoreUnavailableException($"The view store can't be opened: {e.Message}", e);
        }

        _database = new ViewDatabase(options, logger);
    }

    public Task<ViewSnapshot<TDocument>> FindAsync<TDocument>(
        View<TDocument> view, IReadOnlyCollection<string> ids, CancellationToken cancellationToken)
        where TDocument : class
        => _database.ReadAsync(
            connection =>
            {
                var (number, position) = ViewGenerations.FindLivePosition(connection, view.Name);
                return new ViewSnapshot<TDocument>(number == 0 ? [] : ReadByIds(connection, view, number, ids), position);
            },
            cancellationToken);

    public Task<ViewSnapshot<TDocument>> QueryAsync<TDocument>(View<TDocument> view, ViewQuery query, CancellationToken cancellationToken)
        where TDocument : class
    {
        ViewSearch.Validate(view, query);
        return _database.ReadAsync(
            connection =>
            {
                var (number, position) = ViewGenerations.FindLivePosition(connection, view.Name);
                List<StoredDocument<TDocument>> found = [];
                if (number != 0)
                {
                    var rows = ViewSearch.Prepare(connection, view, number, query);
                    while (rows.Step())
                    {
                        found.Add(ReadDocument(rows, rows.Text(2), view));
                    }
                }

                return new ViewSnapshot<TDocument>(found, position);
            },
            cancellationToken);
    }

    public async Task<IReadOnlyList<ViewGeneration>> ReadGenerationsAsync(CancellationToken cancellationToken)
        => await _database.ReadAsync(ViewGenerations.ReadAll, cancellationToken).ConfigureAwait(false);

    /// <inheritdoc/>
    /// <remarks>Cancelling it ends it with <see cref="OperationCanceledException"/>.</remarks>
    public async IAsyncEnumerable<IReadOnlyList<ViewGeneration>> WatchAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        List<ViewGeneration>? last = null;
        while (true)
        {
            var rings = _bell.Rings;
            var live = await _database.ReadAsync(ViewGenerations.ReadLive, cancellationToken).ConfigureAwait(false);
            if (last is null || !live.SequenceEqual(last))
            {
                last = live;
                yield return live;
            }

            await _bell.WaitAsync(rings, cancellationToken).ConfigureAwait(false);
        }
    }

    public async Task<ViewGeneration> OpenAsync(View view, CancellationToken cancellationToken)
    {
        var live = await _database.ReadAsync(connection => ViewGenerations.FindLive(connection, view.Name), cancellationToken).ConfigureAwait(false);
        if (live is not null)
        {
            return live;
        }

        var opened = await _database.WriteAsync(
            connection =>
            {
                // Another process may have been first.
                if (ViewGenerations.FindLive(connection, view.Name) is { } other)
                {
                    return other;
                }

                var added = ViewGenerations.Add(connection, view, _time.GetUtcNow());
                ViewGenerations.SetLive(connection, view.Name, added.Number);
                return added with { IsLive = true };
            },
            cancellationToken).ConfigureAwait(false);
        Ring();
        return opened;
    }

    public Task<IReadOnlyList<StoredDocument<TDocument>>> LoadAsync<TDocument>(
        View<TDocument> view, ViewGeneration generation, IReadOnlyCollection<string> ids, CancellationToken cancellationToken)
        where TDocument : class
    {
        CheckIsOf(view, generation);
        return _database.ReadAsync<IReadOnlyList<StoredDocument<TDocument>>>(
            connection => ViewGenerations.Find(connection, view.Name, generation.Number) is null
                ? []
                : ReadByIds(connection, view, generation.Number, ids),
            cancellationToken);
    }

    public async Task<ViewGeneration?> CommitAsync<TDocument>(
        View<TDocument> view, ViewCommit<TDocument> commit, CancellationToken cancellationToken)
        where TDocument : class
    {
        var generation = commit.Generation;
        CheckIsOf(view, generation);
        ArgumentOutOfRangeException.ThrowIfLessThan(commit.Position, generation.Position, nameof(commit));
        using var batch = ViewBatch.Of(view, commit.Upserts);
        var committed = await _database.WriteAsync(
            connection =>
            {
                if (!ViewGenerations.TryAdvance(connection, generation, commit.Position, _time.GetUtcNow()))
                {
                    return null;
                }

                if (commit.Upserts.Count > 0)
                {
                    batch.Write(connection.Prepare(ViewTable.Upsert(view, generation.Number)));
                }

                foreach (var id in commit.Deletes)
                {
                    connection.Prepare(ViewTable.Delete(view.Name, generation.Number)).Bind(1, id).Run();
                }

                return ViewGenerations.Find(connection, view.Name, generation.Number);
            },
            cancellationToken).ConfigureAwait(false);
        if (committed is not null)
        {
            Ring();
        }

        return committed;
    }

    public async Task<ViewGeneration?> TakeAsync(ViewGeneration seen, string owner, CancellationToken cancellationToken)
    {
        var taken = await _database.WriteAsync(
            connection => ViewGenerations.TryTake(connection, seen, owner) ? ViewGenerations.Find(connection, seen.View, seen.Number) : null,
            cancellationToken).ConfigureAwait(false);
        if (taken is not null)
        {
            Ring();
        }

        return taken;
    }

    public async Task ReleaseAsync(ViewGeneration held, CancellationToken cancellationToken)
    {
        if (await _database.WriteAsync(connection => ViewGenerations.TryRelease(connection, held), cancellationToken).ConfigureAwait(false))
        {
            Ring();
        }
    }

    public Task<IReadOnlyList<ViewWorker>> BeatAsync(ViewWorker worker, CancellationToken cancellationToken)
        => _database.WriteAsync(connection => ViewWorkers.Beat(connection, worker), cancellationToken);

    public Task ForgetAsync(ViewWorker seen, CancellationToken cancellationToken)
        => _database.WriteAsync(
            connection =>
            {
                ViewWorkers.Forget(connection, seen);
                return true;
            },
            cancellationToken);

    public async Task ReportFaultAsync(ViewGeneration generation, string fault, CancellationToken cancellationToken)
    {
        if (await _database.WriteAsync(
            connection => ViewGenerations.TrySetFault(connection, generation, fault, _time.GetUtcNow()), cancellationToken).ConfigureAwait(false))
        {
            Ring();
        }
    }

    public Task<ViewGeneration> StartGenerationAsync(View view, CancellationToken cancellationToken)
        => _database.WriteAsync(connection => ViewGenerations.Add(connection, view, _time.GetUtcNow()), cancellationToken);

    /// <inheritdoc/>
    /// <remarks>
    /// The generation keeps its epoch and position, so who built it goes on to commit to it. The old one's record is
    /// removed, so there is nothing any more that a commit of its worker could match.
    /// </remarks>
    public async Task<bool> SwapAsync(ViewGeneration generation, CancellationToken cancellationToken)
    {
        var (isLive, replaced) = await _database.WriteAsync<(bool, ViewGeneration?)>(
            connection =>
            {
                var live = ViewGenerations.FindLive(connection, generation.View);
                var next = ViewGenerations.Find(connection, generation.View, generation.Number);
                if (next is null || live?.Position > next.Position)
                {
                    return (false, null);
                }

                if (live?.Number == next.Number)
                {
                    return (true, null);
                }

                ViewGenerations.SetLive(connection, next.View, next.Number);
                if (live is not null)
                {
                    ViewGenerations.Remove(connection, live.View, live.Number);
                }

                return (true, live);
            },
            cancellationToken).ConfigureAwait(false);
        if (isLive)
        {
            Ring();
        }

        if (replaced is not null)
        {
            LogSwapped(_logger, generation.View, replaced.Number, generation.Number);
        }

        return isLive;
    }

    public Task DropGenerationAsync(ViewGeneration generation, CancellationToken cancellationToken)
        => _database.WriteAsync(
            connection =>
            {
                if (ViewGenerations.FindLivePosition(connection, generation.View).Number == generation.Number)
                {
                    throw new InvalidOperationException($"Generation {generation.Number} of '{generation.View}' is live: queries read it.");
                }

                ViewGenerations.Remove(connection, generation.View, generation.Number);
                return true;
            },
            cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await _database.DisposeAsync().ConfigureAwait(false);
        _bell.Dispose();
    }

    private static List<StoredDocument<TDocument>> ReadByIds<TDocument>(
        ViewConnection connection, View<TDocument> view, int number, IReadOnlyCollection<string> ids)
        where TDocument : class
    {
        var find = connection.Prepare(ViewTable.Find(view.Name, number));
        List<StoredDocument<TDocument>> found = new(ids.Count);
        foreach (var id in ids.Count == 1 ? ids : ids.Distinct(StringComparer.Ordinal))
        {
            if (find.Bind(1, id).Step())
            {
                found.Add(ReadDocument(find, id, view));
                find.Reset();
            }
        }

        return found;
    }

    private static StoredDocument<TDocument> ReadDocument<TDocument>(ViewStatement row, string id, View<TDocument> view)
        where TDocument : class
        => new(id, row.Long(0), JsonSerializer.Deserialize(row.Utf8(1), view.Json)
            ?? throw new JsonException($"The document '{id}' of the view '{view.Name}' is null."));

    private static void CheckIsOf(View view, ViewGeneration generation)
    {
        if (view.Name != generation.View)
        {
            throw new ArgumentException($"The generation is of the view '{generation.View}', not of '{view.Name}'.", nameof(generation));
        }
    }

    /// <summary>What was committed stays so when the ring fails: who waits looks by himself after a while.</summary>
    private void Ring()
    {
        try
        {
            _bell.Ring();
        }
        catch (IOException e)
        {
            LogNotRung(_logger, e);
        }
    }

    [LoggerMessage(1112, LogLevel.Information, "View {View} swapped: generation {Old} was dropped, generation {New} is live.")]
    private static partial void LogSwapped(ILogger logger, string view, int old, int @new);

    [LoggerMessage(1113, LogLevel.Warning, "Other processes could not be told of a change in the view store; they see it when they next look.")]
    private static partial void LogNotRung(ILogger logger, Exception e);
}
