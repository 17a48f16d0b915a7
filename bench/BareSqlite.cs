using System.Diagnostics;
using Microsoft.Data.Sqlite;

namespace Orderly.Bench;

/// <summary>The ceilings: SQLite by itself, with the rows and the indexes of the log and nothing round it.</summary>
internal static class BareSqlite
{
    /// <summary>
    /// Rows per second, one connection, commits of <paramref name="rowsPerCommit"/> prepared rows, WAL, synchronous=FULL.
    /// </summary>
    public static double MeasureCommits(string directory, int rowsPerCommit, TimeSpan duration)
    {
        using var connection = Open(Path.Combine(directory, "bare.db"));
        Execute(connection, """
            PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;
            CREATE TABLE events(
                position INTEGER PRIMARY KEY, stream TEXT, revision INTEGER, event_id BLOB, type TEXT, recorded_at INTEGER,
                data BLOB, metadata BLOB);
            CREATE UNIQUE INDEX by_stream ON events(stream, revision);
            CREATE INDEX by_event_id ON events(event_id);
            """);
        using var insert = connection.CreateCommand();
        insert.CommandText
            = "INSERT INTO events(stream, revision, event_id, type, recorded_at, data, metadata) VALUES (@s, 0, @i, @t, @r, @d, @m)";
        foreach (var name in (string[])["@s", "@i", "@t", "@r", "@d", "@m"])
        {
            insert.Parameters.Add(new SqliteParameter { ParameterName = name });
        }

        insert.Prepare();

        // The rows are made beforehand: only SQLite is measured.
        var rows = Enumerable.Range(0, 1024).Select(_ => Shop.Encode(Shop.Life("x")[0])).ToArray();
        var count = 0L;
        var watch = Stopwatch.StartNew();
        while (watch.Elapsed < duration)
        {
            using var transaction = connection.BeginTransaction();
            insert.Transaction = transaction;
            for (var i = 0; i < rowsPerCommit; i++)
            {
                var row = rows[count % rows.Length];
                insert.Parameters[0].Value = $"order-{count++:D36}";
                insert.Parameters[1].Value = Guid.CreateVersion7().ToByteArray(bigEndian: true);
                insert.Parameters[2].Value = row.Type;
                insert.Parameters[3].Value = watch.ElapsedTicks;
                insert.Parameters[4].Value = row.Data.ToArray();
                insert.Parameters[5].Value = row.Metadata.ToArray();
                insert.ExecuteNonQuery();
            }

            transaction.Commit();
        }

        return count / watch.Elapsed.TotalSeconds;
    }

    /// <summary>Events per second of reading the whole log, every column, in its order.</summary>
    public static double MeasureScan(string file)
    {
        using var connection = Open(file);
        using var select = connection.CreateCommand();
        select.CommandText = "SELECT position, stream, revision, event_id, type, recorded_at, data, metadata FROM events ORDER BY position";
        var count = 0L;
        var bytes = 0L;
        var watch = Stopwatch.StartNew();
        using var reader = select.ExecuteReader();
        while (reader.Read())
        {
            count++;
            bytes += reader.GetInt64(0) + reader.GetString(1).Length + reader.GetInt64(2) + reader.GetFieldValue<byte[]>(3).Length
                + reader.GetString(4)
                    .Length + reader.GetInt64(5) + reader.GetFieldValue<byte[]>(6)
                    .Length + reader.GetFieldValue<byte[]>(7)
                    .Length;
        }

        return bytes == 0 ? 0 : count / watch.Elapsed.TotalSeconds;
    }

    private static SqliteConnection Open(string file)
    {
        SQLitePCL.Batteries.Init();
        var connection = new SqliteConnection($"Data Source={file};Pooling=False");
        connection.Open();
        return connection;
    }

    private static void Execute(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
