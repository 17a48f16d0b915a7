using Orderly.Access;

namespace Orderly.Api.Access;

/// <summary>Which streams of the log a caller may read.</summary>
/// <param name="owners">Tell whose a stream is.</param>
internal sealed class StreamAccess(IEnumerable<IStreamOwner> owners)
{
    /// <summary>The scopes that open some streams at least.</summary>
    public static string[] Scopes { get; } =
    [
        .. Orderly.Access.Scopes.OfStreams.SelectMany(scopes => scopes).Append(Orderly.Access.Scopes.HistoryRead).Distinct()
            .Order(StringComparer.Ordinal),
    ];

    public async Task<bool> MayReadAsync(Caller caller, string stream, CancellationToken cancellationToken)
    {
        var dash = stream.IndexOf('-', StringComparison.Ordinal);
        var (category, id) = (stream[..dash], stream[(dash + 1)..]);
        if (caller.Has(Orderly.Access.Scopes.HistoryRead) || Orderly.Access.Scopes.OfStreams[category].Any(caller.Has))
        {
            return true;
        }

        foreach (var owner in caller.OwnAccountId is null ? [] : owners)
        {
            if (await owner.FindOwnerAsync(category, id, cancellationToken) == caller.OwnAccountId)
            {
                return true;
            }
        }

        return false;
    }
}

/// <summary>Tells whose a stream is, for callers who may read what is their own.</summary>
internal interface IStreamOwner
{
    /// <summary>The account; null when it is nobody's, or not there.</summary>
    Task<string?> FindOwnerAsync(string category, string id, CancellationToken cancellationToken);
}
