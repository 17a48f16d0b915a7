using Microsoft.Data.Sqlite;
using Orderly.Domain.EventStore;
using SQLitePCL;

namespace Orderly.Storage.Sqlite;

/// <summary>Tells a database that can't be used now from a mistake in this program.</summary>
internal static class SqliteFailures
{
    /// <summary>What the caller gets for <paramref name="failure"/>.</summary>
    public static Exception ToPort(Exception failure) => failure switch
    {
        SqliteException e when !IsMistake(e) => new EventStoreUnavailableException($"The event store's database can't be used now: {e.Message}", e),
        IOException or UnauthorizedAccessException => new EventStoreUnavailableException($"The event store's files can't be used now: {failure.Message}", failure),
        _ => failure,
    };

    private static bool IsMistake(SqliteException e)
        => e.SqliteErrorCode is raw.SQLITE_ERROR or raw.SQLITE_CONSTRAINT or raw.SQLITE_MISMATCH or raw.SQLITE_MISUSE or raw.SQLITE_RANGE;
}
