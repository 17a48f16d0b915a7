namespace Orderly.Storage.EventStoreDb;

/// <summary>Bounds of the adapter. Everything about the connection itself is in the connection string.</summary>
public sealed record EventStoreDbOptions
{
    /// <summary>How long an append, or another change, may take before its outcome counts as unknown.</summary>
    public TimeSpan WriteTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a read waits for its next event.</summary>
    public TimeSpan ReadTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How many messages of a subscription wait in memory to be taken.</summary>
    public int BufferedMessages { get; init; } = 1_024;

    /// <summary>
    /// How many events the server looks at for one page of a filtered subscription while that catches up. A sparse filter
    /// gains by more; the server answers nothing meanwhile.
    /// </summary>
    public int SearchWindow { get; init; } = 500;

    /// <summary>How often in a row a subscription is opened anew without having yielded anything, before it counts as failed.</summary>
    public int MaxFruitlessResubscriptions { get; init; } = 3;

    /// <exception cref="ArgumentException">A value is out of its range.</exception>
    internal void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(WriteTimeout, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(ReadTimeout, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThan(BufferedMessages, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(SearchWindow, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxFruitlessResubscriptions, 1);
    }
}
