using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Orderly.Domain;
using Orderly.Domain.EventStore;
using Orderly.Domain.Serialization;

namespace Orderly.Worker.Commands;

/// <summary>An event of the log as text, also one that can't be read.</summary>
public static class EventText
{
    private static readonly UTF8Encoding s_strictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Why the event can't be read, in one line; null when it can.</summary>
    public static string? FaultOf(RecordedEvent recorded)
        => OrderlyEvents.Types.Decode(recorded) is var decoded and not DecodedEvent.Known ? recorded.Damage ?? decoded.Describe() : null;

    /// <summary>In one line: when, position, stream and revision, type, and the data, or why they can't be read.</summary>
    /// <param name="width">Of the terminal, at which the line is cut; null: there is none, and nothing is cut.</param>
    public static string LineOf(RecordedEvent recorded, int? width)
    {
        var line = string.Create(
            CultureInfo.InvariantCulture,
            $"{TimeOf(recorded)}  {recorded.Position}  {recorded.Stream}@{recorded.Revision}  {recorded.Type}  "
            + $"{(FaultOf(recorded) is { } fault ? $"({fault}) " : "")}{Of(recorded.Data)}");
        return Listing.Cut(Listing.Printable(line), width);
    }

    /// <summary>All of it, in as many lines as it takes.</summary>
    public static IEnumerable<string> WholeOf(RecordedEvent recorded)
    {
        yield return Listing.Printable(string.Create(
            CultureInfo.InvariantCulture,
            $"{recorded.Type} at position {recorded.Position} ({recorded.Stream}, revision {recorded.Revision})"));
        yield return $"id: {recorded.Id}";
        yield return $"recorded: {TimeOf(recorded)}";
        if (FaultOf(recorded) is { } fault)
        {
            yield return Listing.Printable($"can't be read: {fault}");
        }

        foreach (var (name, bytes) in new[] { ("data", recorded.Data), ("metadata", recorded.Metadata) })
        {
            yield return $"{name}:";
            foreach (var line in Pretty(Of(bytes)).Split('\n'))
            {
                yield return Listing.Printable(line.TrimEnd('\r'));
            }
        }
    }

    /// <summary>As an object of JSON in one line. What is no JSON in it is a text.</summary>
    public static string JsonOf(RecordedEvent recorded)
    {
        var bytes = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(bytes, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteString("position", recorded.Position.ToString());
            json.WriteString("stream", recorded.Stream);
            json.WriteNumber("revision", recorded.Revision);
            json.WriteString("type", recorded.Type);
            json.WriteString("id", recorded.Id);
            json.WriteString("recordedAt", recorded.RecordedAt);
            json.WriteString("fault", FaultOf(recorded));
            foreach (var (name, value) in new[] { ("data", Of(recorded.Data)), ("metadata", Of(recorded.Metadata)) })
            {
                json.WritePropertyName(name);
                if (IsJson(value))
                {
                    // Between its values JSON may have line breaks, and nowhere else.
                    json.WriteRawValue(value.Replace('\n', ' ').Replace('\r', ' '), skipInputValidation: true);
                }
                else
                {
                    json.WriteStringValue(value);
                }
            }

            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(bytes.WrittenSpan);
    }

    /// <summary>Bytes that should be UTF-8.</summary>
    public static string Of(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            return s_strictUtf8.GetString(bytes.Span);
        }
        catch (DecoderFallbackException)
        {
            return $"not UTF-8; in base64: {Convert.ToBase64String(bytes.Span)}";
        }
    }

    /// <summary>The time of a damaged event is not known.</summary>
    private static string TimeOf(RecordedEvent recorded)
        => recorded.Damage is null ? recorded.RecordedAt.ToString("u", CultureInfo.InvariantCulture) : "at an unknown time";

    private static bool IsJson(string text)
    {
        try
        {
            using var json = JsonDocument.Parse(text);
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    /// <summary>JSON with a line for each value; anything else as it is.</summary>
    private static string Pretty(string text)
    {
        try
        {
            using var json = JsonDocument.Parse(text);
            var bytes = new ArrayBufferWriter<byte>();
            using (var writer = new Utf8JsonWriter(
                bytes, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, Indented = true }))
            {
                json.WriteTo(writer);
            }

            return Encoding.UTF8.GetString(bytes.WrittenSpan);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // The latter: a text in it has half a surrogate pair.
            return text;
        }
    }
}
