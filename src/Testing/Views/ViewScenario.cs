using System.Collections.Immutable;
using Orderly.Domain.EventStore;
using Orderly.Domain.Serialization;
using Orderly.Subscriptions;
using Xunit.Sdk;

namespace Orderly.Testing;

/// <summary>A view, whose documents follow from events.</summary>
/// <remarks>
/// Whatever the events are, it checks that the projection is pure; that the documents are the same wherever the log is cut into batches,
/// when they are read back from their JSON after each event, and when events are delivered again; and that events do not make it throw in
/// the older versions that are registered.
/// </remarks>
public sealed class ViewScenario<TDocument>
    where TDocument : class
{
    /// <summary>The log is cut at every place, or at as many places as that.</summary>
    private const int MaxCuts = 16;

    private const int BatchEvents = 500;

    private readonly IProjection<TDocument> _projection;
    private readonly EventTypes _types;

    internal ViewScenario(IProjection<TDocument> projection, EventTypes types) => (_projection, _types) = (projection, types);

    /// <summary>The documents after these events, each with its stream.</summary>
    public ViewOutcome<TDocument> After(params IReadOnlyList<(string Stream, object Event)> events)
    {
        var log = GivenLog.Record(_types, events);
        if (log.FirstOrDefault(e => !_projection.Filter.Passes(e.Stream, e.Type)) is { } unheard)
        {
            throw new XunitException($"{_projection.View.Name} does not hear {GivenLog.Describe(unheard)}");
        }

        var steps = FoldEach(log);
        CheckCuts(log, steps);
        CheckOlderVersions(log, steps);
        return new ViewOutcome<TDocument>(_projection.View, steps);
    }

    /// <summary>The documents after these events of one stream.</summary>
    public ViewOutcome<TDocument> After(string stream, params IReadOnlyList<object> events)
        => After([.. events.Select(e => (stream, e))]);

    /// <summary>Folds a whole log, and fails with the first event that can't be read or for which the projection throws.</summary>
    /// <example>
    /// <code>
    /// await using var log = new SqliteEventStore(new SqliteEventStoreOptions { Path = "events.db" }, TimeProvider.System, logger);
    /// await View(new PriceHistoryProjection()).NeverThrowsOnAsync(log);
    /// </code>
    /// </example>
    public async Task NeverThrowsOnAsync(IEventStore log, CancellationToken cancellationToken = default)
    {
        var (documents, position) = (FoldedBatch<TDocument>.None, 0L);
        var events = log.ReadAllAsync(LogPosition.Start, _projection.Filter, long.MaxValue, cancellationToken);
        await foreach (var batch in events.Chunk(BatchEvents).WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            documents = Fold(documents, position, batch);
            position = batch[^1].Position.Value;
        }
    }

    /// <summary>The documents before the first event and after each, from JSON to JSON.</summary>
    private List<ImmutableDictionary<string, StoredJson>> FoldEach(IReadOnlyList<RecordedEvent> log)
    {
        PureProjection<TDocument> pure = new(_projection);
        List<ImmutableDictionary<string, StoredJson>> steps = [FoldedBatch<TDocument>.None];
        foreach (var e in log)
        {
            steps.Add(FoldedBatch<TDocument>.Of(pure, _types, steps[^1], e.Position.Value - 1, [e]).Documents);
        }

        return steps;
    }

    /// <summary>
    /// Folds up to each cut, and from there in one batch: with nothing delivered again, and with what came after each earlier cut.
    /// </summary>
    private void CheckCuts(IReadOnlyList<RecordedEvent> log, List<ImmutableDictionary<string, StoredJson>> steps)
    {
        var count = Math.Min(log.Count, MaxCuts);
        int[] cuts = [.. Enumerable.Range(0, count).Select(i => i * log.Count / count)];
        AssertSame("folded in one batch, without JSON in between", steps[^1], Fold(steps[0], 0, log));
        foreach (var cut in cuts)
        {
            foreach (var again in cuts.Where(again => again <= cut))
            {
                var how = again == cut
                    ? $"folded in two batches, cut after {cut} events"
                    : $"delivered again from event {again + 1} on, after {cut} events were folded";
                AssertSame(how, steps[^1], Fold(steps[cut], again, [.. log.Skip(again)]));
            }
        }
    }

    /// <summary>An event that was written in an older version changes what can be told, and must not stop the view.</summary>
    private void CheckOlderVersions(IReadOnlyList<RecordedEvent> log, List<ImmutableDictionary<string, StoredJson>> steps)
    {
        var given = log.Select(e => e.Type).ToHashSet(StringComparer.Ordinal);
        foreach (var e in log.DistinctBy(e => e.Type))
        {
            foreach (var older in OlderVersions.Of(_types, e, given))
            {
                var at = (int)e.Position.Value;
                var documents = Fold(steps[at - 1], at - 1, [older]);
                Fold(documents, at, [.. log.Skip(at)]);
            }
        }
    }

    private ImmutableDictionary<string, StoredJson> Fold(
        ImmutableDictionary<string, StoredJson> documents, long after, IReadOnlyList<RecordedEvent> events)
        => FoldedBatch<TDocument>.Of(_projection, _types, documents, after, events).Documents;

    private void AssertSame(
        string how, ImmutableDictionary<string, StoredJson> expected, ImmutableDictionary<string, StoredJson> actual)
    {
        foreach (var id in expected.Keys.Union(actual.Keys).Order(StringComparer.Ordinal))
        {
            Difference.AssertNone(
                $"{_projection.View.Name}: the document '{id}' is another one when the events are {how}.",
                expected.GetValueOrDefault(id)?.Json, actual.GetValueOrDefault(id)?.Json);
        }
    }
}
