using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using SQLitePCL;

namespace Orderly.Storage.Sqlite;

/// <summary>
/// Writes a commit into the write-ahead log at once. SQLite writes a frame in two parts, a header of 24 bytes and a page, and a commit of
/// twenty pages so costs forty system calls, which is most of what a commit costs.
/// </summary>
/// <remarks>
/// <para>
/// Parts that follow one another are gathered until the frame that ends a commit is whole: its header has the size of the database in
/// pages, that of any other frame has 0 (<c>sqlite.org/fileformat2.html</c>, "WAL file format"). Then they are written, and SQLite is told
/// whether that went well, before it syncs the file and before anybody is told of the commit.
/// </para>
/// <para>
/// What is gathered is never older than the lock to write: it is written before the file is read, synced or measured, and before the lock
/// goes to somebody else, whose frames may have the same place.
/// </para>
/// </remarks>
internal static unsafe class WalWrites
{
    private const int FrameHeaderBytes = 24;
    private const int SmallestPage = 512;
    private const int PagesOffset = 4;
    private const int WriteLock = 0;
    private const int Unlock = 1;
    private const int Exclusive = 8;

    /// <summary>How much is gathered at most: SQLite's own files take less than 128 KiB in one write. More is written in several.</summary>
    private const int MaxBytes = 120 * 1024;

    /// <summary>Begins to look after a write-ahead log that was opened.</summary>
    public static void Open(OpenFile* file, OpenFile* databaseFile)
    {
        Vfs.StateOf(file)->Other = databaseFile;
        Vfs.StateOf(file)->EndsCommit = true;
        Vfs.StateOf(databaseFile)->Other = file;
    }

    /// <summary>Puts the methods for a write-ahead log in place.</summary>
    public static void Replace(Methods* methods)
    {
        methods->Close = &Close;
        methods->Read = &Read;
        methods->Write = &Write;
        methods->Truncate = &Truncate;
        methods->Sync = &Sync;
        methods->ReadLength = &ReadLength;
    }

    /// <summary>Of the database file: takes and gives back the locks that its write-ahead log has.</summary>
    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    public static int LockMemory(OpenFile* databaseFile, int first, int count, int flags)
    {
        if (first == WriteLock && (flags & Unlock) != 0 && (flags & Exclusive) != 0
            && Vfs.StateOf(databaseFile)->Other is var wal && wal != null)
        {
            // Frames of a transaction that was given up are all that can be left, so it does not matter whether they can be written.
            _ = WriteGathered(wal);
        }

        return Vfs.ReplacedIn(databaseFile)->LockMemory(databaseFile, first, count, flags);
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Write(OpenFile* file, byte* buffer, int count, long offset)
    {
        var state = Vfs.StateOf(file);
        var isHeader = count == FrameHeaderBytes;
        if (isHeader)
        {
            state->EndsCommit = BinaryPrimitives.ReadUInt32BigEndian(new ReadOnlySpan<byte>(buffer + PagesOffset, sizeof(uint))) != 0;
        }

        var isPart = isHeader || count >= SmallestPage;
        if (!isPart || offset != state->Start + state->Count || state->Count + count > MaxBytes)
        {
            if (WriteGathered(file) is var result and not raw.SQLITE_OK)
            {
                return result;
            }
        }

        if (!isPart || offset != state->Start + state->Count)
        {
            // The log's own header, or a frame that was there before and is written again: nothing waits for what follows.
            state->EndsCommit |= !isPart;
            state->Start = offset + count;
            return Vfs.ReplacedIn(file)->Write(file, buffer, count, offset);
        }

        if (state->Gathered == null)
        {
            state->Gathered = (byte*)NativeMemory.Alloc(MaxBytes);
        }

        NativeMemory.Copy(buffer, state->Gathered + state->Count, (nuint)count);
        state->Count += count;
        return state->EndsCommit && !isHeader ? WriteGathered(file) : raw.SQLITE_OK;
    }

    /// <summary>Writes what was gathered; what can't be written is given up, as SQLite gives up the transaction then.</summary>
    private static int WriteGathered(OpenFile* file)
    {
        var state = Vfs.StateOf(file);
        if (state->Count == 0)
        {
            return raw.SQLITE_OK;
        }

        var (start, count) = (state->Start, state->Count);
        (state->Start, state->Count) = (start + count, 0);
        return Vfs.ReplacedIn(file)->Write(file, state->Gathered, count, start);
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Read(OpenFile* file, byte* buffer, int count, long offset)
        => WriteGathered(file) is var result and not raw.SQLITE_OK
            ? result
            : Vfs.ReplacedIn(file)->Read(file, buffer, count, offset);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Truncate(OpenFile* file, long length)
        => WriteGathered(file) is var result and not raw.SQLITE_OK ? result : Vfs.ReplacedIn(file)->Truncate(file, length);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Sync(OpenFile* file, int flags)
        => WriteGathered(file) is var result and not raw.SQLITE_OK ? result : Vfs.ReplacedIn(file)->Sync(file, flags);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int ReadLength(OpenFile* file, long* length)
        => WriteGathered(file) is var result and not raw.SQLITE_OK ? result : Vfs.ReplacedIn(file)->ReadLength(file, length);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Close(OpenFile* file)
    {
        // A commit is whole in the file; what is left is of a transaction that was given up.
        var state = Vfs.StateOf(file);
        NativeMemory.Free(state->Gathered);
        state->Gathered = null;
        state->Count = 0;
        Vfs.StateOf(state->Other)->Other = null;
        return Vfs.ReplacedIn(file)->Close(file);
    }
}
