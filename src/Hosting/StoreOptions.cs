using System.ComponentModel.DataAnnotations;

namespace Orderly.Hosting;

/// <summary>How long the stores may take to answer before they count as away. What was asked for may have been done all the same.</summary>
public sealed record StoreOptions
{
    /// <summary>A read, of either store, that somebody waits for; and a worker's sign of life.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "01:00:00")]
    public TimeSpan QueryTimeout { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>A command with everything that it asks of the stores, and a change of a view's generations.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "01:00:00")]
    public TimeSpan CommandTimeout { get; init; } = TimeSpan.FromSeconds(8);

    /// <summary>What a worker reads and commits in one go. It has to be enough for the largest batch.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "01:00:00")]
    public TimeSpan CommitTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How long a subscription may deliver nothing before it is seen whether the log has gone on.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "01:00:00")]
    public TimeSpan SilenceTimeout { get; init; } = TimeSpan.FromSeconds(5);
}
