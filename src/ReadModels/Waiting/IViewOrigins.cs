namespace Orderly.ReadModels.Waiting;

/// <summary>Tells which views are of another log than the one that is there. Their positions mean nothing to a client.</summary>
public interface IViewOrigins
{
    /// <summary>Why the live generation of a view is of another log; null when it is not, or that can't be found out now.</summary>
    ValueTask<string?> FindFaultAsync(string view, CancellationToken cancellationToken);
}
