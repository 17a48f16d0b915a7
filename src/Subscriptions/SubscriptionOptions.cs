using System.ComponentModel.DataAnnotations;

namespace Orderly.Subscriptions;

/// <summary>Bounds of the subscription engine.</summary>
public sealed record SubscriptionOptions
{
    /// <summary>The most events in one batch, and so in one commit.</summary>
    [Range(1, int.MaxValue)]
    public int MaxBatchEvents { get; init; } = 12_000;

    /// <summary>How long a batch is filled at most while the log is being caught up with; at its end a batch never waits.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "00:01:00")]
    public TimeSpan MaxBatchDelay { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// How far apart the commits of a view are at least at the log's end, where the last one has not taken longer, up to 10 ms: a busy log
    /// makes fewer, larger commits, and an event that comes after a pause is committed at once.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:01:00")]
    public TimeSpan MinCommitInterval { get; init; } = TimeSpan.FromMilliseconds(1);

    /// <summary>How many events are read ahead of the batch, and kept for consumers that are not far behind.</summary>
    [Range(1, int.MaxValue)]
    public int ReadAhead { get; init; } = 2_000;

    /// <summary>
    /// How long a consumer that shares its subscription may hold up the others, when it is <see cref="ReadAhead"/> events
    /// behind them, before they go on without it.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "01:00:00")]
    public TimeSpan SharedReadPatience { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How many partitions a new view is made with. <c>worker repartition</c> changes one that is there already.</summary>
    [Range(1, 256)]
    public int Partitions { get; init; } = 1;

    /// <summary>How many documents are kept in memory between batches at least; at most twice as many.</summary>
    [Range(1, int.MaxValue)]
    public int CachedDocuments { get; init; } = 2_000;

    /// <summary>
    /// How long a worker may show no sign of life before the others take its views. It beats five times as often. A worker
    /// that stops in good order gives them back at once.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "01:00:00")]
    public TimeSpan LeaseDuration { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How often a projection that throws is tried with an event before the event is parked.</summary>
    [Range(2, int.MaxValue)]
    public int MaxAttempts { get; init; } = 3;

    /// <summary>
    /// The most events that are parked in one partition, those included that wait behind another one. A view that would
    /// park more stops: then it is the projection that is broken, not the events.
    /// </summary>
    [Range(1, int.MaxValue)]
    public int MaxParkedEvents { get; init; } = 10_000;

    /// <summary>How long a generation is kept after another one took its place, so that there is a way back.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "365.00:00:00")]
    public TimeSpan KeepRetired { get; init; } = TimeSpan.FromHours(1);

    /// <summary>The pause after a first fault; it doubles with each further one.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "01:00:00")]
    public TimeSpan FirstRetryDelay { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>
    /// The longest pause between two tries; at least <see cref="FirstRetryDelay"/>. A store that is away is tried once a second.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "1.00:00:00")]
    public TimeSpan MaxRetryDelay { get; init; } = TimeSpan.FromSeconds(15);
}
