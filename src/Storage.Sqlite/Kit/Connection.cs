using System.Globalization;
using System.Text;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Orderly.Storage.Sqlite;

/// <summary>
/// A connection to a database file, with the statements that it has prepared. Only <see cref="DatabaseFile"/> opens one. Not safe
/// for concurrent use.
/// </summary>
/// <remarks>
/// One thread at a time uses a connection, so SQLite is told to do without its own mutex: it is a fifth of the time that reading an
/// event takes. A locked file is reported at once; the caller waits (<see cref="DatabaseFile.WhenFreeAsync"/>).
/// </remarks>
internal sealed class Connection : IDisposable
{
    public delegate long Checksum(string text, long number, ReadOnlySpan<byte> bytes);

    /// <summary>How many prepared statements a connection keeps. The log's filters, the views' generations and searches vary.</summary>
    private const int MaxStatements = 128;

    /// <summary>SQLite's number for the secure_delete that costs no further write.</summary>
    private const int Fast = 2;

    /// <summary>How many pages a copy moves between two looks at whether it was cancelled.</summary>
    private const int CopiedPages = 2_000;

    private readonly sqlite3 _database;
    private readonly Dictionary<string, Statement> _statements = new(StringComparer.Ordinal);
    private readonly byte[][] _paths;
    private readonly string _fileSystem;
    private FileIdentity?[]? _files;

    /// <param name="path">The database file.</param>
    /// <param name="fileSystem">One of <see cref="PageChecksums"/>'.</param>
    /// <param name="creates">Whether to make the file when it is not there; its directory has to be.</param>
    /// <exception cref="SqliteException">The file can't be opened.</exception>
    public Connection(string path, string fileSystem, bool creates)
    {
        PageChecksums.Use();
        _fileSystem = fileSystem;
        _paths = [FileIdentity.PathOf(path), FileIdentity.PathOf($"{path}-wal"), FileIdentity.PathOf($"{path}-shm")];
        var flags = raw.SQLITE_OPEN_READWRITE | raw.SQLITE_OPEN_NOMUTEX | (creates ? raw.SQLITE_OPEN_CREATE : 0);
        var result = raw.sqlite3_open_v2(path, out _database, flags, fileSystem);
        try
        {
            Check(result);

            // A prepared statement stays as it is. Else SQLite looks at the value of a LIMIT to plan, and prepares the statement anew
            // whenever it is bound: that is more than twice the time of a small read.
            Check(raw.sqlite3_db_config(_database, raw.SQLITE_DBCONFIG_ENABLE_QPSG, 1, out _));
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>
    /// Makes sure that the files which this connection writes are those that others find at their paths. The first call, right after
    /// the first read, takes them as they are.
    /// </summary>
    /// <returns>The database file's identity.</returns>
    /// <exception cref="FileMovedException">
    /// One was renamed, removed or replaced: what is written to it, nobody would find again.
    /// </exception>
    public FileIdentity? EnsureInPlace()
    {
        _files ??= [.. _paths.Select(FileIdentity.Of)];
        for (var i = 0; i < _paths.Length; i++)
        {
            EnsureOneInPlace(i);
        }

        return _files[0];
    }

    /// <summary>The same of the database file alone, before a commit, after which all are looked at: a look costs a microsecond.</summary>
    public void EnsureFileInPlace()
    {
        if (_files is null)
        {
            EnsureInPlace();
        }
        else
        {
            EnsureOneInPlace(0);
        }
    }

    private void EnsureOneInPlace(int index)
    {
        if (FileIdentity.Of(_paths[index]) != _files![index])
        {
            throw new FileMovedException(Encoding.UTF8.GetString(_paths[index]).TrimEnd('\0'));
        }
    }

    /// <inheritdoc cref="PageChecksums.HasRoom"/>
    public bool HasPageChecksums() => PageChecksums.HasRoom(_database);

    /// <inheritdoc cref="PageChecksums.IsUsed"/>
    public bool ProvesPages() => PageChecksums.IsUsed(_database);

    /// <summary>Gives every page of the file a checksum: a new file from its first page on, another one by writing it anew.</summary>
    public void AddPageChecksums()
    {
        PageChecksums.MakeRoom(_database);
        if (Ask("PRAGMA page_count") > 0)
        {
            Execute("VACUUM");
        }
    }

    /// <summary>Prepares a statement, or answers the one that is prepared already. The connection disposes of it.</summary>
    public Statement Prepare(string sql)
    {
        if (!_statements.TryGetValue(sql, out var statement))
        {
            statement = new Statement(_database, sql);
            _statements.Add(sql, statement);
        }

        return statement;
    }

    /// <summary>Runs statements, separated by semicolons, that are not worth keeping.</summary>
    public void Execute(string sql) => Check(raw.sqlite3_exec(_database, sql));

    /// <summary>
    /// Drops a table of which pages may be damaged. What such a page led to stays taken until the file is written anew; all else can be
    /// used again. The connection has to be closed when it fails.
    /// </summary>
    /// <param name="table">The name as it stands in a statement.</param>
    public void DropDamaged(string table)
    {
        // The list of tables has to be sound, and is at hand from here on. A page that is given up is written, so that nobody finds the
        // damage again.
        Ask("SELECT sum(length(sql)) FROM sqlite_master");
        var erases = Ask("PRAGMA secure_delete");
        PageChecksums.GiveUpDamaged(_database, value: true);
        Execute($"PRAGMA secure_delete = ON; DROP TABLE IF EXISTS {table}; PRAGMA secure_delete = {(erases == Fast ? "FAST" : "ON")}");
        PageChecksums.GiveUpDamaged(_database, value: false);
    }

    /// <summary>Runs a statement that is not worth keeping and answers the first number of its first row; 0 without a row.</summary>
    public long Ask(string sql)
    {
        using var statement = new Statement(_database, sql);
        return statement.FirstLong() ?? 0;
    }

    /// <summary>
    /// Forgets the prepared statements when they have become many. To prepare the few that are in use again costs less than to keep
    /// account of them at every use. No statement that was prepared before can be used after it.
    /// </summary>
    public void BoundStatements()
    {
        if (_statements.Count >= MaxStatements)
        {
            FinalizeStatements();
        }
    }

    /// <summary>Starts a transaction that sees the file as it is at its first read.</summary>
    public void Begin() => Prepare("BEGIN").Run();

    /// <summary>
    /// Starts a transaction that writes; nobody else can until it has ended. It takes the lock at once: one that reads first and turns
    /// writer after another's commit could only fail (result 517), however long it waited.
    /// </summary>
    public void BeginImmediate() => Prepare("BEGIN IMMEDIATE").Run();

    public void Commit() => Prepare("COMMIT").Run();

    /// <summary>How many pages this connection has added to the write-ahead log since it was asked last.</summary>
    public int TakePagesWritten()
    {
        Check(raw.sqlite3_db_status(_database, raw.SQLITE_DBSTATUS_CACHE_WRITE, out var pages, out _, resetFlg: 1));
        return pages;
    }

    /// <summary>
    /// Copies what is left in the write-ahead log into the file, so that the log begins anew; false when readers or another
    /// connection's checkpoint were in the way for longer than <paramref name="wait"/>. Call it between transactions.
    /// </summary>
    /// <param name="truncate">Whether to empty the log's file too; else what it held is overwritten little by little.</param>
    public bool TryEndWal(bool truncate, TimeSpan wait)
    {
        Check(raw.sqlite3_busy_timeout(_database, (int)wait.TotalMilliseconds));
        try
        {
            return Prepare(truncate ? "PRAGMA wal_checkpoint(TRUNCATE)" : "PRAGMA wal_checkpoint(RESTART)").FirstLong() == 0;
        }
        finally
        {
            Check(raw.sqlite3_busy_timeout(_database, 0));
        }
    }

    /// <summary>Prepares a statement that is not worth keeping; the caller disposes of it.</summary>
    public Statement PrepareOnce(string sql) => new(_database, sql);

    /// <summary>
    /// Copies the file, as it is now, into a new one, page by page. Others read and write meanwhile; the write-ahead log is not begun anew
    /// until the copy is made.
    /// </summary>
    /// <param name="onProgress">Called now and then with the pages that are copied and all pages.</param>
    public void CopyTo(string path, Action<long, long> onProgress, CancellationToken cancellationToken)
    {
        // A read transaction keeps the file as it is: else each commit of another process would have the copy begin again.
        Begin();
        Ask("SELECT count(*) FROM sqlite_master");
        using var copy = new Connection(path, _fileSystem, creates: true);
        copy.Execute("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF");
        if (HasPageChecksums())
        {
            // The first page is written first, so that all others get theirs.
            copy.AddPageChecksums();
            var pageBytes = Ask("PRAGMA page_size").ToString(CultureInfo.InvariantCulture);
            copy.Execute($"PRAGMA page_size = {pageBytes}; PRAGMA user_version = 1");
        }

        using var backup = raw.sqlite3_backup_init(copy._database, "main", _database, "main");
        int result;
        do
        {
            cancellationToken.ThrowIfCancellationRequested();
            result = raw.sqlite3_backup_step(backup, CopiedPages);
            var (all, left) = (raw.sqlite3_backup_pagecount(backup), raw.sqlite3_backup_remaining(backup));
            onProgress(all - left, all);
        }
        while (result == raw.SQLITE_OK);
        if (result != raw.SQLITE_DONE)
        {
            SqliteException.ThrowExceptionForRC(result, copy._database);
        }

        Commit();
    }

    /// <summary>
    /// Lets statements ask about two texts by this name. The same texts must always have the same answer. NULL answers false.
    /// </summary>
    public void AddPredicate(string name, Func<string, string, bool> predicate)
        => Check(raw.sqlite3_create_function(
            _database, name, 2, raw.SQLITE_UTF8 | raw.SQLITE_DETERMINISTIC, null, (context, _, arguments) =>
            {
                var first = raw.sqlite3_value_text(arguments[0]).utf8_to_string();
                var second = raw.sqlite3_value_text(arguments[1]).utf8_to_string();
                raw.sqlite3_result_int(context, first is not null && second is not null && predicate(first, second) ? 1 : 0);
            }));

    /// <summary>Lets statements compute the checksum of a text, a number and a text by this name.</summary>
    public void AddChecksum(string name, Checksum checksum)
        => Check(raw.sqlite3_create_function(
            _database, name, 3, raw.SQLITE_UTF8 | raw.SQLITE_DETERMINISTIC, null, (context, _, arguments) =>
                raw.sqlite3_result_int64(context, checksum(
                    raw.sqlite3_value_text(arguments[0]).utf8_to_string(), raw.sqlite3_value_int64(arguments[1]),
                    raw.sqlite3_value_blob(arguments[2])))));

    /// <summary>Closes it; a transaction that was not committed is undone.</summary>
    public void Dispose()
    {
        FinalizeStatements();
        _database.Dispose();
    }

    private void FinalizeStatements()
    {
        foreach (var statement in _statements.Values)
        {
            statement.Dispose();
        }

        _statements.Clear();
    }

    private void Check(int result)
    {
        if (result != raw.SQLITE_OK)
        {
            SqliteException.ThrowExceptionForRC(result, _database);
        }
    }
}
