namespace Orderly.ReadModels.Waiting;

/// <summary>
/// Tells which views are of another log than the one that is there. Neither their positions nor what they hold means anything to a client.
/// </summary>
public interface IViewOrigins
{
    /// <summary>Why the live generation of a view is of another log; null when it is not, or that can't be found out now.</summary>
    /// <param name="isAsked">Whether to wait until it is found out anew. If not, what was found out last is enough.</param>
    ValueTask<string?> FindFaultAsync(string view, bool isAsked, CancellationToken cancellationToken);
}
