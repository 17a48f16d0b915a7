using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Orderly.PowerCut;

/// <summary>
/// A file system for SQLite that keeps in this process's memory what was not synced. So SIGKILL does to the stores' files what a power
/// cut does: what was not synced is gone, but for writes that the disk happened to do early, in any order and perhaps half.
/// </summary>
/// <remarks>
/// No other process may use the files meanwhile. It goes between SQLite and the operating system (<c>sqlite.org/vfs.html</c>), below the
/// one that proves pages.
/// </remarks>
internal static unsafe class UnsyncedFiles
{
    // What SQLite's interface calls by number: a database, its journal and its write-ahead log; success; less read than asked for.
    private const int Kept = 0x100 | 0x800 | 0x80000;
    private const int Ok = 0;
    private const int ShortRead = 522;

    /// <summary>One of so many writes is on the disk before it is synced.</summary>
    private const int EarlyWrites = 8;

    private const int SectorBytes = 512;

    private static readonly Lock s_lock = new();
    private static readonly Dictionary<string, int> s_paths = new(StringComparer.Ordinal);
    private static readonly List<Image> s_images = [];
    private static readonly Dictionary<nint, nint> s_replaced = [];
    private static readonly Vfs* s_default = FindVfs(0);

    public static void Use()
    {
        var vfs = (Vfs*)NativeMemory.Alloc((nuint)sizeof(Vfs));
        *vfs = *s_default;
        vfs->FileBytes += sizeof(long);
        vfs->Next = 0;
        vfs->Name = Marshal.StringToCoTaskMemUTF8("power-cut");
        vfs->Open = &Open;
        vfs->Delete = &Delete;
        if (RegisterVfs(vfs, isDefault: 1) != Ok)
        {
            throw new InvalidOperationException("SQLite refuses the file system.");
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Open(Vfs* vfs, byte* path, OpenFile* file, int flags, int* outFlags)
    {
        var result = s_default->Open(s_default, path, file, flags, outFlags);
        if (result != Ok || (flags & Kept) == 0)
        {
            return result;
        }

        lock (s_lock)
        {
            var name = Marshal.PtrToStringUTF8((nint)path)!;
            if (!s_paths.TryGetValue(name, out var index))
            {
                s_paths[name] = index = s_images.Count;
                s_images.Add(Image.Load(file));
            }

            *IndexOf(file) = index;
            file->Methods = &Replace(file->Methods)->Methods;
        }

        return Ok;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Delete(Vfs* vfs, byte* path, int syncs)
    {
        lock (s_lock)
        {
            s_paths.Remove(Marshal.PtrToStringUTF8((nint)path)!);
            return s_default->Delete(s_default, path, syncs);
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Read(OpenFile* file, byte* buffer, int count, long offset)
        => ImageOf(file).Read(new Span<byte>(buffer, count), offset) ? Ok : ShortRead;

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Write(OpenFile* file, byte* buffer, int count, long offset)
    {
        ImageOf(file).Write(new ReadOnlySpan<byte>(buffer, count), offset);
        if (Random.Shared.Next(EarlyWrites) != 0)
        {
            return Ok;
        }

        var sectors = count / SectorBytes;
        var early = sectors > 1 && Random.Shared.Next(2) == 0 ? Random.Shared.Next(1, sectors) * SectorBytes : count;
        return ReplacedIn(file)->Write(file, buffer, early, offset);
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Truncate(OpenFile* file, long length)
    {
        ImageOf(file).Truncate(length);
        return Ok;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Sync(OpenFile* file, int flags) => ImageOf(file).Sync(file, ReplacedIn(file));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Measure(OpenFile* file, long* length)
    {
        *length = ImageOf(file).Length;
        return Ok;
    }

    private static Replacement* Replace(Methods* methods)
    {
        if (!s_replaced.TryGetValue((nint)methods, out var known))
        {
            var made = (Replacement*)NativeMemory.Alloc((nuint)sizeof(Replacement));
            *made = new Replacement { Methods = *methods, Replaced = methods };
            made->Methods.Read = &Read;
            made->Methods.Write = &Write;
            made->Methods.Truncate = &Truncate;
            made->Methods.Sync = &Sync;
            made->Methods.Measure = &Measure;
            s_replaced.Add((nint)methods, known = (nint)made);
        }

        return (Replacement*)known;
    }

    private static Image ImageOf(OpenFile* file)
    {
        lock (s_lock)
        {
            return s_images[(int)*IndexOf(file)];
        }
    }

    /// <summary>The methods below ours: those above have put their own into the file.</summary>
    private static Methods* ReplacedIn(OpenFile* file)
    {
        lock (s_lock)
        {
            return (Methods*)s_images[(int)*IndexOf(file)].System;
        }
    }

    private static long* IndexOf(OpenFile* file) => (long*)((byte*)file + s_default->FileBytes);

    [DllImport("e_sqlite3", EntryPoint = "sqlite3_vfs_find", CallingConvention = CallingConvention.Cdecl)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories | DllImportSearchPath.AssemblyDirectory)]
    private static extern Vfs* FindVfs(nint name);

    [DllImport("e_sqlite3", EntryPoint = "sqlite3_vfs_register", CallingConvention = CallingConvention.Cdecl)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories | DllImportSearchPath.AssemblyDirectory)]
    private static extern int RegisterVfs(Vfs* vfs, int isDefault);

    /// <summary><c>sqlite3_vfs</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct Vfs
    {
        public int Version;
        public int FileBytes;
        public int LongestPath;
        public nint Next;
        public nint Name;
        public nint Data;
        public delegate* unmanaged[Cdecl]<Vfs*, byte*, OpenFile*, int, int*, int> Open;
        public delegate* unmanaged[Cdecl]<Vfs*, byte*, int, int> Delete;
        public Calls14 Others;
    }

    /// <summary><c>sqlite3_file</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct OpenFile
    {
        public Methods* Methods;
    }

    /// <summary><c>sqlite3_io_methods</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct Methods
    {
        public int Version;
        public nint Close;
        public delegate* unmanaged[Cdecl]<OpenFile*, byte*, int, long, int> Read;
        public delegate* unmanaged[Cdecl]<OpenFile*, byte*, int, long, int> Write;
        public delegate* unmanaged[Cdecl]<OpenFile*, long, int> Truncate;
        public delegate* unmanaged[Cdecl]<OpenFile*, int, int> Sync;
        public delegate* unmanaged[Cdecl]<OpenFile*, long*, int> Measure;
        public Calls12 Others;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct Replacement
    {
        public Methods Methods;
        public Methods* Replaced;
    }

    [InlineArray(12)]
    internal struct Calls12
    {
        public nint First;
    }

    [InlineArray(14)]
    internal struct Calls14
    {
        public nint First;
    }
}
