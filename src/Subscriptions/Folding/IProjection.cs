using Orderly.Domain.EventStore;
using Orderly.ReadModels.ViewStore;

namespace Orderly.Subscriptions;

/// <summary>
/// How events become the documents of a view: a left fold for each document. Pure: the same events give the same
/// documents, whenever and however often they are folded. Re-delivery, batching and progress are the engine's.
/// </summary>
/// <typeparam name="TDocument">Immutable.</typeparam>
public interface IProjection<TDocument>
    where TDocument : class
{
    /// <summary>The view that it keeps.</summary>
    View<TDocument> View { get; }

    /// <summary>The streams that it hears. An event there that can't be read is parked, so that nothing is lost silently.</summary>
    EventFilter Filter { get; }

    /// <summary>The ids of the documents that the event changes; none when it is of no interest.</summary>
    IReadOnlyList<string> DocumentIdsOf(EventEnvelope envelope);

    /// <summary>The document after the event.</summary>
    /// <param name="id">One of those that <see cref="DocumentIdsOf"/> named.</param>
    /// <param name="document">As it was; null when there is none.</param>
    /// <param name="envelope">The event.</param>
    /// <returns>As it is then; null when there is none (any more).</returns>
    TDocument? Project(string id, TDocument? document, EventEnvelope envelope);
}
