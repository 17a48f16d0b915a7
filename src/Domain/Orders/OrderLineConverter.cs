using System.Text.Json;
using System.Text.Json.Serialization;

namespace Orderly.Domain.Orders;

/// <summary>
/// The JSON of an order's line, as the serializer would read and write it. By hand because lines are what most of a
/// log consists of, and the generated code boxes each field on its way to the constructor.
/// </summary>
public sealed class OrderLineConverter : JsonConverter<OrderLine>
{
    public override OrderLine Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            throw new JsonException("An order's line is an object.");
        }

        string? sku = null;
        long? quantity = null;
        decimal? unitPrice = null;
        decimal? amount = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("sku"u8))
            {
                reader.Read();
                sku = reader.GetString();
            }
            else if (reader.ValueTextEquals("quantity"u8))
            {
                reader.Read();
                quantity = reader.GetInt64();
            }
            else if (reader.ValueTextEquals("unitPrice"u8))
            {
                reader.Read();
                unitPrice = reader.GetDecimal();
            }
            else if (reader.ValueTextEquals("amount"u8))
            {
                reader.Read();
                amount = reader.GetDecimal();
            }
            else
            {
                reader.Skip();
            }
        }

        return sku is not null && quantity is { } pieces && unitPrice is { } price && amount is { } total
            ? new OrderLine(sku, pieces, price, total)
            : throw new JsonException("An order's line has sku, quantity, unitPrice and amount.");
    }

    public override void Write(Utf8JsonWriter writer, OrderLine value, JsonSerializerOptions options)
    {
        writer.WriteStartObject();
        writer.WriteString("sku"u8, value.Sku);
        writer.WriteNumber("quantity"u8, value.Quantity);
        writer.WriteNumber("unitPrice"u8, value.UnitPrice);
        writer.WriteNumber("amount"u8, value.Amount);
        writer.WriteEndObject();
    }
}
