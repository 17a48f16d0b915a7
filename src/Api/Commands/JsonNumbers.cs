using System.Text.Json;
using System.Text.Json.Serialization;

namespace Orderly.Api.Commands;

// A number that is too large for its type is a number all the same, so it is the domain that has to refuse it, like any
// other that is out of range: these two read it as the largest or smallest one.

/// <summary>Reads whole numbers. One with a fraction or an exponent is not whole.</summary>
internal sealed class WholeNumberConverter : JsonConverter<long>
{
    public override long Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.Number)
        {
            throw new JsonException();
        }

        return reader.TryGetInt64(out var number) ? number
            : reader.ValueSpan.ContainsAny(".eE"u8) ? throw new JsonException()
            : reader.ValueSpan[0] == '-' ? long.MinValue : long.MaxValue;
    }

    public override void Write(Utf8JsonWriter writer, long value, JsonSerializerOptions options) => writer.WriteNumberValue(value);
}

/// <summary>Reads amounts, and writes equal ones equally: 1.5 and 1.50 are the same request.</summary>
internal sealed class AmountConverter : JsonConverter<decimal>
{
    // Dividing by one with 28 decimals leaves no trailing zeros.
    private const decimal One = 1.0000000000000000000000000000m;

    public override decimal Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.Number)
        {
            throw new JsonException();
        }

        return reader.TryGetDecimal(out var amount) ? amount : reader.ValueSpan[0] == '-' ? decimal.MinValue : decimal.MaxValue;
    }

    public override void Write(Utf8JsonWriter writer, decimal value, JsonSerializerOptions options) => writer.WriteNumberValue(value / One);
}
