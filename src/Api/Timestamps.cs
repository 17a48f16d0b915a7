using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Orderly.Api;

/// <summary>Reads instants in ISO 8601, which are in UTC unless they say otherwise.</summary>
internal static class Timestamps
{
    private static readonly string[] s_forms = ["yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK", "yyyy-MM-dd'T'HH:mmK", "yyyy-MM-dd"];

    public static bool TryParse(string? text, out DateTimeOffset time) => DateTimeOffset.TryParseExact(
        text, s_forms, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out time);
}

/// <summary>
/// Reads instants of a body, and writes equal ones equally. A text that is none is read as the first instant of all, which the domain
/// refuses like any other that has passed.
/// </summary>
internal sealed class TimestampConverter : JsonConverter<DateTimeOffset>
{
    public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        => reader.TokenType != JsonTokenType.String ? throw new JsonException()
            : Timestamps.TryParse(reader.GetString(), out var time) ? time
            : DateTimeOffset.MinValue;

    public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options)
        => writer.WriteStringValue(value.ToUniversalTime());
}
