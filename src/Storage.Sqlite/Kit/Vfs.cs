using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using SQLitePCL;

namespace Orderly.Storage.Sqlite;

/// <summary>
/// SQLite's file system (<c>sqlite.org/c3ref/vfs.html</c>) with some methods of two kinds of file replaced: those of the database file, see
/// <see cref="PageChecksums"/>, and those of the write-ahead log, see <see cref="WalWrites"/>. All else is as SQLite does it.
/// </summary>
internal static unsafe class Vfs
{
    private const int OpenMainDatabase = 0x100;
    private const int OpenWal = 0x80000;

    private static readonly Lock s_lock = new();
    private static readonly Dictionary<nint, nint> s_replaced = [];
    private static readonly Interface* s_default = FindDefault();
    private static Interface* _rows;

    /// <summary>Makes a file system known to SQLite in this process, which keeps it for as long as the process runs.</summary>
    /// <param name="isStrict">Whether it refuses every page of which anything has changed, or only those that lead astray.</param>
    public static void Register(string name, bool isStrict)
    {
        var vfs = (Interface*)NativeMemory.Alloc((nuint)sizeof(Interface));
        *vfs = *s_default;
        vfs->FileBytes += sizeof(FileState);
        vfs->Next = 0;
        vfs->Name = Marshal.StringToCoTaskMemUTF8(name);
        vfs->Open = &Open;
        if (!isStrict)
        {
            _rows = vfs;
        }

        if (RegisterVfs(vfs, isDefault: 0) != raw.SQLITE_OK)
        {
            throw new InvalidOperationException($"SQLite refuses the file system '{name}'.");
        }
    }

    /// <summary>What is kept of an open file: it stands behind SQLite's own state, in the memory that SQLite has for each.</summary>
    public static FileState* StateOf(OpenFile* file) => (FileState*)((byte*)file + s_default->FileBytes);

    /// <summary>The methods of a file as SQLite has them.</summary>
    public static Methods* ReplacedIn(OpenFile* file) => ((Replacement*)file->Methods)->Replaced;

    private static Interface* FindDefault()
    {
        Batteries.Init();
        var found = FindVfs(0);
        return found != null && found->Version >= 3
            ? found
            : throw new PlatformNotSupportedException("SQLite has no file system of version 3 here.");
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Open(Interface* vfs, byte* path, OpenFile* file, int flags, int* outFlags)
    {
        var result = s_default->Open(s_default, path, file, flags, outFlags);
        if (result == raw.SQLITE_OK && (flags & (OpenMainDatabase | OpenWal)) != 0)
        {
            var isDatabase = (flags & OpenMainDatabase) != 0;
            file->Methods = &Replace(file->Methods, isDatabase)->Methods;
            *StateOf(file) = new FileState { IsStrict = vfs != _rows };
            if (!isDatabase)
            {
                WalWrites.Open(file, databaseFile: DatabaseFileOf(path));
            }
        }

        return result;
    }

    /// <summary>The methods of a file with ours in place of some. There are as many as there are ways to lock a file.</summary>
    private static Replacement* Replace(Methods* methods, bool isDatabase)
    {
        lock (s_lock)
        {
            // Both kinds of file may have the same methods; the address is even, so the last bit tells the kinds apart.
            var key = (nint)methods | (isDatabase ? 1 : 0);
            if (!s_replaced.TryGetValue(key, out var known))
            {
                var made = (Replacement*)NativeMemory.Alloc((nuint)sizeof(Replacement));
                *made = new Replacement { Methods = *methods, Replaced = methods };
                if (isDatabase)
                {
                    PageChecksums.Replace(&made->Methods);
                    made->Methods.LockMemory = &WalWrites.LockMemory;
                }
                else
                {
                    WalWrites.Replace(&made->Methods);
                }

                s_replaced.Add(key, known = (nint)made);
            }

            return (Replacement*)known;
        }
    }

    [DllImport("e_sqlite3", EntryPoint = "sqlite3_vfs_find", CallingConvention = CallingConvention.Cdecl)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories | DllImportSearchPath.AssemblyDirectory)]
    private static extern Interface* FindVfs(nint name);

    [DllImport("e_sqlite3", EntryPoint = "sqlite3_vfs_register", CallingConvention = CallingConvention.Cdecl)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories | DllImportSearchPath.AssemblyDirectory)]
    private static extern int RegisterVfs(Interface* vfs, int isDefault);

    [DllImport("e_sqlite3", EntryPoint = "sqlite3_database_file_object", CallingConvention = CallingConvention.Cdecl)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories | DllImportSearchPath.AssemblyDirectory)]
    private static extern OpenFile* DatabaseFileOf(byte* path);

    /// <summary><c>sqlite3_vfs</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Interface
    {
        public int Version;
        public int FileBytes;
        public int LongestPath;
        public nint Next;
        public nint Name;
        public nint Data;
        public delegate* unmanaged[Cdecl]<Interface*, byte*, OpenFile*, int, int*, int> Open;
        public Calls15 Others;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct Replacement
    {
        public Methods Methods;
        public Methods* Replaced;
    }

    [InlineArray(15)]
    private struct Calls15
    {
        public nint First;
    }
}

/// <summary><c>sqlite3_file</c>: what every file begins with.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct OpenFile
{
    public Methods* Methods;
}

/// <summary><c>sqlite3_io_methods</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct Methods
{
    public int Version;
    public delegate* unmanaged[Cdecl]<OpenFile*, int> Close;
    public delegate* unmanaged[Cdecl]<OpenFile*, byte*, int, long, int> Read;
    public delegate* unmanaged[Cdecl]<OpenFile*, byte*, int, long, int> Write;
    public delegate* unmanaged[Cdecl]<OpenFile*, long, int> Truncate;
    public delegate* unmanaged[Cdecl]<OpenFile*, int, int> Sync;
    public delegate* unmanaged[Cdecl]<OpenFile*, long*, int> ReadLength;
    public Calls5 LockToSectorSize;
    public delegate* unmanaged[Cdecl]<OpenFile*, int> DescribeDevice;
    public nint MapMemory;
    public delegate* unmanaged[Cdecl]<OpenFile*, int, int, int, int> LockMemory;
    public Calls4 MemoryAndMaps;

    [InlineArray(4)]
    public struct Calls4
    {
        public nint First;
    }

    [InlineArray(5)]
    public struct Calls5
    {
        public nint First;
    }
}

/// <summary>What <see cref="PageChecksums"/> and <see cref="WalWrites"/> keep of an open file.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct FileState
{
    /// <summary>Of a database file: whether its pages have room for checksums.</summary>
    public PageRoom Room;

    public bool IsStrict;
    public bool GivesUpDamaged;

    /// <summary>Of a write-ahead log: whether what is written now belongs to the last frame of a commit.</summary>
    public bool EndsCommit;

    /// <summary>The other file of the two: the database file's write-ahead log, or the log's database file.</summary>
    public OpenFile* Other;

    /// <summary>Of a write-ahead log: where what was gathered is to be written to.</summary>
    public long Start;

    /// <summary>Of a write-ahead log: what was gathered; null before the first time.</summary>
    public byte* Gathered;

    /// <summary>Of a write-ahead log: how many bytes were gathered.</summary>
    public int Count;
}

internal enum PageRoom : byte
{
    Unknown,
    None,
    Made,
}
