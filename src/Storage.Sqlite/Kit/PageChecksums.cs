using System.Buffers.Binary;
using System.IO.Hashing;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using SQLitePCL;

namespace Orderly.Storage.Sqlite;

/// <summary>
/// Checksums of a database file's pages. A page gets one when it is written to the file; one that does not match is refused as damaged
/// (<c>SQLITE_CORRUPT</c>) when it is read. So no index leads astray.
/// </summary>
/// <remarks>
/// <para>
/// The checksum is in the last bytes of the page, which SQLite leaves to a file system of its own
/// (<c>sqlite.org/fileformat2.html</c>, "reserved bytes per page"; <c>sqlite.org/vfs.html</c>). In memory, and so in the write-ahead log,
/// these bytes are 0, and a page with 0 in the file is taken as it is. So other programs may read the file, recover it and move its
/// write-ahead log. They may not write: what they change keeps the checksum of what was there before.
/// </para>
/// <para>
/// Of SQLite's methods for the database file, those that read and write are replaced, and the one that allows to read half a page. The
/// file must not be mapped into memory, which goes round them.
/// </para>
/// </remarks>
public static unsafe class PageChecksums
{
    /// <summary>The file system that refuses every damaged page.</summary>
    public const string FileSystem = "orderly";

    /// <summary>
    /// The file system for tables whose rows have checksums of their own: a page of rows has to be sound in its directory only. What is
    /// wrong in a row costs that row, not its neighbours.
    /// </summary>
    public const string RowsFileSystem = "orderly-rows";

    /// <summary>What a page gives up.</summary>
    private const int ChecksumBytes = 8;

    // What SQLite's file format and its interface call by number.
    private const int HeaderBytes = 100;
    private const int RoomOffset = 20;
    private const int SmallestPage = 512;
    private const byte TableLeaf = 0x0D;
    private const byte TableInterior = 0x05;
    private const byte IndexLeaf = 0x0A;
    private const byte IndexInterior = 0x02;
    private const int ContentStartOffset = 5;
    private const int CellCountOffset = 3;
    private const int LeafHeaderBytes = 8;
    private const int SubpageRead = 0x8000;
    private const int FilePointer = 7;
    private const int ReserveBytes = 38;

    static PageChecksums()
    {
        Vfs.Register(FileSystem, isStrict: true);
        Vfs.Register(RowsFileSystem, isStrict: false);
    }

    /// <summary>Makes the file systems known to SQLite in this process, as opening a store does.</summary>
    public static void Use() => RuntimeHelpers.RunClassConstructor(typeof(PageChecksums).TypeHandle);

    /// <summary>Whether the pages of the file have room for checksums. Files of earlier versions have none.</summary>
    internal static bool HasRoom(sqlite3 database) => Reserve(database, -1) == ChecksumBytes;

    /// <summary>Makes room in a new file; in another one, the next <c>VACUUM</c> does.</summary>
    internal static void MakeRoom(sqlite3 database) => Reserve(database, ChecksumBytes);

    /// <summary>Whether this connection has seen that the file's pages have room, and so proves them.</summary>
    internal static bool IsUsed(sqlite3 database) => Vfs.StateOf(FileOf(database))->Room == PageRoom.Made;

    /// <summary>
    /// Whether a damaged page is read as an empty one from now on. It is for a table that is dropped: what is on the page, and what it led
    /// to, is given up.
    /// </summary>
    internal static void GiveUpDamaged(sqlite3 database, bool value) => Vfs.StateOf(FileOf(database))->GivesUpDamaged = value;

    /// <summary>Puts the methods for a database file in place.</summary>
    internal static void Replace(Methods* methods)
    {
        methods->Read = &Read;
        methods->Write = &Write;
        methods->DescribeDevice = &DescribeDevice;
    }

    private static OpenFile* FileOf(sqlite3 database)
    {
        OpenFile* file = null;
        Control(database, FilePointer, &file);
        return file;
    }

    private static int Reserve(sqlite3 database, int bytes)
    {
        Control(database, ReserveBytes, &bytes);
        return bytes;
    }

    private static void Control(sqlite3 database, int operation, void* argument)
    {
        if (FileControl(database, 0, operation, argument) is var result and not raw.SQLITE_OK)
        {
            throw new InvalidOperationException($"SQLite refuses the file control {operation}: result {result}.");
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Read(OpenFile* file, byte* buffer, int count, long offset)
    {
        var result = Vfs.ReplacedIn(file)->Read(file, buffer, count, offset);
        if (result != raw.SQLITE_OK)
        {
            return result;
        }

        var state = Vfs.StateOf(file);
        if (offset == 0 && count >= HeaderBytes)
        {
            LookAt(state, buffer);
        }

        if (count < SmallestPage || state->Room != PageRoom.Made)
        {
            return raw.SQLITE_OK;
        }

        var page = new Span<byte>(buffer, count);
        return IsSound(page, offset, state->IsStrict) || (state->GivesUpDamaged && TryGiveUp(page[..^ChecksumBytes], offset))
            ? raw.SQLITE_OK
            : raw.SQLITE_CORRUPT;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Write(OpenFile* file, byte* buffer, int count, long offset)
    {
        var state = Vfs.StateOf(file);
        if (offset == 0 && count >= HeaderBytes)
        {
            LookAt(state, buffer);
        }

        if (count < SmallestPage || state->Room != PageRoom.Made)
        {
            return Vfs.ReplacedIn(file)->Write(file, buffer, count, offset);
        }

        var page = new Span<byte>(buffer, count);
        BinaryPrimitives.WriteUInt64LittleEndian(page[^ChecksumBytes..], Compute(page[..^ChecksumBytes], offset));
        var result = Vfs.ReplacedIn(file)->Write(file, buffer, count, offset);
        page[^ChecksumBytes..].Clear();
        return result;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int DescribeDevice(OpenFile* file) => Vfs.ReplacedIn(file)->DescribeDevice(file) & ~SubpageRead;

    /// <summary>Looks at the file's header. Room that was made does not go again, whatever a damaged header says.</summary>
    private static void LookAt(FileState* state, byte* header)
    {
        if (state->Room != PageRoom.Made)
        {
            state->Room = header[RoomOffset] == ChecksumBytes ? PageRoom.Made : PageRoom.None;
        }
    }

    /// <summary>Whether a page is what was written, as far as it has to be; takes the checksum out.</summary>
    private static bool IsSound(Span<byte> page, long offset, bool isStrict)
    {
        var content = page[..^ChecksumBytes];
        var written = BinaryPrimitives.ReadUInt64LittleEndian(page[^ChecksumBytes..]);
        page[^ChecksumBytes..].Clear();
        if (written == 0)
        {
            return true;
        }

        var computed = Compute(content, offset);
        return written == computed || (!isStrict && IsOfRows(content, offset) && written >> 32 == computed >> 32);
    }

    /// <summary>
    /// The checksum of a page at its place in the file; never 0. Of a page of rows, the upper half is of its directory, which says where
    /// the rows are.
    /// </summary>
    private static ulong Compute(ReadOnlySpan<byte> content, long offset)
    {
        var checksum = offset == 0 ? ComputeFirst(content) : XxHash3.HashToUInt64(content, offset);
        if (IsOfRows(content, offset))
        {
            var end = LeafHeaderBytes + 2 * BinaryPrimitives.ReadUInt16BigEndian(content[CellCountOffset..]);
            var directory = XxHash3.HashToUInt64(content[..Math.Min(end, content.Length)], offset);
            checksum = (directory << 32) | (uint)checksum;
        }

        return Math.Max(checksum, 1);
    }

    /// <summary>
    /// The checksum of the page with the file's header, without what a program changes that copies the file, or moves its write-ahead log:
    /// the way of journaling, and what tells whether other connections have to read again.
    /// </summary>
    private static ulong ComputeFirst(ReadOnlySpan<byte> content)
    {
        Span<byte> page = stackalloc byte[content.Length];
        content.CopyTo(page);
        page[18..20].Clear();
        page[24..28].Clear();
        page[40..44].Clear();
        page[92..100].Clear();
        return XxHash3.HashToUInt64(page);
    }

    /// <summary>Whether it is a leaf of a table. The first page begins with the file's header, which has to be sound.</summary>
    private static bool IsOfRows(ReadOnlySpan<byte> content, long offset) => offset > 0 && content[0] == TableLeaf;

    private static bool TryGiveUp(Span<byte> content, long offset)
    {
        byte? leaf = content[0] switch
        {
            TableLeaf or TableInterior => TableLeaf,
            IndexLeaf or IndexInterior => IndexLeaf,
            _ => null,
        };
        if (offset == 0 || leaf is null)
        {
            return false;
        }

        content.Clear();
        content[0] = leaf.Value;
        BinaryPrimitives.WriteUInt16BigEndian(content[ContentStartOffset..], (ushort)content.Length);
        return true;
    }

    [DllImport("e_sqlite3", EntryPoint = "sqlite3_file_control", CallingConvention = CallingConvention.Cdecl)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories | DllImportSearchPath.AssemblyDirectory)]
    private static extern int FileControl(sqlite3 database, nint name, int operation, void* argument);
}
