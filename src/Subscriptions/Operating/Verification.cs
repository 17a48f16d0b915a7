using System.Text.Json;
using System.Text.Json.Nodes;
using Orderly.ReadModels.ViewStore;

namespace Orderly.Subscriptions;

/// <summary>How a document of a view differs from what the log says.</summary>
public enum DifferenceKind
{
    /// <summary>It is not as it should be.</summary>
    Changed,

    /// <summary>It should be there.</summary>
    Missing,

    /// <summary>It should not be there.</summary>
    Extra,
}

/// <summary>A document that is not what the log says.</summary>
/// <param name="Fields">What is different in it, when it is <see cref="DifferenceKind.Changed"/>.</param>
public sealed record ViewDifference(string Id, DifferenceKind Kind, IReadOnlyList<FieldDifference> Fields);

/// <summary>A value that is not what the log says.</summary>
/// <param name="Path">Where it is, as JSON path; <c>position</c>: the log position that the store keeps with the document.</param>
/// <param name="Expected">What the log says, as JSON; null: it should not be there.</param>
/// <param name="Found">What is there, as JSON; null: it is not there.</param>
public sealed record FieldDifference(string Path, string? Expected, string? Found);

/// <summary>What a verification has seen.</summary>
/// <param name="Position">The log position of the last page.</param>
/// <param name="Documents">How many documents were compared, those included that are missing.</param>
/// <param name="Differences">How many of them are different.</param>
public sealed record VerifyResult(string View, long Position, long Documents, long Differences);

/// <summary>
/// Compares a live view with a fold of the log into a view of its own. For each page of live documents the fold is brought
/// to exactly the position that the store told with the page, partition by partition, so the two have to be equal.
/// </summary>
/// <param name="foldAsync">Folds partitions of a view up to a position.</param>
internal sealed class Verification<TDocument>(
    IProjection<TDocument> projection,
    SubscriptionServices services,
    Func<View<TDocument>, HeldPartitions, long, IProgress<FoldProgress>, CancellationToken, Task<HeldPartitions>> foldAsync)
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

    public async Task<VerifyResult> RunAsync(Action<ViewDifference> onDifference, IProgress<FoldProgress> progress, CancellationToken cancellationToken)
    {
        var live = (await _views.ReadGenerationsAsync(cancellationToken).ConfigureAwait(false)).SingleOrDefault(one => one.View == _view.Name && one.IsLive)
            ?? throw new InvalidOperationException($"The view '{_view.Name}' was not built yet.");
        if (live.Version != _view.Version)
        {
            throw new InvalidOperationException(FormattableString.Invariant(
                $"The live view '{_view.Name}' is of version {live.Version}; this program can verify version {_view.Version}."));
        }

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
        opened = await _views.RepartitionAsync(_fresh.Name, opened.Number, live.Partitions.Count, cancellationToken).ConfigureAwait(false) ?? throw Replaced();
        List<ViewPartition> fresh = [];
        foreach (var partition in opened.Partitions)
        {
            fresh.Add(await _views.TakeAsync(partition, nameof(Verification<>), cancellationToken).ConfigureAwait(false) ?? throw Replaced());
        }

        var result = new VerifyResult(_view.Name, 0, 0, 0);
        string? after = null;
        while (true)
        {
            var page = await ReadLiveAsync(live.Number, after, fresh.Count, cancellationToken).ConfigureAwait(false);

            await AdvanceAsync(fresh, page.Generation.Partitions, progress, cancellationToken).ConfigureAwait(false);
            var last = page.Documents.Count < PageSize ? null : page.Documents[^1].Id;
            var expected = await ReadFreshAsync(opened.Number, after, last, cancellationToken).ConfigureAwait(false);
            var found = page.Documents.ToDictionary(document => document.Id, StringComparer.Ordinal);
            var differences = expected.Keys.Union(found.Keys, StringComparer.Ordinal).Order(StringComparer.Ordinal)
                .Select(id => Compare(id, expected.GetValueOrDefault(id), found.GetValueOrDefault(id))).OfType<ViewDifference>().ToList();
            differences.ForEach(onDifference);
            result = new VerifyResult(
                _view.Name,
                page.Generation.Position,
                result.Documents + found.Count + differences.Count(one => one.Kind == DifferenceKind.Missing),
                result.Differences + differences.Count);
            if (last is null)
            {
                return result;
            }

            after = last;
        }
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

            if (!page.Documents.Any(document => document.Position > generation.Partitions[DocumentPartition.Of(document.Id, partitions)].Position)
                || services.Time.GetElapsedTime(started) > s_patience)
            {
                return page;
            }

            await Task.Delay(s_pause, services.Time, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Brings each partition of the fold to where the live one of the same index was.</summary>
    private async Task AdvanceAsync(
        List<ViewPartition> fresh, IReadOnlyList<ViewPartition> live, IProgress<FoldProgress> progress, CancellationToken cancellationToken)
    {
        // What was shared out anew, and then as before, has gone back.
        if (fresh.Where((one, index) => live[index].Position < one.Position).Any())
        {
            throw Replaced();
        }

        // All together as far as that goes, which is most of the way; then those that have to go further.
        foreach (var end in live.Select(one => one.Position).Distinct().Order())
        {
            var behind = fresh.Where((one, index) => live[index].Position >= end && one.Position < end).ToList();
            if (behind.Count > 0)
            {
                var folded = await foldAsync(_fresh, new HeldPartitions(fresh.Count, behind), end, progress, cancellationToken).ConfigureAwait(false);
                foreach (var partition in folded.All)
                {
                    fresh[partition.Index] = partition;
                }
            }
        }
    }

    /// <summary>The documents of the fold after one id, up to another one; to the end when that is null.</summary>
    private async Task<Dictionary<string, StoredDocument<TDocument>>> ReadFreshAsync(int number, string? after, string? last, CancellationToken cancellationToken)
    {
        Dictionary<string, StoredDocument<TDocument>> documents = new(StringComparer.Ordinal);
        while (true)
        {
            var page = await _views.PageAsync(_fresh, number, after, PageSize, cancellationToken).ConfigureAwait(false) ?? throw Replaced();
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
            fields.Add(new FieldDifference("position", FormattableString.Invariant($"{expected.Position}"), FormattableString.Invariant($"{found.Position}")));
        }

        JsonDifferences.Add(fields, "$", JsonSerializer.SerializeToNode(expected.Value, _view.Json), JsonSerializer.SerializeToNode(found.Value, _view.Json));
        return fields.Count == 0 ? null : new ViewDifference(id, DifferenceKind.Changed, fields);
    }

    private InvalidOperationException Replaced() => ProjectionWorker<TDocument>.ReplacedException(_view.Name);
}

/// <summary>Where two JSON values differ.</summary>
internal static class JsonDifferences
{
    public static void Add(List<FieldDifference> differences, string path, JsonNode? expected, JsonNode? found)
    {
        switch (expected, found)
        {
            case (JsonObject before, JsonObject after):
                foreach (var name in before.Select(one => one.Key).Union(after.Select(one => one.Key), StringComparer.Ordinal))
                {
                    AddMember(differences, $"{path}.{name}", before.TryGetPropertyValue(name, out var one), one, after.TryGetPropertyValue(name, out var other), other);
                }

                break;

            case (JsonArray before, JsonArray after):
                for (var i = 0; i < Math.Max(before.Count, after.Count); i++)
                {
                    AddMember(
                        differences,
                        FormattableString.Invariant($"{path}[{i}]"),
                        i < before.Count,
                        i < before.Count ? before[i] : null,
                        i < after.Count,
                        i < after.Count ? after[i] : null);
                }

                break;

            default:
                if (!JsonNode.DeepEquals(expected, found))
                {
                    differences.Add(new FieldDifference(path, Written(expected), Written(found)));
                }

                break;
        }
    }

    private static void AddMember(List<FieldDifference> differences, string path, bool isExpected, JsonNode? expected, bool isFound, JsonNode? found)
    {
        if (isExpected && isFound)
        {
            Add(differences, path, expected, found);
        }
        else
        {
            differences.Add(new FieldDifference(path, isExpected ? Written(expected) : null, isFound ? Written(found) : null));
        }
    }

    private static string Written(JsonNode? node) => node?.ToJsonString() ?? "null";
}
