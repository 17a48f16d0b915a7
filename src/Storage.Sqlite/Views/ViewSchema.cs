using Orderly.ReadModels.ViewStore;

namespace Orderly.Storage.Sqlite;

/// <summary>The tables of the views' file, besides those that hold documents.</summary>
internal static class ViewSchema
{
    /// <summary>The size of the file's pages. An order of 1 to 2 KB fits several times into one, with little left over.</summary>
    public const int PageKiB = 8;

    private const int Version = 3;

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
            epoch INTEGER NOT NULL, owner TEXT, fault TEXT, updated_at TEXT NOT NULL, PRIMARY KEY (view, number, idx)) WITHOUT ROWID
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

    /// <summary>Makes the tables when they are not there, and sees that this is a file that this code understands.</summary>
    /// <exception cref="ViewStoreFormatException">The file has another schema version.</exception>
    public static void Prepare(Connection connection)
    {
        if (IsCurrent(connection))
        {
            return;
        }

        connection.Execute($"PRAGMA page_size = {PageKiB * 1024}");
        connection.Execute("PRAGMA journal_mode = WAL");
        connection.BeginImmediate();

        // Another process may have been first.
        if (!IsCurrent(connection))
        {
            foreach (var table in s_tables)
            {
                connection.Execute(table);
            }

            connection.Execute($"PRAGMA user_version = {Version}");
        }

        connection.Commit();
    }

    private static bool IsCurrent(Connection connection)
    {
        using var version = connection.PrepareOnce("PRAGMA user_version");
        version.Step();
        return version.Int(0) switch
        {
            0 => false,
            Version => true,
            var other => throw new ViewStoreFormatException(
                $"The view store's file has schema version {other}; this program knows {Version}. Run the program that wrote it, or let this one build the views anew in another file."),
        };
    }
}
