using System.Buffers;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Orderly.Storage.Sqlite;

/// <summary>
/// A prepared statement on SQLite's own functions (docs/decisions/0006): JSON goes in and out as the UTF-8 that it is, and
/// nothing is looked up by name for each row. Not safe for concurrent use.
/// </summary>
/// <remarks>
/// Parameters count from 1 and keep their values until they are set again; columns count from 0. Every member throws
/// <see cref="SqliteException"/> when SQLite reports an error.
/// </remarks>
internal sealed unsafe class Statement : IDisposable
{
    private const int StackBytes = 512;

    private readonly sqlite3 _database;
    private readonly sqlite3_stmt _statement;

    /// <summary>The statement itself. A row has a dozen columns, each of which costs less to fetch than to guard its handle.</summary>
    private readonly nint _row;

    public Statement(sqlite3 database, string sql)
    {
        _database = database;
        Check(raw.sqlite3_prepare_v3(database, sql, raw.SQLITE_PREPARE_PERSISTENT, out _statement));
        _row = _statement.DangerousGetHandle();
    }

    public Statement Bind(int parameter, long? value)
    {
        Check(value is { } number ? raw.sqlite3_bind_int64(_statement, parameter, number) : raw.sqlite3_bind_null(_statement, parameter));
        return this;
    }

    public Statement Bind(int parameter, string? value)
    {
        if (value is null)
        {
            Check(raw.sqlite3_bind_null(_statement, parameter));
            return this;
        }

        var most = Encoding.UTF8.GetMaxByteCount(value.Length);
        if (most <= StackBytes)
        {
            Span<byte> utf8 = stackalloc byte[StackBytes];
            return BindText(parameter, utf8[..Encoding.UTF8.GetBytes(value, utf8)]);
        }

        var rented = ArrayPool<byte>.Shared.Rent(most);
        try
        {
            return BindText(parameter, rented.AsSpan(0, Encoding.UTF8.GetBytes(value, rented)));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    /// <summary>Binds an instant as a text; such texts sort as the instants do.</summary>
    public Statement Bind(int parameter, DateTimeOffset value)
        => Bind(parameter, value.UtcDateTime.ToString("O", CultureInfo.InvariantCulture));

    /// <summary>Binds an id as its 16 bytes in big-endian order; such blobs sort as the ids' texts do.</summary>
    public Statement Bind(int parameter, Guid value)
    {
        Span<byte> bytes = stackalloc byte[16];
        value.TryWriteBytes(bytes, bigEndian: true, out _);
        return BindBlob(parameter, bytes);
    }

    /// <summary>Binds a text of these UTF-8 bytes; they need not be well-formed, as the end of a range is not.</summary>
    public Statement BindText(int parameter, ReadOnlySpan<byte> utf8)
    {
        // An empty span has no address, which SQLite would take for NULL.
        Check(utf8.IsEmpty ? raw.sqlite3_bind_text(_statement, parameter, "") : raw.sqlite3_bind_text(_statement, parameter, utf8));
        return this;
    }

    public Statement BindBlob(int parameter, ReadOnlySpan<byte> value)
    {
        Check(value.IsEmpty ? raw.sqlite3_bind_zeroblob(_statement, parameter, 0) : raw.sqlite3_bind_blob(_statement, parameter, value));
        return this;
    }

    /// <summary>Goes to the next row; false, and ready to run again, when there is none.</summary>
    public bool Step()
    {
        var result = raw.sqlite3_step(_statement);
        if (result == raw.SQLITE_ROW)
        {
            return true;
        }

        try
        {
            Check(result);
            return false;
        }
        finally
        {
            Reset();
        }
    }

    /// <summary>Runs a statement from which no rows are wanted.</summary>
    public void Run()
    {
        if (Step())
        {
            Reset();
        }
    }

    /// <summary>Runs a statement and answers the number in the first column of its first row; null when there is no row.</summary>
    public long? FirstLong()
    {
        if (!Step())
        {
            return null;
        }

        var first = Long(0);
        Reset();
        return first;
    }

    /// <summary>Leaves the rows that were not read. The snapshot that they are from is held until then.</summary>
    public void Reset() => raw.sqlite3_reset(_statement); // Its result repeats the error that Step has thrown.

    public bool IsNull(int column) => raw.sqlite3_column_type(_statement, column) == raw.SQLITE_NULL;

    /// <summary>A number; 0 for NULL.</summary>
    public long Long(int column) => ColumnLong(_row, column);

    public long? LongOrNull(int column) => IsNull(column) ? null : Long(column);

    public int Int(int column) => checked((int)Long(column));

    public string Text(int column) => Encoding.UTF8.GetString(Bytes(column));

    public string? TextOrNull(int column) => IsNull(column) ? null : Text(column);

    public DateTimeOffset Time(int column) => DateTimeOffset.ParseExact(Text(column), "O", CultureInfo.InvariantCulture);

    public Guid Guid(int column) => new(Bytes(column), bigEndian: true);

    /// <summary>A blob's bytes, or a text's in UTF-8, valid until the next step.</summary>
    public ReadOnlySpan<byte> Bytes(int column)
    {
        var bytes = ColumnBlob(_row, column);
        return new ReadOnlySpan<byte>(bytes, ColumnLength(_row, column));
    }

    public void Dispose() => _statement?.Dispose();

    // They look at the row that is there: no file, no lock, nothing to wait for.
    [DllImport("e_sqlite3", EntryPoint = "sqlite3_column_int64", CallingConvention = CallingConvention.Cdecl)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories | DllImportSearchPath.AssemblyDirectory)]
    [SuppressGCTransition]
    private static extern long ColumnLong(nint statement, int column);

    [DllImport("e_sqlite3", EntryPoint = "sqlite3_column_blob", CallingConvention = CallingConvention.Cdecl)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories | DllImportSearchPath.AssemblyDirectory)]
    [SuppressGCTransition]
    private static extern byte* ColumnBlob(nint statement, int column);

    [DllImport("e_sqlite3", EntryPoint = "sqlite3_column_bytes", CallingConvention = CallingConvention.Cdecl)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories | DllImportSearchPath.AssemblyDirectory)]
    [SuppressGCTransition]
    private static extern int ColumnLength(nint statement, int column);

    private void Check(int result)
    {
        if (result is not (raw.SQLITE_OK or raw.SQLITE_DONE))
        {
            SqliteException.ThrowExceptionForRC(result, _database);
        }
    }
}
