namespace Orderly.Subscriptions;

/// <summary>Bounds of the subscription engine.</summary>
public sealed record SubscriptionOptions
{
    /// <summary>The most events in one batch, and so in one commit.</summary>
    public int MaxBatchEvents { get; init; } = 12_000;

    /// <summary>How long a batch is filled at most while the log is being caught up with; at its end a batch never waits.</summary>
    public TimeSpan MaxBatchDelay { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// How far apart the commits of a view are at least at the log's end: a busy log makes fewer, larger commits, and an
    /// event that comes after a pause is committed at once.
    /// </summary>
    public TimeSpan MinCommitInterval { get; init; } = TimeSpan.FromMilliseconds(5);

    /// <summary>How many events are read ahead of the batch, and kept for consumers that are not far behind.</summary>
    public int ReadAhead { get; init; } = 2_000;

    /// <summary>
    /// How long a consumer that shares its subscription may hold up the others, when it is <see cref="ReadAhead"/> events
    /// behind them, before they go on without it.
    /// </summary>
    public TimeSpan SharedReadPatience { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How many partitions a view is made with. For one that is there already, see <c>worker repartition</c>.</summary>
    public int Partitions { get; init; } = 1;

    /// <summary>How many documents are kept in memory between batches at least; at most twice as many.</summary>
    public int CachedDocuments { get; init; } = 2_000;

    /// <summary>
    /// How long a worker may show no sign of life before the others take its views. It beats five times as often. A worker
    /// that stops in good order gives them back at once.
    /// </summary>
    public TimeSpan LeaseDuration { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How often a projection that throws is tried with an event before the event is parked.</summary>
    public int MaxAttempts { get; init; } = 3;

    /// <summary>
    /// The most events that are parked in one partition, those included that wait behind another one. A view that would
    /// park more stops: then it is the projection that is broken, not the events.
    /// </summary>
    public int MaxParkedEvents { get; init; } = 10_000;

    /// <summary>How long a generation is kept after another one took its place, so that there is a way back.</summary>
    public TimeSpan KeepRetired { get; init; } = TimeSpan.FromHours(1);

    /// <summary>The pause after a first fault; it doubles with each further one.</summary>
    public TimeSpan FirstRetryDelay { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>The longest pause between two tries.</summary>
    public TimeSpan MaxRetryDelay { get; init; } = TimeSpan.FromSeconds(15);
}
