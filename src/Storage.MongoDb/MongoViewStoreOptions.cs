namespace Orderly.Storage.MongoDb;

/// <summary>How long the servers may take, and how long dropped documents stay.</summary>
public sealed record MongoViewStoreOptions
{
    /// <summary>The servers and, in its path, the database; <c>orderly</c> when it names none.</summary>
    public required string ConnectionString { get; init; }

    /// <summary>How long a read that somebody waits for may take, and a worker's sign of life.</summary>
    public TimeSpan QueryTimeout { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How long a change of a view's generations may take.</summary>
    public TimeSpan ChangeTimeout { get; init; } = TimeSpan.FromSeconds(8);

    /// <summary>How long what a worker reads or commits in one go may take, with what is tried again.</summary>
    public TimeSpan CommitTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>For how long the documents of a generation stay after it was dropped, for those who are reading them still.</summary>
    public TimeSpan DropDelay { get; init; } = TimeSpan.FromMinutes(1);
}
