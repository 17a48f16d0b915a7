using System.Runtime.CompilerServices;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Orderly.ReadModels.ViewStore;

namespace Orderly.Storage.Sqlite;

/// <summary>
/// The view store in one SQLite file, which several processes on one machine can share. Safe for concurrent use.
/// </summary>
/// <remarks>Documents, parked events, checkpoints and fencing epochs are in the same file, so one transaction holds them all.</remarks>
public sealed partial class SqliteViewStore : IViewStore, IAsyncDisposable
{
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly ViewDatabase _database;
    private readonly Doorbell _bell;

    /// <param name="time">Says when a partition was updated and a generation retired.</param>
    /// <exception cref="ViewStoreUnavailableException">The directory can't be made or written.</exception>
    public SqliteViewStore(SqliteViewStoreOptions options, TimeProvider time, ILogger<SqliteViewStore> logger)
    {
        options.Validate();
        (_time, _logger) = (time, logger);
        var file = ViewSchema.FileOf(options);
        try
        {
            _bell = new Doorbell(file.Path, logger);
        }
        catch (Exception e) when (Failures.IsUnavailable(e))
        {
            throw file.Unavailable(e);
        }

        _database = new ViewDatabase(options, file, _bell.Ring, logger);
    }

    public Task<ViewSnapshot<TDocument>> FindAsync<TDocument>(
        View<TDocument> view, IReadOnlyCollection<string> ids, long? after, CancellationToken cancellationToken)
        where TDocument : class
        => ReadLiveAsync<ViewSnapshot<TDocument>>(
            view, (connection, number, position) => new(number == 0 ? [] : ReadByIds(connection, view, number, ids, after), position),
            cancellationToken);

    public Task<ViewSnapshot<TDocument>> QueryAsync<TDocument>(View<TDocument> view, ViewQuery query, CancellationToken cancellationToken)
        where TDocument : class
    {
        query.Validate(view);
        return ReadLiveAsync<ViewSnapshot<TDocument>>(
            view, (connection, number, position) => new(number == 0 ? [] : Search(connection, view, number, query), position),
            cancellationToken);
    }

    public Task<GraphSnapshot> WalkAsync(View view, GraphQuery query, CancellationToken cancellationToken)
    {
        var graph = query.GraphOf(view);
        return ReadLiveAsync<GraphSnapshot>(
            view, (connection, number, position) => new(number == 0 ? [] : ViewWalk.Run(connection, view, number, graph, query), position),
            cancellationToken);
    }

    public Task<IReadOnlyList<ViewGeneration>> ReadGenerationsAsync(CancellationToken cancellationToken)
        => _database.ReadAsync(ViewGenerations.ReadAll, cancellationToken);

    /// <inheritdoc/>
    /// <remarks>Cancelling it ends it with <see cref="OperationCanceledException"/>.</remarks>
    public async IAsyncEnumerable<IReadOnlyList<ViewGeneration>> WatchAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        IReadOnlyList<ViewGeneration>? last = null;
        while (true)
        {
            var rings = _bell.Rings;
            var generations = await ReadGenerationsAsync(cancellationToken).ConfigureAwait(false);
            if (last is null || !generations.SequenceEqual(last))
            {
                last = generations;
                yield return generations;
            }

            await _bell.WaitAsync(rings, cancellationToken).ConfigureAwait(false);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _database.DisposeAsync().ConfigureAwait(false);
        _bell.Dispose();
    }

    /// <param name="read">Gets the live generation's number, 0 when there is none, and its position.</param>
    private Task<T> ReadLiveAsync<T>(View view, Func<Connection, int, long, T> read, CancellationToken cancellationToken)
        => _database.ReadAsync(
            connection =>
            {
                var (number, position) = ViewGenerations.FindLivePosition(connection, view.Name);
                return read(connection, number, position);
            },
            cancellationToken);

    private static List<StoredDocument<TDocument>> ReadByIds<TDocument>(
        Connection connection, View<TDocument> view, int number, IReadOnlyCollection<string> ids, long? after = null)
        where TDocument : class
    {
        var find = connection.Prepare(ViewTable.Find(view.Name, number));
        List<StoredDocument<TDocument>> found = new(ids.Count);
        foreach (var id in ids.Count == 1 ? ids : ids.Distinct(StringComparer.Ordinal))
        {
            if (find.Bind(1, id).Step())
            {
                if (after is null || find.Long(0) > after)
                {
                    found.Add(ReadDocument(find, id, view));
                }

                find.Reset();
            }
        }

        return found;
    }

    private static StoredDocument<TDocument> ReadDocument<TDocument>(Statement row, string id, View<TDocument> view)
        where TDocument : class
        => IsSound(row, id)
            ? new(id, row.Long(0), JsonSerializer.Deserialize(row.Bytes(1), view.Json)
                ?? throw new JsonException($"The document '{id}' of the view '{view.Name}' is null."))
            : throw new ViewStoreUnavailableException(
                $"The document '{id}' of the view '{view.Name}' is damaged: its checksum is wrong. 'worker replay {view.Name}' builds the "
                + $"view anew, after 'worker check log' has found no fault.");

    private static bool IsSound(Statement row, string id) => row.Long(2) == DocumentProof.Checksum(id, row.Long(0), row.Bytes(1));

    /// <param name="damaged">Takes the ids of documents that are damaged; null: there must be none.</param>
    private static List<StoredDocument<TDocument>> Search<TDocument>(
        Connection connection, View<TDocument> view, int number, ViewQuery query, List<string>? damaged = null)
        where TDocument : class
    {
        var rows = ViewSearch.Prepare(connection, view, number, query);
        List<StoredDocument<TDocument>> found = [];
        while (rows.Step())
        {
            var id = rows.Text(3);
            if (damaged is not null && !IsSound(rows, id))
            {
                damaged.Add(id);
            }
            else
            {
                found.Add(ReadDocument(rows, id, view));
            }
        }

        return found;
    }

    [LoggerMessage(1112, LogLevel.Information, "View {View} swapped: generation {Old} is retired, generation {New} is live.")]
    private static partial void LogSwapped(ILogger logger, string view, int old, int @new);
}
