namespace Orderly.Hosting;

/// <summary>
/// How the last append of this process ended, whichever the store: what a read of the log can't tell. Safe for concurrent use.
/// </summary>
public sealed class AppendOutcome
{
    private volatile bool _hasFailed;

    /// <summary>Whether the event store could not write it. The next one that is written, or a probe, clears it.</summary>
    public bool HasFailed => _hasFailed;

    internal void Succeeded()
    {
        // Each append comes here: what stays as it is is not written to.
        if (_hasFailed)
        {
            _hasFailed = false;
        }
    }

    internal void Failed() => _hasFailed = true;
}
