using System.Diagnostics;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Orderly.Storage.Sqlite;

/// <summary>
/// Opens connections to a database file, all with the same durability: WAL, and a commit is on the disk when it returns.
/// A connection is used by one thread at a time, so SQLite is told to do without its own locks: they are a fifth of the
/// time that reading an event takes.
/// </summary>
internal static class SqliteDatabase
{
    /// <summary>Opens a connection that may write; makes the file and its directory when they are not there.</summary>
    /// <param name="path">The database file.</param>
    /// <param name="busyTimeout">How long a statement waits for a lock that another connection holds.</param>
    /// <param name="cacheKiB">How much of the file the connection may keep in memory.</param>
    public static sqlite3 OpenWriter(string path, TimeSpan busyTimeout, int cacheKiB)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);

        // Erased data is overwritten, not only unlinked. Checkpoints are the caller's, so that none happens inside a commit.
        return Open(path, busyTimeout, enterWal: true, $"""
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
    /// <param name="busyTimeout">How long a statement waits for a lock that another connection holds.</param>
    /// <param name="cacheKiB">How much of the file the connection may keep in memory.</param>
    /// <param name="mapBytes">How much of the file is mapped into memory instead: reads of it need no system call and no copy.</param>
    public static sqlite3 OpenReader(string path, TimeSpan busyTimeout, int cacheKiB, long mapBytes)
        => Open(path, busyTimeout, enterWal: false, $"""
            PRAGMA query_only = ON;
            PRAGMA mmap_size = {mapBytes};
            PRAGMA wal_autocheckpoint = 0;
            PRAGMA temp_store = MEMORY;
            PRAGMA cache_size = -{cacheKiB};
            """);

    /// <summary>Runs one or more statements that answer nothing of interest.</summary>
    public static void Execute(this sqlite3 database, string sql) => database.Check(raw.sqlite3_exec(database, sql));

    /// <summary>Changes how long the connection's statements wait for a lock; zero: not at all.</summary>
    public static void SetBusyTimeout(this sqlite3 database, TimeSpan busyTimeout)
        => database.Check(raw.sqlite3_busy_timeout(database, (int)busyTimeout.TotalMilliseconds));

    /// <summary>Throws the <see cref="SqliteException"/> that a function's result stands for, if it stands for one.</summary>
    public static void Check(this sqlite3 database, int result)
    {
        if (result != raw.SQLITE_OK)
        {
            SqliteException.ThrowExceptionForRC(result, database);
        }
    }

    private static sqlite3 Open(string path, TimeSpan busyTimeout, bool enterWal, string pragmas)
    {
        Batteries.Init();
        var result = raw.sqlite3_open_v2(
            path, out var database, raw.SQLITE_OPEN_READWRITE | raw.SQLITE_OPEN_CREATE | raw.SQLITE_OPEN_NOMUTEX, null);
        try
        {
            database.Check(result);
            database.SetBusyTimeout(busyTimeout);
            if (enterWal)
            {
                EnterWal(database, busyTimeout);
            }

            database.Execute(pragmas);
            return database;
        }
        catch
        {
            database.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Turns on the write-ahead log, which the file remembers. SQLite does not wait for the lock that this needs once in
    /// the file's life, and processes may open a new file together.
    /// </summary>
    private static void EnterWal(sqlite3 database, TimeSpan busyTimeout)
    {
        var started = Stopwatch.GetTimestamp();
        int result;
        while ((result = raw.sqlite3_exec(database, "PRAGMA journal_mode = WAL")) == raw.SQLITE_BUSY && Stopwatch.GetElapsedTime(started) < busyTimeout)
        {
            Thread.Sleep(1);
        }

        database.Check(result);
    }
}
