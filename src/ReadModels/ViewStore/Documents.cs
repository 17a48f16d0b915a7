namespace Orderly.ReadModels.ViewStore;

/// <summary>A document as the store holds it.</summary>
/// <param name="Id">Unique in its view.</param>
/// <param name="Position">The log position of the last event that it holds: an event up to there changes nothing any more.</param>
public sealed record StoredDocument<TDocument>(string Id, long Position, TDocument Value)
    where TDocument : class;

/// <summary>What a view answered, at one instant.</summary>
/// <param name="Documents">What was found, in the order asked for.</param>
/// <param name="Position">
/// How far the view was: it holds every event up to there. With several partitions, documents may hold later ones.
/// </param>
public sealed record ViewSnapshot<TDocument>(IReadOnlyList<StoredDocument<TDocument>> Documents, long Position)
    where TDocument : class;
