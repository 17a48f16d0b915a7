using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Orderly.Storage.Sqlite;

/// <summary>A connection to the views' file with the statements it has prepared. Not safe for concurrent use.</summary>
/// <remarks>
/// It never waits for a lock: a busy file is reported at once, and who called waits without a thread (<see cref="ViewDatabase"/>).
/// </remarks>
internal sealed class Connection : IDisposable
{
    private readonly SqliteConnection _connection;
    private readonly sqlite3 _database;
    private readonly int _maxStatements;
    private readonly Dictionary<string, Statement> _statements = new(StringComparer.Ordinal);

    public Connection(SqliteViewStoreOptions options, bool writes)
    {
        _maxStatements = options.PreparedStatements;
        var settings = new SqliteConnectionStringBuilder { DataSource = options.Path, Mode = SqliteOpenMode.ReadWriteCreate, Pooling = false };
        _connection = new SqliteConnection(settings.ToString());
        try
        {
            _connection.Open();
            _database = _connection.Handle!;
            raw.sqlite3_busy_timeout(_database, 0);
            ViewSchema.Prepare(this);
            Execute($"PRAGMA cache_size = -{(writes ? options.WriteCacheKiB : options.ReadCacheKiB)}");
            if (writes)
            {
                // A view is derived from the log. Without a sync at each commit, a power loss may undo the last commits,
                // but each as a whole, documents and checkpoint: they are made again from the log. A process that is
                // killed loses nothing.
                Execute("PRAGMA synchronous = NORMAL");

                // What a document held before is overwritten in the page that is written anyway; the free pages that a
                // dropped generation leaves are overwritten when they are used again.
                Execute("PRAGMA secure_delete = FAST");
                Execute($"PRAGMA wal_autocheckpoint = {options.CheckpointKiB / ViewSchema.PageKiB}");
            }
            else
            {
                Execute("PRAGMA query_only = ON");
                Execute($"PRAGMA mmap_size = {options.MemoryMapMiB * 1024L * 1024}");
                _connection.CreateFunction<string?, string, bool>(
                    ViewSearch.ContainsFunction,
                    static (text, part) => text is not null && text.Contains(part, StringComparison.OrdinalIgnoreCase),
                    isDeterministic: true);
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>How many rows the last statement changed.</summary>
    public int Changes => raw.sqlite3_changes(_database);

    /// <summary>The statement, prepared; the same one each time.</summary>
    public Statement Prepare(string sql)
    {
        if (_statements.TryGetValue(sql, out var statement))
        {
            return statement;
        }

        statement = PrepareOnce(sql);
        _statements.Add(sql, statement);
        return statement;
    }

    /// <summary>The statement, prepared for one use: the caller disposes of it.</summary>
    public Statement PrepareOnce(string sql) => new(_database, sql);

    /// <summary>Runs a statement that is not worth to be kept.</summary>
    public void Execute(string sql)
    {
        using var statement = PrepareOnce(sql);
        statement.Run();
    }

    /// <summary>Starts a transaction that sees the file as it is at its first read.</summary>
    public void Begin()
    {
        BoundStatements();
        Prepare("BEGIN").Run();
    }

    /// <summary>Starts a transaction that writes; nobody else can until it has ended.</summary>
    public void BeginImmediate()
    {
        BoundStatements();
        Prepare("BEGIN IMMEDIATE").Run();
    }

    public void Commit() => Prepare("COMMIT").Run();

    /// <summary>Moves the whole log into the database file and empties it. False when a reader took longer than the wait.</summary>
    public bool TryEmptyLog(TimeSpan wait)
    {
        raw.sqlite3_busy_timeout(_database, (int)wait.TotalMilliseconds);
        try
        {
            var checkpoint = Prepare("PRAGMA wal_checkpoint(TRUNCATE)");
            var emptied = checkpoint.Step() && checkpoint.Long(0) == 0;
            checkpoint.Reset();
            return emptied;
        }
        finally
        {
            raw.sqlite3_busy_timeout(_database, 0);
        }
    }

    /// <summary>Closes it; a transaction that was not committed is undone.</summary>
    public void Dispose()
    {
        FinalizeStatements();
        _connection.Dispose();
    }

    private void BoundStatements()
    {
        // Generations come and go and searches vary, so old statements are left over. To prepare the few that are in
        // use again costs less than to keep account of them at every use.
        if (_statements.Count >= _maxStatements)
        {
            FinalizeStatements();
        }
    }

    private void FinalizeStatements()
    {
        foreach (var statement in _statements.Values)
        {
            statement.Dispose();
        }

        _statements.Clear();
    }
}
