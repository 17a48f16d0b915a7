using System.Diagnostics;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Orderly.Storage.Sqlite;

/// <summary>A database's file, or its write-ahead log, is not what its path leads to any more.</summary>
/// <param name="path">The path.</param>
internal sealed class FileMovedException(string path) : FileNotFoundException(
    $"{path} was renamed, removed or replaced while this program runs. Put it back as it was; or stop every program, restore a backup and "
    + "start.");

/// <summary>
/// A store's database file: its layout, the one way to open it and the one way to wait for it. It is in WAL mode, so readers and
/// the writer are not in each other's way. Safe for concurrent use.
/// </summary>
internal sealed class DatabaseFile
{
    /// <summary>
    /// What a writer keeps of the file in memory. More makes commits slower: SQLite 3.5x walks through the whole cache at the end of many
    /// of them (docs/benchmarks.md).
    /// </summary>
    private const int WriterCacheKiB = 16 * 1024;

    /// <summary>How long to wait between two tries. SQLite's own waits grow to 100 ms, which is more than a commit takes.</summary>
    private static readonly TimeSpan s_busyPause = TimeSpan.FromMilliseconds(1);

    private static readonly TimeSpan s_endWalWait = TimeSpan.FromMilliseconds(250);

    /// <summary>The file that this program opened first. There is no other for as long as it runs.</summary>
    private volatile object? _first;
    private byte[]? _path;

    /// <summary>Its full path.</summary>
    public required string Path { get; init; }

    /// <summary>The version of the layout, from 1: a new file has 0.</summary>
    public required int Version { get; init; }

    /// <summary>The statements that make the tables of a new file.</summary>
    public required string Tables { get; init; }

    /// <summary>
    /// What brings an older file to <see cref="Version"/>, the oldest step first: each raises the version by one, in the transaction that
    /// all of them share. Files that are older than the first of them are refused.
    /// </summary>
    public IReadOnlyList<Action<Connection>> Upgrades { get; init; } = [];

    /// <summary>How its pages are proved: one of <see cref="PageChecksums"/>' file systems.</summary>
    public required string FileSystem { get; init; }

    /// <summary>The size of a new file's pages.</summary>
    public required int PageKiB { get; init; }

    /// <summary>
    /// The statements that set up a connection that writes: how durable a commit is, and when the write-ahead log is moved.
    /// </summary>
    public required string WriterSettings { get; init; }

    /// <summary>How much of the file a connection that reads may keep in memory.</summary>
    public required int ReaderCacheKiB { get; init; }

    /// <summary>How long to wait at most for a lock of another connection.</summary>
    public required TimeSpan BusyTimeout { get; init; }

    /// <summary>The store that the file is of.</summary>
    public required Type Store { get; init; }

    /// <summary>Makes the port's error for a file that can't be used now (<see cref="Failures.IsUnavailable"/>).</summary>
    public required Func<Exception, Exception> Unavailable { get; init; }

    /// <summary>Makes the port's error for a file with another version of the layout.</summary>
    public required Func<long, Exception> OtherVersion { get; init; }

    /// <summary>Why no new file may be made where there is none; null: it may.</summary>
    public Func<string?> WhyNotNew { get; init; } = () => null;

    /// <summary>The upgrade from a version that only lacks the checksums of pages: those come before every upgrade.</summary>
    public static void PageChecksumsOnly(Connection connection)
    {
    }

    /// <summary>Makes sure that the path still leads to the file that this program has opened; costs a microsecond.</summary>
    /// <exception cref="FileMovedException">It does not: the file was renamed, removed or replaced.</exception>
    public void EnsureInPlace()
    {
        if (_first is FileIdentity first && FileIdentity.Of(_path ??= FileIdentity.PathOf(Path)) != first)
        {
            throw new FileMovedException(Path);
        }
    }

    /// <summary>Opens a connection that may write; makes the file and its directory when they are not there.</summary>
    /// <param name="cacheKiB">How much of the file it may keep in memory.</param>
    public Connection OpenWriter(int cacheKiB = WriterCacheKiB)
        => Open(creates: true, $"PRAGMA journal_mode = WAL; {WriterSettings}; PRAGMA cache_size = -{cacheKiB}");

    /// <summary>Opens a connection that only reads.</summary>
    /// <param name="creates">Whether to make the file when it is not there; else it is unavailable then.</param>
    public Connection OpenReader(bool creates)
        => Open(creates, $"PRAGMA query_only = ON; PRAGMA cache_size = -{ReaderCacheKiB}");

    /// <summary>Repeats what meets another connection's lock, for <see cref="BusyTimeout"/> at most.</summary>
    public T WhenFree<T>(Func<T> action)
    {
        var started = Stopwatch.GetTimestamp();
        while (true)
        {
            try
            {
                return action();
            }
            catch (SqliteException e) when (MayPass(e, started))
            {
                Thread.Sleep(s_busyPause);
            }
        }
    }

    /// <inheritdoc cref="WhenFree"/>
    /// <remarks>No thread is held between the tries.</remarks>
    public async ValueTask<T> WhenFreeAsync<T>(Func<T> action, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        while (true)
        {
            try
            {
                return action();
            }
            catch (SqliteException e) when (MayPass(e, started))
            {
                await Task.Delay(s_busyPause, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private bool MayPass(SqliteException failure, long started)
        => Failures.IsBusy(failure) && Stopwatch.GetElapsedTime(started) < BusyTimeout;

    private Connection Open(bool creates, string settings)
    {
        EnsureInPlace();
        if (creates)
        {
            // What says that there was a file comes after the file, so it is looked at first.
            if (WhyNotNew() is { } reason && !File.Exists(Path))
            {
                throw new FileNotFoundException(reason);
            }

            Directory.CreateDirectory(System.IO.Path.GetDirectoryName(Path)!);
        }

        var connection = new Connection(Path, FileSystem, creates);
        try
        {
            EnsureLayout(connection);
            connection.Execute(settings);

            // A read makes the write-ahead log, if there was none.
            connection.Ask("SELECT count(*) FROM sqlite_master");
            _first ??= connection.EnsureInPlace();
            EnsureInPlace();
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>Makes the tables of a new file, or brings an older one up to date. Several processes may do so at the same time.</summary>
    private void EnsureLayout(Connection connection)
    {
        if (ReadVersion(connection) != Version)
        {
            MakeLayout(connection);
        }

        if (!connection.HasPageChecksums())
        {
            throw new InvalidDataException($"it is damaged (its pages have no checksums). {Failures.WhatToDo}");
        }

        // The file was written anew, and what has room is still in the write-ahead log: the connection has to see it in the file, or it
        // would not prove what others have moved there.
        if (!connection.ProvesPages() && !(connection.TryEndWal(truncate: true, s_endWalWait) && connection.ProvesPages()))
        {
            throw new SqliteException("The file is being written anew.", raw.SQLITE_BUSY);
        }
    }

    private void MakeLayout(Connection connection)
    {
        connection.Execute($"PRAGMA page_size = {PageKiB * 1024}");
        if (!connection.HasPageChecksums())
        {
            connection.AddPageChecksums();
        }

        connection.Execute("PRAGMA journal_mode = WAL; BEGIN IMMEDIATE");

        // Another process may have been first.
        var version = ReadVersion(connection);
        if (version == 0)
        {
            if (connection.Ask("SELECT count(*) FROM sqlite_master") > 0)
            {
                throw new InvalidDataException($"it has tables, but no version. {Failures.WhatToDo}");
            }

            if (WhyNotNew() is { } reason)
            {
                throw new InvalidDataException(reason);
            }

            connection.Execute(Tables);
        }
        else
        {
            foreach (var upgrade in Upgrades.Skip(Upgrades.Count - (Version - (int)version)))
            {
                upgrade(connection);
            }
        }

        connection.Execute($"PRAGMA user_version = {Version}");
        connection.Commit();
    }

    /// <summary>The version of the file's layout; 0 when it is new.</summary>
    private long ReadVersion(Connection connection)
    {
        var version = connection.Ask("PRAGMA user_version");
        return version == 0 || (version <= Version && version >= Version - Upgrades.Count) ? version : throw OtherVersion(version);
    }
}
