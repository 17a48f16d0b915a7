using System.Runtime.InteropServices;
using SQLitePCL;

namespace Orderly.Storage.Sqlite;

/// <summary>
/// Starts SQLite, once in a process, and teaches it to sleep for less than a second. The build of SQLite that this
/// program is pinned to sleeps in whole seconds on Unix, so a connection that meets another process's commit would
/// now and then stand still for one. SQLite takes its sleep from the table of system functions (VFS, see
/// <c>sqlite.org/c3ref/vfs.html</c>); the default table is replaced by a copy with another sleep in it.
/// <c>busy_timeout</c> can't be mended this way (that build asks for whole seconds), so waiting for locks is ours to do:
/// <see cref="SqliteDatabase.WhileBusy"/>.
/// </summary>
internal static class SqliteEngine
{
    // Kept, since SQLite holds no reference that the garbage collector sees.
    private static readonly SleepFunction s_sleep = Sleep;
    private static readonly Lazy<bool> s_started = new(Start);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate int SleepFunction(nint vfs, int microseconds);

    /// <summary>Starts SQLite unless it is started.</summary>
    public static void Init() => _ = s_started.Value;

    private static bool Start()
    {
        Batteries.Init();
        if (OperatingSystem.IsWindows())
        {
            return true;
        }

        // SQLite keeps the copy until the process ends.
        var functions = Marshal.PtrToStructure<SystemFunctions>(Find(0));
        functions.Name = Marshal.StringToCoTaskMemUTF8("orderly");
        functions.Sleep = Marshal.GetFunctionPointerForDelegate(s_sleep);
        var copy = Marshal.AllocHGlobal(Marshal.SizeOf<SystemFunctions>());
        Marshal.StructureToPtr(functions, copy, fDeleteOld: false);
        var result = Register(copy, makeDefault: 1);
        return result == raw.SQLITE_OK ? true : throw new InvalidOperationException($"SQLite refused its system functions ({result}).");
    }

    private static int Sleep(nint vfs, int microseconds)
    {
        // What is shorter than a millisecond is meant to let another thread or process finish a few instructions.
        Thread.Sleep(microseconds / 1000);
        return microseconds;
    }

    [DllImport("e_sqlite3", EntryPoint = "sqlite3_vfs_find", CallingConvention = CallingConvention.Cdecl)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.AssemblyDirectory)]
    private static extern nint Find(nint name);

    [DllImport("e_sqlite3", EntryPoint = "sqlite3_vfs_register", CallingConvention = CallingConvention.Cdecl)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.AssemblyDirectory)]
    private static extern int Register(nint functions, int makeDefault);

    /// <summary><c>sqlite3_vfs</c>, version 3.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct SystemFunctions
    {
        public int Version;
        public int FileSize;
        public int MaxPathname;
        public nint Next;
        public nint Name;
        public nint AppData;
        public nint Open;
        public nint Delete;
        public nint Access;
        public nint FullPathname;
        public nint LibraryOpen;
        public nint LibraryError;
        public nint LibrarySymbol;
        public nint LibraryClose;
        public nint Randomness;
        public nint Sleep;
        public nint CurrentTime;
        public nint GetLastError;
        public nint CurrentTimeInt64;
        public nint SetSystemCall;
        public nint GetSystemCall;
        public nint NextSystemCall;
    }
}
