using MongoDB.Driver;

namespace Orderly.Storage.MongoDb;

/// <summary>What the errors of the driver and of servers mean.</summary>
internal static class MongoErrors
{
    public const int NamespaceExists = 48;

    private const int WriteConflict = 112;
    private const int SnapshotUnavailable = 246;

    /// <summary>Whether the transaction left no trace and can be run again.</summary>
    /// <remarks>Not every server that speaks MongoDB's protocol labels its errors, so a write conflict is known by its code too.</remarks>
    public static bool IsTransient(MongoException e) => e.HasErrorLabel("TransientTransactionError") || CodeOf(e) is WriteConflict;

    /// <summary>Whether the transaction may or may not have been committed, and the commit can be sent again.</summary>
    public static bool IsUnknownCommit(MongoException e) => e.HasErrorLabel("UnknownTransactionCommitResult");

    /// <summary>Whether the server no longer, or not yet, has the instant that was to be read.</summary>
    public static bool IsSnapshotUnavailable(MongoException e) => CodeOf(e) is SnapshotUnavailable;

    /// <summary>
    /// Whether the server can't be reached, is not the primary, took too long, was too busy with others, or forgot the rest of an answer.
    /// </summary>
    public static bool IsUnavailable(Exception e) => e is TimeoutException
        or MongoConnectionException
        or MongoConnectionPoolPausedException
        or MongoWaitQueueFullException
        or MongoNotPrimaryException
        or MongoNodeIsRecoveringException
        or MongoExecutionTimeoutException
        or MongoCursorNotFoundException
        or MongoWriteConcernException
        or MongoWriteException { WriteConcernError: not null }
        or MongoBulkWriteException { WriteConcernError: not null }
        || (e is MongoException mongo && (IsTransient(mongo) || IsUnknownCommit(mongo) || IsSnapshotUnavailable(mongo)));

    private static int? CodeOf(MongoException e) => e switch
    {
        MongoCommandException command => command.Code,
        MongoWriteException write => write.WriteError?.Code,
        MongoBulkWriteException { WriteErrors: [var first, ..] } => first.Code,
        _ => null,
    };
}
