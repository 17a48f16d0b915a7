namespace Orderly.ReadModels.Waiting;

/// <summary>The answer of a view.</summary>
/// <param name="Value">What was asked for; null when there is none, or the view is behind.</param>
/// <param name="Position">How far the view was; with several, the least far.</param>
/// <param name="IsBehind">The view did not reach the position that was asked for in time.</param>
public sealed record ViewAnswer<TAnswer>(TAnswer? Value, long Position, bool IsBehind = false)
    where TAnswer : class
{
    /// <summary>Whether the caller may not ask this.</summary>
    public bool IsForbidden { get; init; }

    /// <summary>Whether a view that was asked is of another log than the one that is there: its position means nothing.</summary>
    public bool IsOfOtherLog { get; init; }
}
