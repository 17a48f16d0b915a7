using Orderly.Domain.EventStore;
using Orderly.ReadModels.Commands;
using Orderly.ReadModels.ViewStore;

namespace Orderly.Projections;

/// <summary>
/// The command index on the view <c>command-index</c>. It knows what the view knows: it misses a key that comes back for
/// another stream, at another process, before the view shows the first command. It misses keys too while the views can't
/// be read, since no command waits for them.
/// </summary>
public sealed class ViewCommandIndex(IViewReader views) : ICommandIndex
{
    public async Task<string?> FindStreamAsync(Guid commandId, CancellationToken cancellationToken)
    {
        try
        {
            var found = await views.FindAsync(CommandTrace.View, [commandId.ToString()], cancellationToken).ConfigureAwait(false);
            return found.Documents is [var trace] ? trace.Value.Stream : null;
        }
        catch (ViewStoreUnavailableException)
        {
            return null;
        }
    }
}
