using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Orderly.Storage.Sqlite;

/// <summary>What SQLite's results (<c>sqlite.org/rescode.html</c>) and the file system's errors mean to both stores.</summary>
internal static class Failures
{
    /// <summary>What an operator does about damage.</summary>
    public const string WhatToDo = "'worker check log' says what else is; 'worker restore' brings back a backup.";

    /// <summary>Whether another connection is in the way. That passes, so the call is worth another try.</summary>
    public static bool IsBusy(SqliteException failure)
        => failure.SqliteErrorCode is raw.SQLITE_BUSY or raw.SQLITE_LOCKED or raw.SQLITE_PROTOCOL;

    /// <summary>Whether SQLite met bytes that it can't have written.</summary>
    public static bool IsDamage(SqliteException failure) => failure.SqliteErrorCode is raw.SQLITE_CORRUPT or raw.SQLITE_NOTADB;

    /// <summary>What went wrong, and for damage what to do.</summary>
    public static string Describe(Exception failure)
        => failure is SqliteException e && IsDamage(e) ? $"it is damaged ({e.Message}). {WhatToDo}" : failure.Message;

    /// <summary>Whether the file, the disk or the system is at fault. Anything else is a mistake in a program.</summary>
    public static bool IsUnavailable(Exception failure) => failure switch
    {
        SqliteException e => IsBusy(e) || e.SqliteErrorCode
            is raw.SQLITE_IOERR or raw.SQLITE_FULL or raw.SQLITE_CANTOPEN or raw.SQLITE_READONLY or raw.SQLITE_PERM
            or raw.SQLITE_CORRUPT or raw.SQLITE_NOTADB or raw.SQLITE_NOMEM or raw.SQLITE_NOLFS,
        IOException or UnauthorizedAccessException or InvalidDataException => true,
        _ => false,
    };
}
