namespace Orderly.Storage.Sqlite;

/// <summary>Where the embedded view store is, and its bounds.</summary>
public sealed record SqliteViewStoreOptions
{
    /// <summary>
    /// The database file; its directory is made when it is not there. Beside it lie SQLite's <c>-wal</c> and <c>-shm</c> and a
    /// <c>.bell</c>.
    /// </summary>
    public string Path { get; init; } = "data/views.db";

    /// <summary>How many reads run at the same time, each on its own connection; more wait for their turn. From 1.</summary>
    public int ReadConnections { get; init; } = Math.Max(4, Environment.ProcessorCount);

    /// <summary>How long to wait at most for another process that writes; then the call fails as unavailable.</summary>
    public TimeSpan BusyTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// After how many KiB of log (WAL) a commit moves them into the database file, at the latest. On a disk with little room it is sooner.
    /// </summary>
    public int CheckpointKiB { get; init; } = 64 * 1024;

    /// <summary>From which size in KiB on a commit waits for readers, so that the log can start anew.</summary>
    public int LogLimitKiB { get; init; } = 128 * 1024;

    /// <exception cref="ArgumentException">A value is out of its range.</exception>
    internal void Validate()
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(Path);
        ArgumentOutOfRangeException.ThrowIfLessThan(ReadConnections, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(BusyTimeout, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThan(CheckpointKiB, 64);
        ArgumentOutOfRangeException.ThrowIfLessThan(LogLimitKiB, CheckpointKiB);
    }
}
