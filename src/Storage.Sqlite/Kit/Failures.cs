using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Orderly.Storage.Sqlite;

/// <summary>What SQLite's results (<c>sqlite.org/rescode.html</c>) and the file system's errors mean to both stores.</summary>
internal static class Failures
{
    /// <summary>Whether another connection is in the way. That passes, so the call is worth another try.</summary>
    public static bool IsBusy(SqliteException failure)
        => failure.SqliteErrorCode is raw.SQLITE_BUSY or raw.SQLITE_LOCKED or raw.SQLITE_PROTOCOL;

    /// <summary>Whether the file, the disk or the system is at fault. Anything else is a mistake in a program.</summary>
    public static bool IsUnavailable(Exception failure) => failure switch
    {
        SqliteException e => IsBusy(e) || e.SqliteErrorCode
            is raw.SQLITE_IOERR or raw.SQLITE_FULL or raw.SQLITE_CANTOPEN or raw.SQLITE_READONLY or raw.SQLITE_PERM
            or raw.SQLITE_CORRUPT or raw.SQLITE_NOTADB or raw.SQLITE_NOMEM or raw.SQLITE_NOLFS,
        IOException or UnauthorizedAccessException => true,
        _ => false,
    };
}
