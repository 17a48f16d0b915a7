namespace Orderly.Storage.Sqlite;

/// <summary>A write that waits for its turn in a group commit.</summary>
internal abstract class QueuedWrite<TWriter>
{
    private const int Queued = 0;
    private const int Begun = 1;
    private const int Cancelled = 2;

    private int _state;

    /// <summary>Claims the write for the writer; false when the caller has cancelled it.</summary>
    public bool TryBegin() => Interlocked.CompareExchange(ref _state, Begun, Queued) == Queued;

    /// <summary>Makes the changes inside the open transaction. Only <see cref="Succeed"/> tells the caller of them.</summary>
    public abstract void Apply(TWriter writer);

    /// <summary>Tells the caller that the changes are committed.</summary>
    public abstract void Succeed();

    /// <summary>Tells the caller that the transaction failed.</summary>
    /// <remarks>A write that fails before the writer has begun it may have been cancelled, or may be soon.</remarks>
    public abstract void Fail(Exception failure);

    /// <summary>Cancels the write, unless the writer has begun it, as soon as the token says so.</summary>
    public CancellationTokenRegistration CancelWith(CancellationToken cancellationToken)
        => cancellationToken.UnsafeRegister(
            static (state, token) =>
            {
                var write = (QueuedWrite<TWriter>)state!;
                if (Interlocked.CompareExchange(ref write._state, Cancelled, Queued) == Queued)
                {
                    write.Cancel(token);
                }
            },
            this);

    /// <summary>Tells the caller that the write was cancelled.</summary>
    protected abstract void Cancel(CancellationToken token);
}

/// <inheritdoc cref="QueuedWrite{TWriter}"/>
/// <param name="apply">Makes the changes inside the open transaction, and answers what becomes of them.</param>
internal class QueuedWrite<TWriter, TResult>(Func<TWriter, TResult> apply) : QueuedWrite<TWriter>
{
    private readonly TaskCompletionSource<TResult> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when the changes are committed.</summary>
    public Task<TResult> Done => _done.Task;

    /// <summary>What <see cref="Apply"/> has answered.</summary>
    protected TResult Result { get; private set; } = default!;

    public override void Apply(TWriter writer) => Result = apply(writer);

    public override void Succeed() => _done.SetResult(Result);

    public override void Fail(Exception failure) => _done.TrySetException(failure);

    protected override void Cancel(CancellationToken token) => _done.TrySetCanceled(token);
}
