namespace Orderly.Storage.Sqlite;

/// <summary>A write that waits for its turn in a group commit.</summary>
/// <param name="events">How many events it carries.</param>
/// <param name="bytes">How many bytes they have.</param>
internal abstract class WriteRequest(int events, int bytes)
{
    private const int Queued = 0;
    private const int Begun = 1;
    private const int Cancelled = 2;

    private int _state;

    public int Events => events;

    public int Bytes => bytes;

    /// <summary>Claims the request for the writer; false when the caller has cancelled it.</summary>
    public bool TryBegin() => Interlocked.CompareExchange(ref _state, Begun, Queued) == Queued;

    /// <summary>Makes the changes inside the open transaction. Only <see cref="Succeed"/> tells the caller of them.</summary>
    public abstract void Apply(LogWriter log);

    /// <summary>Tells the caller what <see cref="Apply"/> came to, once it is durable.</summary>
    public abstract void Succeed();

    /// <summary>Tells the caller that the transaction failed.</summary>
    public abstract void Fail(Exception failure);

    /// <summary>Cancels the request unless the writer has begun it.</summary>
    protected bool TryCancel() => Interlocked.CompareExchange(ref _state, Cancelled, Queued) == Queued;
}

/// <summary>A write with an answer.</summary>
/// <param name="apply">
/// Makes the changes. An <see cref="ArgumentException"/> refuses the request before it changed anything, and fails it alone.
/// </param>
internal sealed class WriteRequest<TResult>(int events, int bytes, Func<LogWriter, TResult> apply) : WriteRequest(events, bytes)
{
    private readonly TaskCompletionSource<TResult> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TResult? _result;
    private ArgumentException? _refusal;

    public Task<TResult> Answer => _answer.Task;

    public override void Apply(LogWriter log)
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

    public override void Succeed()
    {
        if (_refusal is null)
        {
            _answer.SetResult(_result!);
        }
        else
        {
            _answer.SetException(_refusal);
        }
    }

    // A request that fails before the writer has begun it may have been cancelled, or may be soon.
    public override void Fail(Exception failure) => _answer.TrySetException(failure);

    /// <summary>Cancels the request, unless the writer has begun it, as soon as the token says so.</summary>
    public CancellationTokenRegistration CancelWith(CancellationToken cancellationToken)
        => cancellationToken.UnsafeRegister(
            static (state, token) =>
            {
                var request = (WriteRequest<TResult>)state!;
                if (request.TryCancel())
                {
                    request._answer.TrySetCanceled(token);
                }
            },
            this);
}
