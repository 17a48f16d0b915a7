using System.Globalization;
using SQLitePCL;

namespace Orderly.Storage.Sqlite;

/// <summary>The tables of the log, and the version of their layout.</summary>
internal static class LogSchema
{
    private const long Version = 1;

    /// <summary>
    /// The layout. <c>events.position</c> counts from 1; it has gaps only where events were erased. <c>head</c> has one
    /// row: the head of the log at the last erasure, below which no position is given out again. <c>streams</c> has a
    /// row only for a stream that keeps less than everything, or that was deleted. Event ids are in big-endian byte
    /// order, so that the ids of one command are neighbours; times are UTC ticks of 100 ns.
    /// </summary>
    private const string Layout = """
        CREATE TABLE events (
            position INTEGER PRIMARY KEY,
            stream TEXT NOT NULL,
            revision INTEGER NOT NULL,
            event_id BLOB NOT NULL,
            type TEXT NOT NULL,
            recorded_at INTEGER NOT NULL,
            data BLOB NOT NULL,
            metadata BLOB NOT NULL);
        CREATE UNIQUE INDEX events_by_stream ON events (stream, revision);
        CREATE INDEX events_by_id ON events (event_id);
        CREATE TABLE head (position INTEGER NOT NULL);
        INSERT INTO head VALUES (0);
        CREATE TABLE streams (
            stream TEXT PRIMARY KEY,
            deleted INTEGER NOT NULL,
            max_count INTEGER,
            max_age INTEGER,
            truncate_before INTEGER) WITHOUT ROWID;
        """;

    /// <summary>Makes the tables when they are not there. Several processes may do so at the same time.</summary>
    /// <exception cref="InvalidOperationException">A newer program made them.</exception>
    public static void Ensure(sqlite3 database)
    {
        if (ReadVersion(database) == Version)
        {
            return;
        }

        database.Execute("BEGIN IMMEDIATE");
        try
        {
            switch (ReadVersion(database))
            {
                case 0:
                    database.Execute(Layout);
                    database.Execute(string.Create(CultureInfo.InvariantCulture, $"PRAGMA user_version = {Version}"));
                    break;
                case Version:
                    break;
                case var newer:
                    throw new InvalidOperationException(
                        $"The event store {raw.sqlite3_db_filename(database, "main").utf8_to_string()} has schema version {newer}; this program knows version {Version}. Run the program that made it, or a newer one.");
            }

            database.Execute("COMMIT");
        }
        catch
        {
            database.Execute("ROLLBACK");
            throw;
        }
    }

    private static long ReadVersion(sqlite3 database)
    {
        using var statement = new SqliteStatement(database, "PRAGMA user_version");
        using var rows = statement.Query();
        return rows.Read() ? rows.Int64(0) : 0;
    }
}
