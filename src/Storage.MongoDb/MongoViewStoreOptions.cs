namespace Orderly.Storage.MongoDb;

/// <summary>The bounds of the view store on MongoDB. Where the server is, and how it is spoken to, says the connection string.</summary>
public sealed record MongoViewStoreOptions
{
    /// <summary>The database when the connection string names none.</summary>
    public string Database { get; init; } = "orderly";

    /// <summary>
    /// How long a call waits for a server that can serve it; then it fails as unavailable. Short enough for a health
    /// check, long enough for most elections. A <c>serverSelectionTimeoutMS</c> in the connection string goes before.
    /// </summary>
    public TimeSpan ServerSelectionTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// How long a call waits for an answer from a server that it reached. A <c>socketTimeoutMS</c> in the connection string goes
    /// before.
    /// </summary>
    public TimeSpan SocketTimeout { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>For how long a transaction that met another one is tried anew, and a commit without an answer sent again.</summary>
    public TimeSpan TransactionRetryTime { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Whether to watch with a change stream; null: where the server has them. False looks again and again.</summary>
    public bool? UseChangeStream { get; init; }

    /// <summary>Without a change stream: how often a watcher looks for what other processes committed.</summary>
    public TimeSpan PollInterval { get; init; } = TimeSpan.FromMilliseconds(50);

    /// <summary>For how long the documents of a generation stay after it was dropped, for those who are reading them still.</summary>
    public TimeSpan DropDelay { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>How many ids one look-up asks for at most. From 1.</summary>
    public int LookupSize { get; init; } = 5000;

    /// <exception cref="ArgumentException">A value is out of its range.</exception>
    internal void Validate()
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(Database);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(ServerSelectionTimeout, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(SocketTimeout, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThan(TransactionRetryTime, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(PollInterval, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThan(DropDelay, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThan(LookupSize, 1);
    }
}
