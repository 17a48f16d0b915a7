namespace Orderly.Storage.Sqlite;

/// <summary>Where the embedded event store keeps its file, and its limits.</summary>
public sealed record SqliteEventStoreOptions
{
    /// <summary>
    /// The database file, such as <c>data/events.db</c>. SQLite and the store keep other files beside it, with its name and a suffix.
    /// </summary>
    public required string Path { get; init; }

    /// <summary>
    /// The database file of views that are made of this log, when there is one. Where it shows that views have read events, or the log's
    /// own bell is left, a log that is missing is not replaced by an empty one.
    /// </summary>
    public string? ViewsPath { get; init; }

    /// <summary>How many writes may wait in memory; a caller that finds the queue full waits for room. At least 1.</summary>
    public int QueueCapacity { get; init; } = 4096;

    /// <summary>The most events that share one commit. One append is never split, so it may exceed this alone.</summary>
    public int MaxCommitEvents { get; init; } = 512;

    /// <summary>How long a read or write waits for other processes that keep the file locked before it fails.</summary>
    public TimeSpan BusyTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The most events that a read holds in memory.</summary>
    public int ReadPageEvents { get; init; } = 512;

    /// <summary>The most events that a filtered read looks at before it reports how far it is.</summary>
    public int ScanWindow { get; init; } = 8192;

    /// <summary>The most connections for reading; more reads wait for their turn. Each is in use only while it fills a page.</summary>
    public int MaxReadConnections { get; init; } = 8;

    /// <summary>
    /// How many pages (of 4 KiB) the write-ahead log collects before they are copied into the database file. More of them
    /// cost less in all, but the copy competes for the disk with the commits for longer.
    /// </summary>
    public int CheckpointPages { get; init; } = 2000;

    internal void Validate()
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(Path);
        int[] limits = [QueueCapacity, MaxCommitEvents, ReadPageEvents, ScanWindow, MaxReadConnections, CheckpointPages];
        foreach (var limit in limits)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1, "options");
        }

        ArgumentOutOfRangeException.ThrowIfLessThan(BusyTimeout, TimeSpan.Zero);
    }
}
