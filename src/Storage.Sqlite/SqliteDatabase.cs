using System.Diagnostics;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Orderly.Storage.Sqlite;

/// <summary>
/// Opens connections to a database file, all with the same durability: WAL, and a commit is on the disk when it returns.
/// A connection is used by one thread at a time, so SQLite is told to do without its own locks: they are a fifth of the
/// time that reading an event takes. No statement waits for a lock: see <see cref="SqliteEngine"/>.
/// </summary>
internal static class SqliteDatabase
{
    /// <summary>Opens a connection that may write; makes the file and its directory when they are not there.</summary>
    /// <param name="path">The database file.</param>
    /// <param name="cacheKiB">How much of the file the connection may keep in memory.</param>
    public static sqlite3 OpenWriter(string path, int cacheKiB)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);

        // Erased data is overwritten, not only unlinked. Checkpoints are the caller's, so that none happens inside a commit.
        return Open(path, create: raw.SQLITE_OPEN_CREATE, $"""
            PRAGMA journal_mode = WAL;
            PRAGMA synchronous = FULL;
            PRAGMA secure_delete = ON;
            PRAGMA wal_autocheckpoint = 0;
            PRAGMA foreign_keys = OFF;
            PRAGMA temp_store = MEMORY;
            PRAGMA cache_size = -{cacheKiB};
            """);
    }

    /// <summary>Opens a connection that only reads a database that is there.</summary>
    /// <param name="path">The database file.</param>
    /// <param name="cacheKiB">How much of the file the connection may keep in memory.</param>
    /// <param name="mapBytes">How much of the file is mapped into memory instead: reads of it need no system call and no copy.</param>
    public static sqlite3 OpenReader(string path, int cacheKiB, long mapBytes)
        => Open(path, create: 0, $"""
            PRAGMA query_only = ON;
            PRAGMA mmap_size = {mapBytes};
            PRAGMA wal_autocheckpoint = 0;
            PRAGMA temp_store = MEMORY;
            PRAGMA cache_size = -{cacheKiB};
            """);

    /// <summary>Runs one or more statements that answer nothing of interest.</summary>
    public static void Execute(this sqlite3 database, string sql) => database.Check(raw.sqlite3_exec(database, sql));

    /// <summary>
    /// Repeats what failed because another connection holds a lock, for as long as <paramref name="timeout"/>. It is only
    /// for what happens rarely, such as opening a file while another process recovers it.
    /// </summary>
    public static T WhileBusy<T>(TimeSpan timeout, Func<T> action)
    {
        var started = Stopwatch.GetTimestamp();
        while (true)
        {
            try
            {
                return action();
            }
            catch (SqliteException e) when (IsBusy(e) && Stopwatch.GetElapsedTime(started) < timeout)
            {
                Thread.Sleep(1);
            }
        }
    }

    /// <summary>Whether another connection was in the way.</summary>
    public static bool IsBusy(SqliteException e) => e.SqliteErrorCode == raw.SQLITE_BUSY;

    /// <summary>Throws the <see cref="SqliteException"/> that a function's result stands for, if it stands for one.</summary>
    public static void Check(this sqlite3 database, int result)
    {
        if (result != raw.SQLITE_OK)
        {
            SqliteException.ThrowExceptionForRC(result, database);
        }
    }

    private static sqlite3 Open(string path, int create, string pragmas)
    {
        SqliteEngine.Init();
        var result = raw.sqlite3_open_v2(path, out var database, raw.SQLITE_OPEN_READWRITE | raw.SQLITE_OPEN_NOMUTEX | create, null);
        try
        {
            database.Check(result);
            database.Execute(pragmas);
            return database;
        }
        catch
        {
            database.Dispose();
            throw;
        }
    }
}
