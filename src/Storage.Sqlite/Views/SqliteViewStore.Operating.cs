using Orderly.ReadModels.ViewStore;

namespace Orderly.Storage.Sqlite;

/// <content>What is done with whole generations.</content>
public sealed partial class SqliteViewStore
{
    public Task<ViewGeneration> StartGenerationAsync(View view, CancellationToken cancellationToken)
        => ChangeAsync(connection => Start(connection, view, ViewGenerations.ReadOf(connection, view.Name)), cancellationToken);

    public Task<ViewGeneration?> StartVersionAsync(View view, CancellationToken cancellationToken)
        => ChangeAsync(
            connection =>
            {
                var generations = ViewGenerations.ReadOf(connection, view.Name);
                return generations.Exists(one => (one.IsLive && one.Version >= view.Version) || (one.IsDeclined && one.Version == view.Version))
                    ? null
                    : Start(connection, view, generations);
            },
            cancellationToken);

    private ViewGeneration Start(Connection connection, View view, List<ViewGeneration> generations)
        => generations.Find(generation => generation.State == GenerationState.Building && generation.Version == view.Version)
            ?? ViewGenerations.Add(connection, view, generations.Find(generation => generation.IsLive)?.Partitions.Count ?? 1, _time.GetUtcNow());

    /// <inheritdoc/>
    /// <remarks>Both keep their epochs and positions, so who built the one goes on to commit to it, and who kept the other may too.</remarks>
    public async Task<bool> SwapAsync(ViewGeneration generation, CancellationToken cancellationToken)
    {
        ViewGeneration? replaced = null;
        var isLive = await ChangeAsync(
            connection =>
            {
                var generations = ViewGenerations.ReadOf(connection, generation.View);
                var live = generations.Find(one => one.IsLive);
                var next = generations.Find(one => one.Number == generation.Number);
                if (next is null or { State: GenerationState.Retired } || next.IsLive)
                {
                    return next is { IsLive: true };
                }

                if (live is not null && IsFurther(live, next))
                {
                    return false;
                }

                foreach (var retired in generations.Where(one => one.State == GenerationState.Retired && !(one.IsDeclined && one.Version > next.Version)))
                {
                    ViewGenerations.Remove(connection, retired.View, retired.Number);
                }

                if (live is not null)
                {
                    ViewGenerations.Retire(connection, live, _time.GetUtcNow());
                }

                ViewGenerations.Restore(connection, next);
                ViewGenerations.SetLive(connection, next.View, next.Number);
                replaced = live;
                return true;
            },
            cancellationToken).ConfigureAwait(false);
        if (replaced is not null)
        {
            LogSwapped(_logger, generation.View, replaced.Number, generation.Number);
        }

        return isLive;
    }

    public Task<ViewGeneration?> RollBackAsync(string view, CancellationToken cancellationToken)
        => ChangeAsync(
            connection =>
            {
                var generations = ViewGenerations.ReadOf(connection, view);
                if (generations.Where(generation => generation.State == GenerationState.Retired).MaxBy(generation => (generation.RetiredAt, generation.Number)) is not { } retired)
                {
                    return null;
                }

                foreach (var building in generations.Where(generation => generation.State == GenerationState.Building))
                {
                    ViewGenerations.Remove(connection, view, building.Number);
                }

                if (generations.Find(generation => generation.IsLive) is { } live)
                {
                    ViewGenerations.Decline(connection, live);
                }

                ViewGenerations.Restore(connection, retired);
                return ViewGenerations.Find(connection, view, retired.Number);
            },
            cancellationToken);

    public Task<ViewGeneration?> RepartitionAsync(string view, int number, int partitions, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(partitions, 1);
        return ChangeAsync(
            connection =>
            {
                var generation = ViewGenerations.Find(connection, view, number);
                if (generation is null || generation.Partitions.Count == partitions)
                {
                    return generation;
                }

                ViewPartitions.Replace(connection, generation, partitions);
                return ViewGenerations.Find(connection, view, number);
            },
            cancellationToken);
    }

    public Task<ViewPage<TDocument>?> PageAsync<TDocument>(
        View<TDocument> view, int number, string? afterId, int limit, CancellationToken cancellationToken)
        where TDocument : class
    {
        var query = new ViewQuery([], limit, afterId);
        query.Validate(view);
        return _database.ReadAsync(
            connection => ViewGenerations.Find(connection, view.Name, number) is { } generation
                ? new ViewPage<TDocument>(generation, Search(connection, view, number, query))
                : null,
            cancellationToken);
    }

    public Task DropGenerationAsync(ViewGeneration generation, CancellationToken cancellationToken)
        => ChangeAsync(
            connection => ViewGenerations.FindLivePosition(connection, generation.View).Number == generation.Number
                ? throw new InvalidOperationException($"Generation {generation.Number} of '{generation.View}' is live: queries read it.")
                : ViewGenerations.Find(connection, generation.View, generation.Number)?.State == generation.State
                    && ViewGenerations.Remove(connection, generation.View, generation.Number),
            cancellationToken);

    public Task DropViewAsync(string view, CancellationToken cancellationToken)
        => ChangeAsync(
            connection =>
            {
                var hasSkipped = ViewParking.RemoveSkipped(connection, view);
                var generations = ViewGenerations.ReadOf(connection, view);
                foreach (var generation in generations)
                {
                    ViewGenerations.Remove(connection, view, generation.Number);
                }

                return hasSkipped || generations.Count > 0;
            },
            cancellationToken);

    /// <summary>Whether a document could go back in time when the one is read instead of the other.</summary>
    private static bool IsFurther(ViewGeneration live, ViewGeneration next)
        => live.Partitions.Count == next.Partitions.Count
            ? live.Partitions.Zip(next.Partitions).Any(pair => pair.First.Position > pair.Second.Position)
            : live.Partitions.Max(partition => partition.Position) > next.Position;
}
