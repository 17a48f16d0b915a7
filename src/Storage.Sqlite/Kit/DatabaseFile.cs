using System.Diagnostics;
using Microsoft.Data.Sqlite;

namespace Orderly.Storage.Sqlite;

/// <summary>
/// A store's database file: its layout, the one way to open it and the one way to wait for it. It is in WAL mode, so readers and
/// the writer are not in each other's way. Safe for concurrent use.
/// </summary>
internal sealed class DatabaseFile
{
    /// <summary>How long to wait between two tries. SQLite's own waits grow to 100 ms, which is more than a commit takes.</summary>
    private static readonly TimeSpan s_busyPause = TimeSpan.FromMilliseconds(1);

    /// <summary>Its full path.</summary>
    public required string Path { get; init; }

    /// <summary>The version of the layout, from 1: a new file has 0.</summary>
    public required int Version { get; init; }

    /// <summary>The statements that make the tables of a new file.</summary>
    public required string Tables { get; init; }

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

    /// <summary>Opens a connection that may write; makes the file and its directory when they are not there.</summary>
    /// <param name="cacheKiB">How much of the file it may keep in memory.</param>
    public Connection OpenWriter(int cacheKiB = 32 * 1024)
        => Open(creates: true, $"PRAGMA journal_mode = WAL; {WriterSettings}; PRAGMA cache_size = -{cacheKiB}");

    /// <summary>Opens a connection that only reads.</summary>
    /// <remarks>It sees the first 8 MiB of the file through memory: reads of them need no system call and no copy.</remarks>
    /// <param name="creates">Whether to make the file when it is not there; else it is unavailable then.</param>
    public Connection OpenReader(bool creates)
        => Open(creates, $"PRAGMA query_only = ON; PRAGMA mmap_size = {8 << 20}; PRAGMA cache_size = -{ReaderCacheKiB}");

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
        if (creates)
        {
            Directory.CreateDirectory(System.IO.Path.GetDirectoryName(Path)!);
        }

        var connection = new Connection(Path, creates);
        try
        {
            EnsureLayout(connection);
            connection.Execute(settings);
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>Makes the tables of a new file. Several processes may do so at the same time.</summary>
    private void EnsureLayout(Connection connection)
    {
        if (HasLayout(connection))
        {
            return;
        }

        connection.Execute($"PRAGMA page_size = {PageKiB * 1024}; PRAGMA journal_mode = WAL; BEGIN IMMEDIATE");

        // Another process may have been first.
        if (!HasLayout(connection))
        {
            connection.Execute($"{Tables}; PRAGMA user_version = {Version}");
        }

        connection.Commit();
    }

    private bool HasLayout(Connection connection) => connection.Ask("PRAGMA user_version") switch
    {
        0 => false,
        var version when version == Version => true,
        var other => throw OtherVersion(other),
    };
}
