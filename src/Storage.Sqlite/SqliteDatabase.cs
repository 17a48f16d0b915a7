using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Orderly.Storage.Sqlite;

/// <summary>Opens connections to a database file, all with the same durability: WAL, and a commit is on the disk when it returns.</summary>
internal static class SqliteDatabase
{
    /// <summary>Opens a connection that may write; makes the file and its directory when they are not there.</summary>
    /// <param name="path">The database file.</param>
    /// <param name="busyTimeout">How long a statement waits for a lock that another connection holds.</param>
    /// <param name="cacheKiB">How much of the file the connection may keep in memory.</param>
    /// <param name="checkpointPages">How long the write-ahead log may grow before a commit copies it into the file; 0: never.</param>
    public static SqliteConnection OpenWriter(string path, TimeSpan busyTimeout, int cacheKiB, int checkpointPages)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);

        // Erased data is overwritten, not only unlinked.
        return Open(path, busyTimeout, $"""
            PRAGMA journal_mode = WAL;
            PRAGMA synchronous = FULL;
            PRAGMA secure_delete = ON;
            PRAGMA wal_autocheckpoint = {checkpointPages};
            PRAGMA temp_store = MEMORY;
            PRAGMA cache_size = -{cacheKiB};
            """);
    }

    /// <summary>Opens a connection that only reads a database that is there.</summary>
    public static SqliteConnection OpenReader(string path, TimeSpan busyTimeout, int cacheKiB)
        => Open(path, busyTimeout, $"""
            PRAGMA query_only = ON;
            PRAGMA wal_autocheckpoint = 0;
            PRAGMA temp_store = MEMORY;
            PRAGMA cache_size = -{cacheKiB};
            """);

    /// <summary>Runs one or more statements that answer nothing of interest.</summary>
    public static void Execute(this SqliteConnection connection, string sql)
        => SqliteException.ThrowExceptionForRC(raw.sqlite3_exec(connection.Handle, sql), connection.Handle);

    private static SqliteConnection Open(string path, TimeSpan busyTimeout, string pragmas)
    {
        Batteries.Init();
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder
        {
            DataSource = path,
            Mode = SqliteOpenMode.ReadWriteCreate,
            ForeignKeys = false,
            Pooling = false,
            DefaultTimeout = Math.Max(1, (int)busyTimeout.TotalSeconds),
        }.ToString());
        try
        {
            connection.Open();
            SetBusyTimeout(connection, busyTimeout);
            connection.Execute(pragmas);
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>Changes how long the connection's statements wait for a lock; zero: not at all.</summary>
    public static void SetBusyTimeout(SqliteConnection connection, TimeSpan busyTimeout)
        => SqliteException.ThrowExceptionForRC(
            raw.sqlite3_busy_timeout(connection.Handle, (int)busyTimeout.TotalMilliseconds), connection.Handle);
}
