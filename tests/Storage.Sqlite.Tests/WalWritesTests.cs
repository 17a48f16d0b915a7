using System.Globalization;
using Microsoft.Data.Sqlite;
using Orderly.Storage.Sqlite.Tests.Events;

namespace Orderly.Storage.Sqlite.Tests;

/// <summary>What reaches the write-ahead log, and when, although its writes are gathered.</summary>
public sealed class WalWritesTests : IDisposable
{
    private const int FrameBytes = 24 + 4096;
    private const int LogHeaderBytes = 32;

    private readonly TestFiles _files = new();
    private readonly SqliteConnection _writer;

    public WalWritesTests()
    {
        Directory.CreateDirectory(_files.Directory);
        PageChecksums.Use();
        _writer = Connect(PageChecksums.FileSystem);

        // So small a cache gives pages to the log before the commit.
        Execute(_writer, """
            PRAGMA page_size = 4096; PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0; PRAGMA cache_size = 10;
            CREATE TABLE rows (id INTEGER PRIMARY KEY, content BLOB)
            """);
    }

    public void Dispose()
    {
        _writer.Dispose();
        _files.Dispose();
    }

    [Theory]
    [InlineData("NORMAL", 1)]
    [InlineData("NORMAL", 20)]
    [InlineData("NORMAL", 500)]
    [InlineData("FULL", 20)]
    public void A_commit_is_in_the_file_when_it_has_returned(string synchronous, int rows)
    {
        Execute(_writer, $"PRAGMA synchronous = {synchronous}");
        for (var commit = 1; commit <= 3; commit++)
        {
            Insert(_writer, rows);

            using var other = Connect(null);
            Assert.Equal(commit * rows, Ask(other, "SELECT count(*) FROM rows WHERE length(content) = 3000"));
            Assert.Equal("ok", Text(other, "PRAGMA integrity_check"));
            Assert.Equal(0, (new FileInfo(Path + "-wal").Length - LogHeaderBytes) % FrameBytes);
        }
    }

    [Fact]
    public void A_transaction_reads_the_pages_that_it_gave_to_the_log()
    {
        Execute(_writer, "BEGIN");
        Insert(_writer, 200);
        Assert.Equal(200, Ask(_writer, "SELECT count(*) FROM rows WHERE length(content) = 3000"));
        Execute(_writer, "ROLLBACK");
        Assert.Equal(0, Ask(_writer, "SELECT count(*) FROM rows"));
    }

    /// <summary>Both would have the same place in the log.</summary>
    [Theory]
    [InlineData(12)]
    [InlineData(30)]
    [InlineData(300)]
    public void What_a_transaction_gave_up_does_not_overwrite_what_another_connection_commits(int rows)
    {
        Insert(_writer, 40);
        using var other = Connect(PageChecksums.FileSystem);
        for (var round = 1; round <= 5; round++)
        {
            // While it rolls back, SQLite reads its first page again: from the database now, not from the log.
            Execute(_writer, "PRAGMA wal_checkpoint(TRUNCATE)");
            Execute(_writer, "BEGIN");
            Insert(_writer, rows);
            Execute(_writer, "ROLLBACK");
            Insert(other, 40);

            Assert.Equal(40 + round * 40, Ask(_writer, "SELECT count(*) FROM rows WHERE length(content) = 3000"));
            Assert.Equal("ok", Text(_writer, "PRAGMA integrity_check"));
        }

        using var plain = Connect(null);
        Assert.Equal("ok", Text(plain, "PRAGMA integrity_check"));
    }

    [Fact]
    public void Part_of_a_transaction_that_was_given_up_is_not_in_its_commit()
    {
        Execute(_writer, "BEGIN");
        Insert(_writer, 30);
        Execute(_writer, "SAVEPOINT part");
        Insert(_writer, 100);
        Execute(_writer, "ROLLBACK TO part");
        Insert(_writer, 5);
        Execute(_writer, "COMMIT");

        using var plain = Connect(null);
        Assert.Equal(35, Ask(plain, "SELECT count(*) FROM rows WHERE length(content) = 3000"));
        Assert.Equal("ok", Text(plain, "PRAGMA integrity_check"));
    }

    private string Path => System.IO.Path.Combine(_files.Directory, "rows.db");

    private SqliteConnection Connect(string? fileSystem)
    {
        var connection = new SqliteConnection(
            new SqliteConnectionStringBuilder { DataSource = Path, Pooling = false, Vfs = fileSystem }.ToString());
        connection.Open();
        return connection;
    }

    private static void Insert(SqliteConnection connection, int rows)
        => Execute(connection, string.Create(CultureInfo.InvariantCulture, $"""
            WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows})
            INSERT INTO rows (content) SELECT randomblob(3000) FROM n
            """));

    private static void Execute(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    private static long Ask(SqliteConnection connection, string sql) => (long)Answer(connection, sql);

    private static string Text(SqliteConnection connection, string sql) => (string)Answer(connection, sql);

    private static object Answer(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteScalar()!;
    }
}
