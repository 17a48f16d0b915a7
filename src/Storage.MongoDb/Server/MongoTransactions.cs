using MongoDB.Driver;

namespace Orderly.Storage.MongoDb;

/// <summary>Runs transactions, and again those that met another one.</summary>
/// <remarks>
/// As the drivers' specification of transactions says: an error labelled transient means once more from the start, one
/// that leaves the commit's result unknown means to send the commit again. Both are bounded by a time, and end with the
/// caller's cancellation.
/// </remarks>
internal sealed class MongoTransactions(IMongoClient client, TimeProvider time)
{
    private const int LongestDelayMilliseconds = 128;

    /// <summary>For how long a transaction that met another one is tried anew, and a commit without an answer sent again.</summary>
    private static readonly TimeSpan s_retryTime = TimeSpan.FromSeconds(15);

    // Conditions of the updates guard what must hold, so nothing here rests on a snapshot across shards.
    private static readonly TransactionOptions s_options = new(ReadConcern.Majority, ReadPreference.Primary, WriteConcern.WMajority);

    /// <summary>Runs work that is one atomic step by itself, or only reads.</summary>
    public async Task<T> RunWithoutAsync<T>(
        Func<IClientSessionHandle, CancellationToken, Task<T>> work, CancellationToken cancellationToken)
    {
        using var session = await StartSessionAsync(cancellationToken).ConfigureAwait(false);
        return await work(session, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Runs work in a transaction.</summary>
    /// <param name="work">May run several times. Its result is committed, and nothing is written when that is null.</param>
    public async Task<T?> RunAsync<T>(Func<IClientSessionHandle, CancellationToken, Task<T?>> work, CancellationToken cancellationToken)
        where T : class
    {
        using var session = await StartSessionAsync(cancellationToken).ConfigureAwait(false);
        var started = time.GetTimestamp();
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await TryAsync(session, work, started, cancellationToken).ConfigureAwait(false);
            }
            catch (MongoException e) when (MongoErrors.IsTransient(e) && IsTimeLeft(started))
            {
                await BackOffAsync(attempt, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private Task<IClientSessionHandle> StartSessionAsync(CancellationToken cancellationToken)
        => client.StartSessionAsync(new ClientSessionOptions { CausalConsistency = false }, cancellationToken);

    private async Task<T?> TryAsync<T>(
        IClientSessionHandle session, Func<IClientSessionHandle, CancellationToken, Task<T?>> work, long started,
        CancellationToken cancellationToken)
        where T : class
    {
        session.StartTransaction(s_options);
        T? result = null;
        try
        {
            result = await work(session, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            if (result is null)
            {
                // Also after a cancellation: the transaction would hold its locks until the server gives it up.
                await session.AbortTransactionAsync(CancellationToken.None).ConfigureAwait(false);
            }
        }

        for (var attempt = 1; result is not null; attempt++)
        {
            try
            {
                await session.CommitTransactionAsync(cancellationToken).ConfigureAwait(false);
                break;
            }
            catch (MongoException e) when (MongoErrors.IsUnknownCommit(e) && IsTimeLeft(started))
            {
                await BackOffAsync(attempt, cancellationToken).ConfigureAwait(false);
            }
        }

        return result;
    }

    private bool IsTimeLeft(long started) => time.GetElapsedTime(started) < s_retryTime;

    private Task BackOffAsync(int attempt, CancellationToken cancellationToken)
    {
        var longest = Math.Min(LongestDelayMilliseconds, 1 << Math.Min(attempt, 10));
        return Task.Delay(TimeSpan.FromMilliseconds(Random.Shared.Next(1, longest + 1)), time, cancellationToken);
    }
}
