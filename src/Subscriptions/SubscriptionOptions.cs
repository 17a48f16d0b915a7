namespace Orderly.Subscriptions;

/// <summary>Bounds of the subscription engine.</summary>
public sealed record SubscriptionOptions
{
    /// <summary>The most events in one batch, and so in one commit.</summary>
    public int MaxBatchEvents { get; init; } = 4_000;

    /// <summary>How long a batch is filled at most while the log is being caught up with; at its end a batch never waits.</summary>
    public TimeSpan MaxBatchDelay { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>
    /// How far apart the commits of a view are at least at the log's end: a busy log makes fewer, larger commits, and an
    /// event that comes after a pause is committed at once.
    /// </summary>
    public TimeSpan MinCommitInterval { get; init; } = TimeSpan.FromMilliseconds(5);

    /// <summary>How many events are read ahead of the batch.</summary>
    public int ReadAhead { get; init; } = 4_000;

    /// <summary>How many documents are kept in memory between batches at least; at most twice as many.</summary>
    public int CachedDocuments { get; init; } = 2_000;

    /// <summary>
    /// How long a worker may show no sign of life before the others take its views. It beats five times as often. A worker
    /// that stops in good order gives them back at once.
    /// </summary>
    public TimeSpan LeaseDuration { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>The pause after a first fault; it doubles with each further one.</summary>
    public TimeSpan FirstRetryDelay { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>The longest pause between two tries.</summary>
    public TimeSpan MaxRetryDelay { get; init; } = TimeSpan.FromSeconds(15);
}
