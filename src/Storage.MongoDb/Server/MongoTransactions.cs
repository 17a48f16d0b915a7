using MongoDB.Driver;

namespace Orderly.Storage.MongoDb;

/// <summary>Runs transactions, and again those that met another one.</summary>
/// <remarks>
/// As the drivers' specification of transactions says: an error labelled transient means once more from the start, one
/// that leaves the commit's result unknown means to send the commit again. Both end with the caller's cancellation.
/// </remarks>
internal sealed class MongoTransactions(IMongoClient client, TimeProvider time)
{
    private const int LongestDelayMilliseconds = 128;

    /// <summary>How long a server may take to give up a transaction. One that does not hear of it gives it up by itself.</summary>
    private static readonly TimeSpan s_abortTimeout = TimeSpan.FromSeconds(1);

    // Conditions of the updates guard what must hold, so nothing here rests on a snapshot across shards.
    private static readonly TransactionOptions s_options = new(ReadConcern.Majority, ReadPreference.Primary, MongoServer.Durable);

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
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await TryAsync(session, work, cancellationToken).ConfigureAwait(false);
            }
            catch (MongoException e) when (MongoErrors.IsTransient(e) && !cancellationToken.IsCancellationRequested)
            {
                await BackOffAsync(attempt, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private Task<IClientSessionHandle> StartSessionAsync(CancellationToken cancellationToken)
        => client.StartSessionAsync(new ClientSessionOptions { CausalConsistency = false }, cancellationToken);

    private async Task<T?> TryAsync<T>(
        IClientSessionHandle session, Func<IClientSessionHandle, CancellationToken, Task<T?>> work, CancellationToken cancellationToken)
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
                await AbortAsync(session).ConfigureAwait(false);
            }
        }

        for (var attempt = 1; result is not null; attempt++)
        {
            try
            {
                await session.CommitTransactionAsync(cancellationToken).ConfigureAwait(false);
                break;
            }
            catch (MongoException e) when (MongoErrors.IsUnknownCommit(e) && !cancellationToken.IsCancellationRequested)
            {
                await BackOffAsync(attempt, cancellationToken).ConfigureAwait(false);
            }
        }

        return result;
    }

    /// <summary>Also after a cancellation: the transaction would hold its locks until the server gives it up.</summary>
    private static async Task AbortAsync(IClientSessionHandle session)
    {
        using var enough = new CancellationTokenSource(s_abortTimeout);
        try
        {
            await session.AbortTransactionAsync(enough.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // What made it give up is what the caller hears.
        }
    }

    private Task BackOffAsync(int attempt, CancellationToken cancellationToken)
    {
        var longest = Math.Min(LongestDelayMilliseconds, 1 << Math.Min(attempt, 10));
        return Task.Delay(TimeSpan.FromMilliseconds(Random.Shared.Next(1, longest + 1)), time, cancellationToken);
    }
}
