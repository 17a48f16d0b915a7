namespace Orderly.ReadModels.Waiting;

/// <summary>How fresh a view must be for a query (read your own writes).</summary>
/// <param name="MinPosition">The view must hold all events up to this log position; 0: as it is.</param>
/// <param name="Wait">How long to wait for that at most.</param>
/// <param name="Started">When the wait began, as a timestamp of the clock; 0: it has not.</param>
public readonly record struct Freshness(long MinPosition, TimeSpan Wait, long Started = 0)
{
    /// <summary>Whether the client said how long it would wait: then it wants an answer of this log, or none.</summary>
    public bool IsAsked { get; init; }

    /// <summary>How much of the wait is left.</summary>
    public TimeSpan Left(TimeProvider time) => Started == 0 ? Wait : Wait - time.GetElapsedTime(Started);
}
