namespace Orderly.ReadModels.ViewStore;

/// <summary>Why an event is parked.</summary>
public enum ParkedReason
{
    /// <summary>Its bytes are not what its type says.</summary>
    Unreadable,

    /// <summary>No type of its name is known.</summary>
    UnknownType,

    /// <summary>Its type is known in older versions only.</summary>
    TooNew,

    /// <summary>The projection threw.</summary>
    Threw,

    /// <summary>Nothing is wrong with it: an earlier event with the same key is parked.</summary>
    Waiting,
}

/// <summary>An event that was not applied to a document yet.</summary>
/// <param name="Number">The generation's number.</param>
/// <param name="Partition">The index of the partition that met it.</param>
/// <param name="Document">
/// The id of the document; null when it is not known, because the event can't be read: then its stream is the key.
/// </param>
/// <param name="Position">Where it is in the log. View, generation, partition, document and position together are unique.</param>
/// <param name="Revision">Its revision in its stream.</param>
/// <param name="Type">Its type's name.</param>
/// <param name="Detail">One line on the reason, for people; null when it only waits.</param>
/// <param name="Attempts">How often it was tried; 0 when it only waits.</param>
/// <param name="ParkedAt">Since when (UTC, the worker's clock).</param>
public sealed record ParkedEvent(
    string View, int Number, int Partition, string? Document, long Position, string Stream, long Revision, string Type,
    ParkedReason Reason, string? Detail, int Attempts, DateTimeOffset ParkedAt)
{
    /// <summary>
    /// Whether an operator has asked for another try that is still to be made; the store knows it, a commit can't set it.
    /// </summary>
    public bool IsAsked { get; init; }
}

/// <summary>An event that an operator has decided to leave out of a view, in this and every later generation.</summary>
/// <param name="Document">The document that it is left out of; null: the event could not be read, and is left out of all.</param>
public sealed record SkippedEvent(string View, long Position, string? Document);
