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

/// <summary>
/// Reads amounts, and writes equal ones equally: 1.5 and 1.50 are the same request. One with more digits than a decimal holds would be
/// rounded, so it is read as one with more decimals than any currency has, which the domain refuses.
/// </summary>
internal sealed class AmountConverter : JsonConverter<decimal>
{
    // Dividing by one with 28 decimals leaves no trailing zeros.
    private const decimal One = 1.0000000000000000000000000000m;

    private const decimal Unpayable = 0.0000000000000000000000000001m;

    /// <summary>How many digits a decimal holds, whatever they are.</summary>
    private const int ExactDigits = 28;

    public override decimal Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.Number)
        {
            throw new JsonException();
        }

        return SignificantDigits(reader.ValueSpan) > ExactDigits ? Unpayable
            : reader.TryGetDecimal(out var amount) ? amount
            : reader.ValueSpan[0] == '-' ? decimal.MinValue : decimal.MaxValue;
    }

    public override void Write(Utf8JsonWriter writer, decimal value, JsonSerializerOptions options) => writer.WriteNumberValue(value / One);

    /// <summary>Of a JSON number: from the first digit that is not zero to the last one, without the exponent's.</summary>
    private static int SignificantDigits(ReadOnlySpan<byte> number)
    {
        var end = number.IndexOfAny((byte)'e', (byte)'E');
        var (count, last) = (0, 0);
        foreach (var digit in end < 0 ? number : number[..end])
        {
            if (char.IsAsciiDigit((char)digit) && (count > 0 || digit != '0'))
            {
                count++;
                last = digit == '0' ? last : count;
            }
        }

        return last;
    }
}
