using System.Collections.Concurrent;

namespace Orderly.Storage.Sqlite;

/// <summary>
/// The connections that read a file, opened when they are needed. One is in use only while it answers, never while its caller
/// handles the answer. Safe for concurrent use.
/// </summary>
/// <param name="size">How many there are at most; more readers wait for their turn without a thread.</param>
/// <param name="open">Opens one.</param>
internal sealed class ReaderPool<TReader>(DatabaseFile file, int size, Func<TReader> open) : IDisposable
    where TReader : class, IDisposable
{
    private readonly SemaphoreSlim _turns = new(size, size);
    private readonly ConcurrentStack<TReader> _idle = new();
    private volatile bool _disposed;

    /// <summary>Reads on one of the connections, as soon as one is free. <paramref name="read"/> may run more than once.</summary>
    /// <exception cref="ObjectDisposedException">The pool is disposed.</exception>
    public async ValueTask<T> ReadAsync<T>(Func<TReader, T> read, CancellationToken cancellationToken)
    {
        await _turns.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return await file.WhenFreeAsync(() => Read(read), cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (Failures.IsUnavailable(e))
        {
            throw file.Unavailable(e);
        }
        finally
        {
            _turns.Release();
        }
    }

    /// <summary>Closes the connections; one that is in use, as soon as it has answered.</summary>
    public void Dispose()
    {
        _disposed = true;
        CloseIdle();
    }

    private T Read<T>(Func<TReader, T> read)
    {
        ObjectDisposedException.ThrowIf(_disposed, file.Store);
        TReader? reader = null;
        try
        {
            file.EnsureInPlace();
            if (!_idle.TryPop(out reader))
            {
                reader = open();
            }

            var result = read(reader);
            _idle.Push(reader);
            if (_disposed)
            {
                CloseIdle();
            }

            return result;
        }
        catch
        {
            // Whatever went wrong, the next reader begins with a new connection.
            reader?.Dispose();
            throw;
        }
    }

    private void CloseIdle()
    {
        while (_idle.TryPop(out var reader))
        {
            reader.Dispose();
        }
    }
}
