using System.Text;
using SQLitePCL;

namespace Orderly.Storage.Sqlite;

/// <summary>
/// A prepared statement on SQLite's own functions. The log's statements run tens of thousands of times a second, where
/// ADO.NET's commands and readers cost more than SQLite does. Not safe for concurrent use.
/// </summary>
internal sealed class SqliteStatement : IDisposable
{
    private const int StackBytes = 1024;

    private readonly sqlite3 _database;
    private readonly sqlite3_stmt _statement;

    public SqliteStatement(sqlite3 database, string sql)
    {
        _database = database;
        Check(raw.sqlite3_prepare_v2(_database, sql, out _statement));
    }

    /// <summary>Sets the parameter at <paramref name="index"/>, from 1. It keeps its value until it is set again.</summary>
    public SqliteStatement Bind(int index, long value)
    {
        Check(raw.sqlite3_bind_int64(_statement, index, value));
        return this;
    }

    /// <inheritdoc cref="Bind(int, long)"/>
    public SqliteStatement Bind(int index, long? value)
    {
        Check(value is { } number ? raw.sqlite3_bind_int64(_statement, index, number) : raw.sqlite3_bind_null(_statement, index));
        return this;
    }

    /// <inheritdoc cref="Bind(int, long)"/>
    public SqliteStatement Bind(int index, ReadOnlySpan<byte> value)
    {
        // An empty span has no address, which SQLite would take for NULL.
        Check(value.IsEmpty ? raw.sqlite3_bind_zeroblob(_statement, index, 0) : raw.sqlite3_bind_blob(_statement, index, value));
        return this;
    }

    /// <inheritdoc cref="Bind(int, long)"/>
    public SqliteStatement Bind(int index, Guid value)
    {
        Span<byte> bytes = stackalloc byte[16];
        value.TryWriteBytes(bytes, bigEndian: true, out _);
        return Bind(index, bytes);
    }

    /// <inheritdoc cref="Bind(int, long)"/>
    public SqliteStatement Bind(int index, string value)
    {
        var most = Encoding.UTF8.GetMaxByteCount(value.Length);
        var buffer = most <= StackBytes ? stackalloc byte[StackBytes] : new byte[most];
        return BindText(index, buffer[..Encoding.UTF8.GetBytes(value, buffer)]);
    }

    /// <summary>Sets a parameter to a text of these UTF-8 bytes; they need not be well-formed, as the end of a range is not.</summary>
    public SqliteStatement BindText(int index, ReadOnlySpan<byte> utf8)
    {
        Check(raw.sqlite3_bind_text(_statement, index, utf8));
        return this;
    }

    /// <summary>Runs a statement that answers no rows.</summary>
    public void Execute()
    {
        using var rows = Query();
        rows.Read();
    }

    /// <summary>Runs a statement that answers no rows; false when another connection holds the lock that it needs.</summary>
    public bool TryExecute()
    {
        var result = raw.sqlite3_step(_statement);
        _ = raw.sqlite3_reset(_statement);
        if (result == raw.SQLITE_BUSY)
        {
            return false;
        }

        Check(result == raw.SQLITE_DONE ? raw.SQLITE_OK : result);
        return true;
    }

    /// <summary>Runs the statement. Dispose the rows at once: until then they hold a snapshot of the database.</summary>
    public Rows Query() => new(this);

    public void Dispose() => _statement.Dispose();

    private void Check(int result) => _database.Check(result);

    /// <summary>The rows of one run. Columns count from 0; spans are valid until the next row.</summary>
    public readonly ref struct Rows(SqliteStatement statement)
    {
        private readonly SqliteStatement _statement = statement;

        public bool Read()
        {
            var result = raw.sqlite3_step(_statement._statement);
            if (result is raw.SQLITE_ROW)
            {
                return true;
            }

            _statement.Check(result == raw.SQLITE_DONE ? raw.SQLITE_OK : result);
            return false;
        }

        public long Int64(int column) => raw.sqlite3_column_int64(_statement._statement, column);

        public long? NullableInt64(int column)
            => raw.sqlite3_column_type(_statement._statement, column) == raw.SQLITE_NULL ? null : Int64(column);

        /// <summary>A blob's bytes, or a text's in UTF-8.</summary>
        public ReadOnlySpan<byte> Bytes(int column) => raw.sqlite3_column_blob(_statement._statement, column);

        public string Text(int column) => Encoding.UTF8.GetString(Bytes(column));

        public Guid Guid(int column) => new(Bytes(column), bigEndian: true);

        /// <summary>Ends the run; what it answers repeats an error that <see cref="Read"/> has thrown.</summary>
        public void Dispose() => _ = raw.sqlite3_reset(_statement._statement);
    }
}
