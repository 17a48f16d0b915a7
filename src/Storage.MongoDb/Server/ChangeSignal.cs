namespace Orderly.Storage.MongoDb;

/// <summary>Tells those who wait in this process that something changed. Safe for concurrent use.</summary>
internal sealed class ChangeSignal
{
    private TaskCompletionSource _next = NewSource();

    /// <summary>Ends with the next change. To miss none, take it before looking at what may have changed.</summary>
    public Task Next => Volatile.Read(ref _next).Task;

    public void Set() => Interlocked.Exchange(ref _next, NewSource()).SetResult();

    private static TaskCompletionSource NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
