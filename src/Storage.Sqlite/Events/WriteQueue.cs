using System.Diagnostics.CodeAnalysis;

namespace Orderly.Storage.Sqlite;

/// <summary>
/// The bounded queue in front of the writer: callers wait for room without a thread, the writer waits for work on its
/// own. Safe for concurrent use, with one taker.
/// </summary>
[SuppressMessage(
    "Reliability", "CA1001", Justification = "The semaphore has no handle to release, and late callers may still be waiting for it.")]
internal sealed class WriteQueue(SqliteEventStoreOptions options)
{
    /// <summary>The most bytes of events that share one commit. One append is never split, so it may exceed this alone.</summary>
    private const int MaxCommitBytes = 4 * 1024 * 1024;

    private readonly SemaphoreSlim _room = new(options.QueueCapacity, options.QueueCapacity);
    private readonly Queue<WriteRequest> _requests = new();
    private readonly object _gate = new();
    private bool _completed;

    /// <summary>Puts a request at the end, once there is room.</summary>
    /// <exception cref="ObjectDisposedException">The queue takes no more.</exception>
    public async ValueTask AddAsync(WriteRequest request, CancellationToken cancellationToken)
    {
        await _room.WaitAsync(cancellationToken).ConfigureAwait(false);
        lock (_gate)
        {
            if (!_completed)
            {
                _requests.Enqueue(request);
                if (_requests.Count == 1)
                {
                    Monitor.Pulse(_gate);
                }

                return;
            }
        }

        // The next caller that waits for room is refused too.
        _room.Release();
        throw new ObjectDisposedException(nameof(SqliteEventStore));
    }

    /// <summary>
    /// Waits for requests and moves as many of them into <paramref name="batch"/> as may share a commit: none when it
    /// has waited for <paramref name="timeout"/>. False when the queue is empty and takes no more.
    /// </summary>
    public bool Take(List<WriteRequest> batch, TimeSpan timeout)
    {
        lock (_gate)
        {
            while (_requests.Count == 0)
            {
                if (_completed)
                {
                    return false;
                }

                if (!Monitor.Wait(_gate, timeout))
                {
                    return true;
                }
            }

            var (events, bytes) = (0, 0);
            while (_requests.TryPeek(out var next)
                && (batch.Count == 0 || (events + next.Events <= options.MaxCommitEvents && bytes + next.Bytes <= MaxCommitBytes)))
            {
                batch.Add(_requests.Dequeue());
                events += next.Events;
                bytes += next.Bytes;
            }
        }

        _room.Release(batch.Count);
        return true;
    }

    /// <summary>Takes no more requests; those that are queued can still be taken.</summary>
    public void Complete()
    {
        lock (_gate)
        {
            _completed = true;
            Monitor.Pulse(_gate);
        }
    }
}
