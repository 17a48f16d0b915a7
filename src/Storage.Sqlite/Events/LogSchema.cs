using Orderly.Domain.EventStore;

namespace Orderly.Storage.Sqlite;

/// <summary>The log's file: its tables, the version of their layout, and how durable they are.</summary>
internal static class LogSchema
{
    private const int Version = 1;
    private const int PageKiB = 4;

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

    /// <summary><c>identity</c> has one row: which log this is, and how often it was probed whether the file can be written.</summary>
    private static LayoutAddition Identity() => new(
        "SELECT count(*) FROM sqlite_master WHERE name = 'identity'",
        $"CREATE TABLE identity (log TEXT NOT NULL, probes INTEGER NOT NULL); "
        + $"INSERT INTO identity VALUES ('{Guid.NewGuid()}', 0)");

    public static DatabaseFile FileOf(SqliteEventStoreOptions options)
    {
        var path = Path.GetFullPath(options.Path);
        return new DatabaseFile
        {
            Path = path,
            Version = Version,
            Tables = Layout,
            Addition = Identity(),
            PageKiB = PageKiB,
            ReaderCacheKiB = 4 * 1024,

            // A commit is on the disk when it returns. Erased data is overwritten, not only unlinked. Checkpoints are the store's
            // own, so that none happens inside a commit.
            WriterSettings = $"""
                PRAGMA synchronous = FULL; PRAGMA secure_delete = ON; PRAGMA wal_autocheckpoint = 0; PRAGMA temp_store = MEMORY;
                PRAGMA journal_size_limit = {options.CheckpointPages * PageKiB * 1024}
                """,
            BusyTimeout = options.BusyTimeout,
            Store = typeof(SqliteEventStore),
            Unavailable = e => new EventStoreUnavailableException($"The event store's file can't be used now: {e.Message}", e),
            OtherVersion = version => new InvalidOperationException(
                $"The event store {path} has schema version {version}; this program knows version {Version}. "
                + "Run the program that made it, or a newer one."),
        };
    }
}
