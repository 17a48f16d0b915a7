using System.Text.Json;
using Orderly.Domain.EventStore;
using Orderly.ReadModels.ViewStore;
using Orderly.Subscriptions;
using Xunit.Sdk;

namespace Orderly.Testing;

/// <summary>A projection that is asked everything twice: a pure one answers alike, and leaves alone what it was given.</summary>
internal sealed class PureProjection<TDocument>(IProjection<TDocument> inner) : IProjection<TDocument>
    where TDocument : class
{
    public View<TDocument> View => inner.View;

    public EventFilter Filter => inner.Filter;

    public IReadOnlyList<string> DocumentIdsOf(EventEnvelope envelope)
    {
        var ids = inner.DocumentIdsOf(envelope);
        Difference.AssertNone(
            $"{View.Name} names other documents the second time, for {GivenLog.Describe(envelope.Recorded)}", ids,
            inner.DocumentIdsOf(envelope));
        return ids.Distinct(StringComparer.Ordinal).Count() == ids.Count
            ? ids
            : throw new XunitException(
                $"{View.Name} names a document twice, for {GivenLog.Describe(envelope.Recorded)}: {string.Join(", ", ids)}");
    }

    public TDocument? Project(string id, TDocument? document, EventEnvelope envelope)
    {
        var before = JsonOf(document);
        var projected = inner.Project(id, document, envelope);
        var after = JsonOf(projected);
        Difference.AssertNone($"{View.Name} changed the document '{id}' that it was given, instead of answering another one.",
            before, JsonOf(document));
        Difference.AssertNone(
            $"{View.Name} makes another document '{id}' the second time, of {GivenLog.Describe(envelope.Recorded)}",
            after, JsonOf(inner.Project(id, document, envelope)));
        return projected;
    }

    private string? JsonOf(TDocument? document) => document is null ? null : JsonSerializer.Serialize(document, View.Json);
}
