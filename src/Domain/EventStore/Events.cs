namespace Orderly.Domain.EventStore;

/// <summary>An event to append.</summary>
/// <param name="Id">Identifies the event for ever; appending it again to its stream changes nothing.</param>
/// <param name="Type">Stable, lower-case, versioned name such as <c>order-placed.v1</c>.</param>
/// <param name="Data">UTF-8 JSON.</param>
/// <param name="Metadata">UTF-8 JSON, see <see cref="Serialization.EventMetadata"/>.</param>
public sealed record NewEvent(Guid Id, string Type, ReadOnlyMemory<byte> Data, ReadOnlyMemory<byte> Metadata);

/// <summary>An event as the log holds it.</summary>
/// <param name="Stream">The stream's name, <c>category-id</c>.</param>
/// <param name="Revision">Its place in the stream, from 0.</param>
/// <param name="Position">Its place in the log.</param>
/// <param name="RecordedAt">When the store wrote it (UTC, the store's clock).</param>
public sealed record RecordedEvent(
    Guid Id, string Stream, long Revision, LogPosition Position, string Type, ReadOnlyMemory<byte> Data, ReadOnlyMemory<byte> Metadata,
    DateTimeOffset RecordedAt)
{
    /// <summary>
    /// Why nothing in it but its position can be believed, in one line; null when the store vouches for it. What is damaged is never
    /// decided on, folded or shown to a client, and passes every filter: nobody can tell what it was.
    /// </summary>
    public string? Damage { get; init; }
}
