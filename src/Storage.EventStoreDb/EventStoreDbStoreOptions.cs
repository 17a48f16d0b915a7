namespace Orderly.Storage.EventStoreDb;

/// <summary>How long the server may take.</summary>
public sealed record EventStoreDbStoreOptions
{
    /// <summary><c>esdb://…</c> or <c>esdb+discover://…</c>, as the client documents it.</summary>
    public required string ConnectionString { get; init; }

    /// <summary>How long a read waits for its next event, and any other question for its answer.</summary>
    public TimeSpan ReadTimeout { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How long an append, or another change, may take with what is sent again, before its outcome counts as unknown.</summary>
    public TimeSpan AppendTimeout { get; init; } = TimeSpan.FromSeconds(8);

    /// <summary>
    /// How long a subscription, or a read that looks for events of a filter, may deliver nothing before it is seen whether the server
    /// reads.
    /// </summary>
    public TimeSpan SilenceTimeout { get; init; } = TimeSpan.FromSeconds(5);
}
