using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.Data.Sqlite;
using Orderly.Domain.EventStore;

namespace Orderly.Storage.Sqlite;

/// <summary>
/// The connections for reading, opened when they are needed. One is in use only while it answers, never while its
/// caller handles the answer. Safe for concurrent use.
/// </summary>
internal sealed class LogReaderPool(SqliteEventStoreOptions options) : IDisposable
{
    private static readonly TimeSpan s_busyRetry = TimeSpan.FromMilliseconds(2);

    private readonly SemaphoreSlim _free = new(options.MaxReadConnections, options.MaxReadConnections);
    private readonly ConcurrentBag<LogReader> _idle = [];
    private volatile bool _disposed;

    /// <summary>Reads on one of the connections, as soon as one is free.</summary>
    /// <exception cref="EventStoreUnavailableException">The database can't be read now.</exception>
    /// <exception cref="ObjectDisposedException">The pool is disposed.</exception>
    public async ValueTask<TResult> ReadAsync<TResult>(Func<LogReader, TResult> read, CancellationToken cancellationToken)
    {
        await _free.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var started = Stopwatch.GetTimestamp();
            while (true)
            {
                ObjectDisposedException.ThrowIf(_disposed, typeof(SqliteEventStore));
                try
                {
                    return Read(read);
                }
                catch (SqliteException e) when (SqliteDatabase.IsBusy(e) && Stopwatch.GetElapsedTime(started) < options.BusyTimeout)
                {
                    // Readers and the writer do not block one another; this is another process that opens or closes the file.
                    await Task.Delay(s_busyRetry, cancellationToken).ConfigureAwait(false);
                }
            }
        }
        catch (SqliteException e) when (SqliteFailures.ToPort(e) is EventStoreUnavailableException unavailable)
        {
            throw unavailable;
        }
        finally
        {
            _free.Release();
        }
    }

    /// <summary>Closes the connections; one that is in use, as soon as it has answered.</summary>
    public void Dispose()
    {
        _disposed = true;
        CloseIdle();
    }

    private TResult Read<TResult>(Func<LogReader, TResult> read)
    {
        LogReader? reader = null;
        try
        {
            if (!_idle.TryTake(out reader))
            {
                reader = new LogReader(options);
            }

            var result = read(reader);
            _idle.Add(reader);
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
        while (_idle.TryTake(out var reader))
        {
            reader.Dispose();
        }
    }
}
