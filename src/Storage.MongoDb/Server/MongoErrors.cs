using MongoDB.Driver;
using Orderly.ReadModels.ViewStore;

namespace Orderly.Storage.MongoDb;

/// <summary>What the errors of the driver and of servers mean.</summary>
internal static class MongoErrors
{
    public const int NamespaceExists = 48;

    private const int WriteConflict = 112;
    private const int SnapshotUnavailable = 246;
    private const int DuplicateKey = 11000;
    private const string TransientTransactionError = "TransientTransactionError";
    private const string UnknownTransactionCommitResult = "UnknownTransactionCommitResult";

    /// <summary>Whether the transaction left no trace and can be run again.</summary>
    /// <remarks>Not every server that speaks MongoDB's protocol labels its errors, so a write conflict is known by its code too.</remarks>
    public static bool IsTransient(MongoException e)
        => e.HasErrorLabel(TransientTransactionError) || CodeOf(e) is WriteConflict;

    /// <summary>Whether the transaction may or may not have been committed, and the commit can be sent again.</summary>
    public static bool IsUnknownCommit(MongoException e) => e.HasErrorLabel(UnknownTransactionCommitResult);

    /// <summary>Whether the server no longer, or not yet, has the instant that was to be read.</summary>
    public static bool IsSnapshotUnavailable(MongoException e) => CodeOf(e) is SnapshotUnavailable;

    public static bool IsDuplicateKey(MongoException e) => e switch
    {
        MongoWriteException write => write.WriteError?.Category is ServerErrorCategory.DuplicateKey,
        _ => CodeOf(e) is DuplicateKey,
    };

    /// <summary>Whether the server can't be reached, is not the primary, took too long, or was too busy with others.</summary>
    public static bool IsUnavailable(Exception e) => e is TimeoutException
        or MongoConnectionException
        or MongoConnectionPoolPausedException
        or MongoWaitQueueFullException
        or MongoNotPrimaryException
        or MongoNodeIsRecoveringException
        or MongoExecutionTimeoutException
        or MongoWriteConcernException
        or MongoWriteException { WriteConcernError: not null }
        or MongoBulkWriteException { WriteConcernError: not null }
        || (e is MongoException mongo && (IsTransient(mongo) || IsUnknownCommit(mongo) || IsSnapshotUnavailable(mongo)));

    /// <param name="reason">What a server that was looked for was last heard to fail with; null: nothing is known.</param>
    public static ViewStoreUnavailableException Unavailable(string hosts, string? reason, Exception e) => e switch
    {
        MongoAuthenticationException => new($"The view store at {hosts} did not accept the credentials.", e),
        MongoConnectionException or MongoConnectionPoolPausedException => new($"The connection to the view store at {hosts} failed.", e),
        TimeoutException => new($"No server of the view store at {hosts} answered in time{(reason is null ? "." : $": {reason}")}", e),
        _ => new($"The view store at {hosts} can't serve the call now: {e.GetType().Name}.", e),
    };

    private static int? CodeOf(MongoException e) => e switch
    {
        MongoCommandException command => command.Code,
        MongoWriteException write => write.WriteError?.Code,
        MongoBulkWriteException { WriteErrors: [var first, ..] } => first.Code,
        _ => null,
    };
}
