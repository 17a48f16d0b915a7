using Orderly.Domain.EventStore;

namespace Orderly.Storage.Sqlite;

/// <summary>A write that waits for its turn in a group commit.</summary>
/// <param name="events">How many events it carries.</param>
/// <param name="bytes">How many bytes they have.</param>
/// <param name="apply">
/// Makes the changes, and answers what became of an append. An <see cref="ArgumentException"/> refuses the request before it changed
/// anything, and fails it alone.
/// </param>
internal sealed class WriteRequest(int events, int bytes, Func<LogWriter, AppendResult?> apply)
{
    private const int Queued = 0;
    private const int Begun = 1;
    private const int Cancelled = 2;

    private readonly TaskCompletionSource<AppendResult?> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private ArgumentException? _refusal;
    private AppendResult? _result;
    private int _state;

    public int Events => events;

    public int Bytes => bytes;

    /// <summary>Completes when the changes are durable, with what became of an append.</summary>
    public Task<AppendResult?> Done => _done.Task;

    /// <summary>Claims the request for the writer; false when the caller has cancelled it.</summary>
    public bool TryBegin() => Interlocked.CompareExchange(ref _state, Begun, Queued) == Queued;

    /// <summary>Makes the changes inside the open transaction. Only <see cref="Succeed"/> tells the caller of them.</summary>
    public void Apply(LogWriter log)
    {
        try
        {
            _result = apply(log);
        }
        catch (ArgumentException e)
        {
            _refusal = e;
        }
    }

    /// <summary>Tells the caller that the changes are durable, or that they were refused.</summary>
    public void Succeed()
    {
        if (_refusal is null)
        {
            _done.SetResult(_result);
        }
        else
        {
            _done.SetException(_refusal);
        }
    }

    /// <summary>Tells the caller that the transaction failed.</summary>
    /// <remarks>A request that fails before the writer has begun it may have been cancelled, or may be soon.</remarks>
    public void Fail(Exception failure) => _done.TrySetException(failure);

    /// <summary>Cancels the request, unless the writer has begun it, as soon as the token says so.</summary>
    public CancellationTokenRegistration CancelWith(CancellationToken cancellationToken)
        => cancellationToken.UnsafeRegister(
            static (state, token) =>
            {
                var request = (WriteRequest)state!;
                if (Interlocked.CompareExchange(ref request._state, Cancelled, Queued) == Queued)
                {
                    request._done.TrySetCanceled(token);
                }
            },
            this);
}
