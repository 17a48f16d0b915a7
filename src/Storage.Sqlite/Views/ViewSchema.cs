using System.Diagnostics;
using Microsoft.Data.Sqlite;
using Orderly.ReadModels.ViewStore;

namespace Orderly.Storage.Sqlite;

/// <summary>The views' file: its tables, but for those of the documents, the version of their layout, and how durable they are.</summary>
internal static class ViewSchema
{
    /// <summary>The size of the file's pages. A document of 1 to 2 KB fits several times into one, with little left over.</summary>
    public const int PageKiB = 8;

    private const int Version = 5;

    private static readonly string[] s_tables =
    [
        // A generation that is in `live` is live, one with a time in `retired_at` is retired, any other is being built:
        // each is written in one place, so they can't contradict each other.
        """
        CREATE TABLE generations (
            view TEXT NOT NULL, number INTEGER NOT NULL, version INTEGER NOT NULL, declined INTEGER NOT NULL DEFAULT 0, retired_at TEXT,
            PRIMARY KEY (view, number)) WITHOUT ROWID
        """,
        "CREATE TABLE live (view TEXT NOT NULL PRIMARY KEY, number INTEGER NOT NULL) WITHOUT ROWID",
        """
        CREATE TABLE partitions (
            view TEXT NOT NULL, number INTEGER NOT NULL, idx INTEGER NOT NULL, position INTEGER NOT NULL,
            epoch INTEGER NOT NULL, owner TEXT, fault TEXT, updated_at TEXT NOT NULL, mark TEXT,
            PRIMARY KEY (view, number, idx)) WITHOUT ROWID
        """,

        // A document that is not known is NULL, which a key of a table WITHOUT ROWID could not be.
        """
        CREATE TABLE parked (
            view TEXT NOT NULL, number INTEGER NOT NULL, position INTEGER NOT NULL, idx INTEGER NOT NULL, document TEXT,
            stream TEXT NOT NULL, revision INTEGER NOT NULL, type TEXT NOT NULL, reason TEXT NOT NULL, detail TEXT,
            attempts INTEGER NOT NULL, parked_at TEXT NOT NULL, asked INTEGER NOT NULL, UNIQUE (view, number, position, idx, document))
        """,

        // They are counted whenever a partition is read, so not one by one.
        "CREATE INDEX parked_by_partition ON parked (view, number, idx, asked, reason) WHERE reason <> 'Waiting'",
        "CREATE TABLE skipped (view TEXT NOT NULL, position INTEGER NOT NULL, document TEXT, UNIQUE (view, position, document))",
        "CREATE TABLE workers (id TEXT NOT NULL PRIMARY KEY, beat INTEGER NOT NULL, views TEXT NOT NULL) WITHOUT ROWID",
        "CREATE TABLE last_numbers (view TEXT NOT NULL PRIMARY KEY, number INTEGER NOT NULL) WITHOUT ROWID",
    ];

    /// <summary>
    /// Whether a view in the file has read events; true too when the file can't tell. One that somebody is making just now is waited for.
    /// </summary>
    public static bool HasProgress(string path, TimeSpan patience)
    {
        var started = Stopwatch.GetTimestamp();
        while (true)
        {
            try
            {
                using var connection = new Connection(path, PageChecksums.FileSystem, creates: false);
                return connection.Ask("SELECT count(*) FROM sqlite_master WHERE name = 'partitions'") > 0
                    && connection.Ask("SELECT EXISTS (SELECT 1 FROM partitions WHERE position > 0)") > 0;
            }
            catch (SqliteException e) when (Failures.IsBusy(e) && Stopwatch.GetElapsedTime(started) < patience)
            {
                Thread.Sleep(1);
            }
            catch (SqliteException)
            {
                return true;
            }
        }
    }

    public static DatabaseFile FileOf(SqliteViewStoreOptions options) => new()
    {
        Path = Path.GetFullPath(options.Path),
        Version = Version,
        Tables = string.Join(';', s_tables),
        Upgrades = [AddChecksums, DatabaseFile.PageChecksumsOnly],
        FileSystem = PageChecksums.FileSystem,
        PageKiB = PageKiB,
        ReaderCacheKiB = 8 * 1024,

        // A view is derived from the log. Without a sync at each commit, a power loss may undo the last commits, but each as a whole,
        // documents and checkpoint: they are made again from the log. A process that is killed loses nothing.
        // What a document held before is overwritten in the page that is written anyway; the free pages that a dropped generation
        // leaves are overwritten when they are used again.
        // What a statement would have to undo stays in memory: in a file, it would be three times as much to write as the pages themselves.
        WriterSettings =
            "PRAGMA synchronous = NORMAL; PRAGMA secure_delete = FAST; PRAGMA temp_store = MEMORY; "
            + $"PRAGMA wal_autocheckpoint = {options.CheckpointKiB / PageKiB}; PRAGMA journal_size_limit = {options.CheckpointKiB * 1024L}",
        BusyTimeout = options.BusyTimeout,
        Store = typeof(SqliteViewStore),
        Unavailable = e => new ViewStoreUnavailableException($"The view store's file can't be used now: {Failures.Describe(e)}", e),
        OtherVersion = version => new ViewStoreFormatException(
            $"The view store's file has schema version {version}; this program knows {Version}. "
            + "Run the program that wrote it, or let this one build the views anew in another file."),
    };

    /// <summary>From version 3: gives every document its checksum, as it is now, and every partition a place for its mark.</summary>
    private static void AddChecksums(Connection connection)
    {
        connection.Execute("ALTER TABLE partitions ADD COLUMN mark TEXT");
        connection.AddChecksum(DocumentProof.Function, DocumentProof.Checksum);
        List<string> tables = [];
        var generations = connection.Prepare("SELECT view, number FROM generations");
        while (generations.Step())
        {
            tables.Add(ViewTable.NameOf(generations.Text(0), generations.Int(1)));
        }

        foreach (var table in tables)
        {
            connection.Execute(
                $"ALTER TABLE {table} ADD COLUMN checksum INTEGER NOT NULL DEFAULT 0; "
                + $"UPDATE {table} SET checksum = {DocumentProof.Function}(id, position, body)");
        }
    }
}
