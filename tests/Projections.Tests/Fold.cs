using Orderly.Domain;
using Orderly.Domain.EventStore;
using Orderly.Subscriptions;

namespace Orderly.Projections.Tests;

/// <summary>Given events, then a document.</summary>
internal static class Fold
{
    public static readonly DateTimeOffset Now = new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);

    private static readonly Dictionary<Type, string> s_names = OrderlyEvents.Types.Current.ToDictionary();

    /// <summary>The document with this id after these events, each given with its stream; revisions count up in each stream.</summary>
    public static TDocument? Of<TDocument>(
        IProjection<TDocument> projection, string id, params IReadOnlyList<(string Stream, object Event)> events)
        where TDocument : class
    {
        TDocument? document = null;
        var position = 0L;
        Dictionary<string, long> revisions = [];
        foreach (var (stream, @event) in events)
        {
            var revision = revisions[stream] = revisions.GetValueOrDefault(stream, -1) + 1;
            var recorded = new RecordedEvent(
                Guid.Empty, stream, revision, new LogPosition(++position), s_names[@event.GetType()], default, default, Now);
            var envelope = new EventEnvelope(recorded, @event);
            Assert.Contains(projection.Filter.StreamPrefixes, prefix => stream.StartsWith(prefix, StringComparison.Ordinal));
            if (projection.DocumentIdsOf(envelope).Contains(id))
            {
                document = projection.Project(id, document, envelope);
            }
        }

        return document;
    }
}
