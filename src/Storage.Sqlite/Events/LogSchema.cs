using Orderly.Domain.EventStore;

namespace Orderly.Storage.Sqlite;

/// <summary>The log's file: its tables, the version of their layout, and how durable they are.</summary>
internal static class LogSchema
{
    private const int Version = 3;
    private const int PageKiB = 4;

    /// <summary>
    /// The layout. <c>events.position</c> counts from 1 without gaps: an event that was erased leaves a row without stream, type, id and
    /// data. <c>checksum</c> and <c>chain</c> are <see cref="EventProof"/>'s. <c>streams</c> has a row only for a stream that keeps less
    /// than everything, or that was deleted. Event ids are in big-endian byte order, so that the ids of one command are neighbours;
    /// times are UTC ticks of 100 ns.
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
            metadata BLOB NOT NULL,
            checksum INTEGER NOT NULL DEFAULT 0,
            chain INTEGER NOT NULL DEFAULT 0);
        CREATE UNIQUE INDEX events_by_stream ON events (stream, revision);
        CREATE INDEX events_by_id ON events (event_id);
        CREATE TABLE streams (
            stream TEXT PRIMARY KEY,
            deleted INTEGER NOT NULL,
            max_count INTEGER,
            max_age INTEGER,
            truncate_before INTEGER) WITHOUT ROWID;
        """;

    /// <summary>How many rows an upgrade reads before it writes them.</summary>
    private const int UpgradePage = 1000;

    /// <summary>One row: which log this is, and how often it was probed whether the file can be written.</summary>
    private const string Identity = """
        CREATE TABLE identity (log TEXT NOT NULL, probes INTEGER NOT NULL);
        INSERT INTO identity VALUES (lower(hex(randomblob(16))), 0);
        """;

    /// <param name="fileSystem">
    /// How pages are proved: <see cref="PageChecksums.FileSystem"/> refuses a page of rows of which anything has changed.
    /// </param>
    public static DatabaseFile FileOf(SqliteEventStoreOptions options, string fileSystem = PageChecksums.RowsFileSystem)
    {
        var path = Path.GetFullPath(options.Path);
        return new DatabaseFile
        {
            Path = path,
            Version = Version,
            Tables = Layout + Identity,
            Upgrades = [AddProofs, DatabaseFile.PageChecksumsOnly],
            FileSystem = fileSystem,
            WhyNotNew = () => WitnessOf(path, options.ViewsPath, options.BusyTimeout) is { } witness
                ? $"there is no log in {path}, but {witness} shows that there was one. Restore it ('worker restore'); or remove "
                    + $"{witness} to begin with an empty log."
                : null,
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
            Unavailable = e => new EventStoreUnavailableException($"The event store's file can't be used now: {Failures.Describe(e)}", e),
            OtherVersion = version => new InvalidOperationException(
                $"The event store {path} has schema version {version}; this program knows version {Version}. "
                + "Run the program that made it, or a newer one."),
        };
    }

    /// <summary>What shows that there was a log; null: nothing does.</summary>
    private static string? WitnessOf(string path, string? views, TimeSpan patience)
        => Directory.Exists(Doorbell.DirectoryOf(path)) ? Doorbell.DirectoryOf(path)
            : views is not null && File.Exists(views) && ViewSchema.HasProgress(views, patience) ? views
            : null;

    /// <summary>
    /// From version 1: gives every event its checksum and its place in the chain, as it is now, and every position that was erased a row
    /// of its own. The table <c>head</c>, which knew the last of those, goes. The log gets its identity.
    /// </summary>
    private static void AddProofs(Connection connection)
    {
        connection.Execute("""
            ALTER TABLE events ADD COLUMN checksum INTEGER NOT NULL DEFAULT 0;
            ALTER TABLE events ADD COLUMN chain INTEGER NOT NULL DEFAULT 0
            """);
        var head = connection.Ask("SELECT max((SELECT position FROM head), coalesce((SELECT max(position) FROM events), 0))");
        var page = connection.Prepare($"SELECT {EventRow.Columns} FROM events WHERE position > ?1 ORDER BY position LIMIT {UpgradePage}");
        var prove = connection.Prepare("UPDATE events SET checksum = ?2, chain = ?3 WHERE position = ?1");
        var (at, chain) = (0L, EventProof.Start);
        for (var ended = false; !ended;)
        {
            List<(long Position, long Checksum)> found = new(UpgradePage);
            page.Bind(1, at);
            while (page.Step())
            {
                var row = new EventRow(page);
                found.Add((row.Position, row.ComputeChecksum()));
            }

            ended = found.Count < UpgradePage;
            foreach (var (position, checksum) in found)
            {
                LeaveErased(position - 1);
                (at, chain) = (position, EventProof.Chain(chain, checksum));
                prove.Bind(1, position).Bind(2, checksum).Bind(3, chain).Run();
            }
        }

        LeaveErased(head);
        connection.Execute($"DROP TABLE head; {Identity}");

        void LeaveErased(long to)
        {
            while (at < to)
            {
                chain = EventProof.Chain(chain, 0);
                connection.Prepare("INSERT INTO events VALUES (?1, '', ?1, x'', '', 0, x'', x'', 0, ?2)")
                    .Bind(1, ++at).Bind(2, chain).Run();
            }
        }
    }
}
