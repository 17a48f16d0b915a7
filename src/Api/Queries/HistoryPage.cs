using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Unicode;
using Orderly.Domain.EventStore;

namespace Orderly.Api.Queries;

/// <param name="NextRevision">For the parameter <c>fromRevision</c> of the next page; null at the stream's end.</param>
internal sealed record HistoryPage(IReadOnlyList<HistoryItem> Items, long? NextRevision);

/// <summary>An event as the log holds it.</summary>
/// <param name="Revision">Its place in the stream, from 0.</param>
/// <param name="Position">Its place in the log.</param>
/// <param name="Type">Its name and version.</param>
/// <param name="EventId">Identifies it for ever.</param>
/// <param name="Data">What happened; null when the stored bytes are not JSON.</param>
/// <param name="DataBase64">The stored bytes when they are not JSON.</param>
/// <param name="Metadata">Why it is there: who, when, command, cause and correlation; null when there is none or it is not JSON.</param>
/// <param name="MetadataBase64">The stored bytes when they are not JSON.</param>
/// <param name="RecordedAt">When the store wrote it.</param>
internal sealed record HistoryItem(
    long Revision, string Position, string Type, Guid EventId, JsonElement? Data,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] byte[]? DataBase64,
    JsonElement? Metadata,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] byte[]? MetadataBase64,
    DateTimeOffset RecordedAt)
{
    public static HistoryItem Of(RecordedEvent recorded)
    {
        var (data, dataBase64) = Read(recorded.Data);
        var (metadata, metadataBase64) = Read(recorded.Metadata);
        return new HistoryItem(
            recorded.Revision, recorded.Position.ToString(), recorded.Type, recorded.Id, data, dataBase64, metadata, metadataBase64,
            recorded.RecordedAt);
    }

    private static (JsonElement? Json, byte[]? Bytes) Read(ReadOnlyMemory<byte> stored)
    {
        if (stored.IsEmpty)
        {
            return (null, null);
        }

        if (!Utf8.IsValid(stored.Span))
        {
            return (null, stored.ToArray());
        }

        try
        {
            return (JsonElement.Parse(stored.Span), null);
        }
        catch (JsonException)
        {
            // Written by somebody else, or damaged: the history shows what is there.
            return (null, stored.ToArray());
        }
    }
}
