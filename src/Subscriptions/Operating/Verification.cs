using System.Text.Json;
using Orderly.ReadModels.ViewStore;

namespace Orderly.Subscriptions;

/// <summary>
/// Compares a live view with a fold of the log into a view of its own. For each page of live documents the fold is brought
/// to exactly the position that the store told with the page, partition by partition, so the two have to be equal.
/// </summary>
internal sealed class Verification<TDocument>(IProjection<TDocument> projection, SubscriptionServices services)
    where TDocument : class
{
    private const int PageSize = 500;
    private const string Suffix = "-verify";

    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(20);

    /// <summary>After it, a document that is ahead is a difference like any other.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);

    private readonly IViewStore _views = services.Views;
    private readonly View<TDocument> _view = projection.View;
    private readonly View<TDocument> _fresh = projection.View.Named(projection.View.Name + Suffix);

    public async Task<VerifyResult> RunAsync(
        Action<ViewDifference> onDifference, IProgress<FoldProgress> progress, CancellationToken cancellationToken)
    {
        var live = (await _views.ReadGenerationsAsync(cancellationToken).ConfigureAwait(false)).SingleOrDefault(
            one => one.View == _view.Name && one.IsLive)
            ?? throw new InvalidOperationException($"The view '{_view.Name}' was not built yet.");
        if (live.Version != _view.Version)
        {
            throw new InvalidOperationException(FormattableString.Invariant(
                $"The live view '{_view.Name}' is of version {live.Version}; this program can verify version {_view.Version}."));
        }

        await LogCheck.EnsureAsync(services.Log, live.Partitions, cancellationToken).ConfigureAwait(false);
        try
        {
            // What an earlier verification left behind that died is of no use.
            await _views.DropViewAsync(_fresh.Name, cancellationToken).ConfigureAwait(false);
            return await CompareAsync(live, onDifference, progress, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            await _views.DropViewAsync(_fresh.Name, CancellationToken.None).ConfigureAwait(false);
        }
    }

    private async Task<VerifyResult> CompareAsync(
        ViewGeneration live, Action<ViewDifference> onDifference, IProgress<FoldProgress> progress, CancellationToken cancellationToken)
    {
        // Never live, so that it is nobody's to keep and no query's to read.
        var opened = await _views.StartGenerationAsync(_fresh, cancellationToken).ConfigureAwait(false);
        opened = await _views.RepartitionAsync(_fresh.Name, opened.Number, live.Partitions.Count, cancellationToken).ConfigureAwait(false)
            ?? throw Replaced();
        List<ViewPartition> taken = [];
        foreach (var partition in opened.Partitions)
        {
            taken.Add(
                await _views.TakeAsync(partition, nameof(Verification<>), cancellationToken).ConfigureAwait(false) ?? throw Replaced());
        }

        var fresh = new HeldPartitions(taken.Count, taken);
        var follower = new ProjectionFollower<TDocument>(projection, _fresh, services.ShareLog(projection.Filter), services);
        var result = new VerifyResult(_view.Name, 0, 0, 0);
        string? after = null;
        while (true)
        {
            var page = await ReadLiveAsync(live.Number, after, fresh.All.Count, cancellationToken).ConfigureAwait(false);
            fresh = await AdvanceAsync(follower, fresh, page.Generation.Partitions, progress, cancellationToken).ConfigureAwait(false);
            var ids = page.Documents.Select(document => document.Id).Concat(page.Damaged).Order(StringComparer.Ordinal).ToList();
            var last = ids.Count < PageSize ? null : ids[^1];
            var expected = await ReadFreshAsync(opened.Number, after, last, cancellationToken).ConfigureAwait(false);
            var found = page.Documents.ToDictionary(document => document.Id, StringComparer.Ordinal);
            var differences = expected.Keys.Union(ids, StringComparer.Ordinal).Order(StringComparer.Ordinal)
                .Select(id => page.Damaged.Contains(id) ? new ViewDifference(id, DifferenceKind.Damaged, [])
                    : Compare(id, expected.GetValueOrDefault(id), found.GetValueOrDefault(id)))
                .OfType<ViewDifference>().ToList();
            differences.ForEach(onDifference);
            result = new VerifyResult(
                _view.Name, page.Generation.Position,
                result.Documents + ids.Count + differences.Count(one => one.Kind == DifferenceKind.Missing),
                result.Differences + differences.Count);
            if (last is null)
            {
                var lost = await FindLostAsync(live.Number, opened.Number, cancellationToken).ConfigureAwait(false);
                return result with { LostEvents = lost };
            }

            after = last;
        }
    }

    /// <summary>What the fold could not read and the live generation could, when its turn came.</summary>
    private async Task<IReadOnlyList<ParkedEvent>> FindLostAsync(int live, int fresh, CancellationToken cancellationToken)
    {
        var known = (await _views.ReadParkedAsync(_view.Name, live, cancellationToken).ConfigureAwait(false))
            .Select(one => one.Position).ToHashSet();
        return [.. (await _views.ReadParkedAsync(_fresh.Name, fresh, cancellationToken).ConfigureAwait(false))
            .Where(one => one.Reason == ParkedReason.Unreadable && !known.Contains(one.Position)).DistinctBy(one => one.Position)];
    }

    /// <summary>
    /// A page of live documents, none of which is ahead of its partition: for a moment after the number of partitions was changed,
    /// some are.
    /// </summary>
    private async Task<ViewPage<TDocument>> ReadLiveAsync(int number, string? after, int partitions, CancellationToken cancellationToken)
    {
        var started = services.Time.GetTimestamp();
        while (true)
        {
            var page = await _views.PageAsync(_view, number, after, PageSize, cancellationToken).ConfigureAwait(false);
            if (page is not { Generation: { IsLive: true } generation } || generation.Partitions.Count != partitions)
            {
                throw Replaced();
            }

            if (!page.Documents.Any(
                document => document.Position > generation.Partitions[DocumentPartition.Of(document.Id, partitions)].Position)
                || services.Time.GetElapsedTime(started) > s_patience)
            {
                return page;
            }

            await Task.Delay(s_pause, services.Time, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Brings each partition of the fold to where the live one of the same index was.</summary>
    private async Task<HeldPartitions> AdvanceAsync(
        ProjectionFollower<TDocument> follower, HeldPartitions fresh, IReadOnlyList<ViewPartition> live, IProgress<FoldProgress> progress,
        CancellationToken cancellationToken)
    {
        // Partitions whose number was changed, and changed back, have gone back.
        if (fresh.All.Any(one => live[one.Index].Position < one.Position))
        {
            throw Replaced();
        }

        var end = live.Max(one => one.Position);
        return await follower.AdvanceAsync(fresh, index => live[index].Position, Progressed, cancellationToken).ConfigureAwait(false)
            ?? throw Replaced();

        ValueTask Progressed(FollowerProgress reached)
        {
            progress.Report(new FoldProgress(reached.Partitions.Position, end, reached.Events));
            return ValueTask.CompletedTask;
        }
    }

    /// <summary>The documents of the fold after one id, up to another one; to the end when that is null.</summary>
    private async Task<Dictionary<string,
    StoredDocument<TDocument>>> ReadFreshAsync(int number, string? after, string? last, CancellationToken cancellationToken)
    {
        Dictionary<string, StoredDocument<TDocument>> documents = new(StringComparer.Ordinal);
        while (true)
        {
            var page = await _views.PageAsync(_fresh, number, after, PageSize, cancellationToken).ConfigureAwait(false) ?? throw Replaced();
            if (page.Damaged.Count > 0)
            {
                throw new ViewStoreUnavailableException($"Documents of '{_fresh.Name}', which were just written, are damaged already.");
            }

            foreach (var document in page.Documents)
            {
                if (last is not null && string.CompareOrdinal(document.Id, last) > 0)
                {
                    return documents;
                }

                documents.Add(document.Id, document);
            }

            if (page.Documents.Count < PageSize)
            {
                return documents;
            }

            after = page.Documents[^1].Id;
        }
    }

    private ViewDifference? Compare(string id, StoredDocument<TDocument>? expected, StoredDocument<TDocument>? found)
    {
        if (expected is null || found is null)
        {
            return new ViewDifference(id, found is null ? DifferenceKind.Missing : DifferenceKind.Extra, []);
        }

        List<FieldDifference> fields = [];
        if (expected.Position != found.Position)
        {
            fields.Add(new FieldDifference(
                "position", FormattableString.Invariant($"{expected.Position}"), FormattableString.Invariant($"{found.Position}")));
        }

        JsonDifferences.Add(
            fields, "$", JsonSerializer.SerializeToNode(expected.Value, _view.Json),
            JsonSerializer.SerializeToNode(found.Value, _view.Json));
        return fields.Count == 0 ? null : new ViewDifference(id, DifferenceKind.Changed, fields);
    }

    private InvalidOperationException Replaced() => Replaced(_view.Name);

    internal static InvalidOperationException Replaced(string view)
        => new($"The view '{view}' was written to, replaced or repartitioned by somebody else meanwhile. Try again.");
}
