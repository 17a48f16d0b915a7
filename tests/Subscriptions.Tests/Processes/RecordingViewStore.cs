using Orderly.ReadModels.ViewStore;
using Orderly.Tests;

namespace Orderly.Subscriptions.Tests.Processes;

/// <summary>A view store that writes down each commit and each lease of its process.</summary>
/// <param name="committing">Called with the position of a commit, and waited for, before the commit.</param>
internal sealed class RecordingViewStore(IViewStore inner, CommitRecord? record, Func<long, Task> committing) : ViewStoreDecorator(inner)
{
    public override async Task<IReadOnlyList<ViewPartition>?> CommitAsync<TDocument>(
        View<TDocument> view, ViewCommit<TDocument> commit, CancellationToken cancellationToken)
    {
        record?.Asked(commit.Partitions, commit.Position);
        await committing(commit.Position);
        var committed = await base.CommitAsync(view, commit, cancellationToken);
        record?.Answered(commit.Partitions, committed);
        return committed;
    }

    public override async Task<ViewPartition?> TryUpdateAsync(
        ViewPartition seen, Func<ViewPartition, DateTimeOffset, ViewPartition> change, CancellationToken cancellationToken)
    {
        var updated = await base.TryUpdateAsync(seen, change, cancellationToken);
        if (updated is not null && updated.Epoch != seen.Epoch)
        {
            record?.Taken(updated);
        }

        return updated;
    }
}
