using EventStore.Client;
using Grpc.Core;
using Orderly.Domain.EventStore;

namespace Orderly.Storage.EventStoreDb;

/// <summary>What the client throws, in the terms of the port.</summary>
internal static class Faults
{
    /// <summary>Awaits a call of the client; a time limit of our own holds where the client has none.</summary>
    /// <exception cref="EventStoreUnavailableException">The server did not do it, or nobody knows.</exception>
    public static async Task<T> OrUnavailable<T>(this Task<T> call, TimeSpan timeout, CancellationToken cancellationToken)
    {
        try
        {
            return await call.WaitAsync(timeout, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (IsFault(e))
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw Unavailable(e);
        }
    }

    public static EventStoreUnavailableException Unavailable(Exception e) => new(
        e switch
        {
            AccessDeniedException
                => "EventStoreDB refuses access: the user of the connection string may not do this. Reading the log needs the "
                    + "right to read $all.",
            NotAuthenticatedException => "EventStoreDB does not know the user or password of the connection string.",
            NotLeaderException leader => $"The node of EventStoreDB is not the leader any more; the leader is {leader.LeaderEndpoint}.",
            DiscoveryException
                => "No node of EventStoreDB could be found. Are the addresses, the user and the password of the connection string "
                    + "right, and is the cluster up?",
            TimeoutException or OperationCanceledException => "EventStoreDB did not answer in time.",
            RpcException { StatusCode: StatusCode.DeadlineExceeded } => "EventStoreDB did not answer in time.",
            RpcException { StatusCode: StatusCode.ResourceExhausted }
                => "EventStoreDB refused what another append, sent in the same call, carried too much for; this one was not written.",
            RpcException { StatusCode: StatusCode.Unavailable } call => $"EventStoreDB can't be reached: {call.Status.Detail}",
            _ => $"EventStoreDB failed: {e.Message}",
        },
        e);

    /// <summary>Whether the server stopped sending because its small buffer for us was full.</summary>
    public static bool IsTooSlow(Exception e)
        => (e.InnerException as RpcException
            ?? e as RpcException)?.Status.Detail.Contains("too slow", StringComparison.OrdinalIgnoreCase) == true;

    /// <summary>Whether an append is sent again at once.</summary>
    /// <remarks>
    /// The server itself, and not the way to it, ran out of time: it says so, too, to all but one of the same appends that are under way at
    /// once. Or somebody else's append was too large: the client sends appends of all callers in one call, which then ends for all. Or the
    /// call was given up with the connection, and not by the caller.
    /// </remarks>
    public static bool IsSentAgain(Exception? e)
        => e is RpcException { StatusCode: StatusCode.DeadlineExceeded, Status.Detail: "Timeout" }
            or RpcException { StatusCode: StatusCode.ResourceExhausted or StatusCode.Cancelled };

    /// <summary>Whether the server could read the log, but not from the position that it was told.</summary>
    public static bool IsNoPosition(Exception? e)
        => e is RpcException { StatusCode: StatusCode.Unknown } call
            && call.Status.Detail.Contains("ReadAllResult", StringComparison.Ordinal);

    /// <summary>Whether it is the server's doing, and not an answer.</summary>
    public static bool IsFault(Exception e) => e is not (StreamDeletedException or EventStoreUnavailableException or ArgumentException);
}
