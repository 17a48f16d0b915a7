using System.Text.Json.Nodes;

namespace Orderly.Api.Tests;

/// <summary>What a field of a body may be.</summary>
public enum FieldKind
{
    Id,
    Sku,
    Text,
    Email,
    Level,
    Currency,
    Quantity,
    Amount,
    Lines,
    Address,
    Scopes,
    Time,
    Hours,
}

/// <summary>A field of a body, by its JSON path.</summary>
/// <param name="MaxLength">For texts.</param>
public sealed record Field(string Path, FieldKind Kind, bool IsRequired = true, int MaxLength = 0)
{
    public bool IsNumber => Kind is FieldKind.Quantity or FieldKind.Amount or FieldKind.Hours;

    public bool IsText => !IsNumber && Kind is not (FieldKind.Lines or FieldKind.Address or FieldKind.Scopes);
}

/// <summary>A command's endpoint with a body that it would accept.</summary>
/// <param name="Path">With what the setup made; the id is between the second and the third slash after <c>/v1</c>.</param>
/// <param name="Unknown">The same path for something that is not there; null for commands that make things.</param>
/// <param name="WrongState">The same path for something whose state does not allow it; null when every state does.</param>
public sealed record CommandCase(
    HttpMethod Method,
    string Path,
    string? Unknown,
    string? WrongState,
    string Body,
    bool IsBodyOptional,
    params IReadOnlyList<Field> Fields)
{
    /// <summary>The body with one field changed.</summary>
    /// <param name="path">Such as <c>lines[0].sku</c>.</param>
    /// <param name="value">Null removes the field.</param>
    public string With(string path, JsonNode? value, bool remove = false)
    {
        var body = JsonNode.Parse(Body)!;
        string[] parts = path.Length == 0 ? [""] : path.Split(['.', '[', ']'], StringSplitOptions.RemoveEmptyEntries);
        var parent = parts[..^1].Aggregate(body, (node, part) => int.TryParse(part, out var index) ? node[index]! : node[part]!);
        if (remove)
        {
            parent.AsObject().Remove(parts[^1]);
        }
        else
        {
            parent[parts[^1]] = value;
        }

        return body.ToJsonString();
    }
}

/// <summary>Every command of the contract.</summary>
public static class CommandCases
{
    private static readonly Field s_name = new("name", FieldKind.Text, MaxLength: 200);
    private static readonly Field s_email = new("email", FieldKind.Email, MaxLength: 254);
    private static readonly Field s_currency = new("currency", FieldKind.Currency);
    private static readonly Field s_unitPrice = new("unitPrice", FieldKind.Amount);
    private static readonly Field s_reference = new("reference", FieldKind.Text, IsRequired: false, MaxLength: 100);

    public static IReadOnlyDictionary<string, CommandCase> All { get; } = new Dictionary<string, CommandCase>
    {
        ["register customer"] = new(
            HttpMethod.Post,
            "/v1/customers",
            null,
            null,
            """{"customerId":"bad-new","name":"Ann","email":"ann@example.com","level":"gold"}""",
            false,
            new Field("customerId", FieldKind.Id, IsRequired: false),
            s_name,
            s_email,
            new Field("level", FieldKind.Level, IsRequired: false)),
        ["change details"] = new(
            HttpMethod.Put,
            "/v1/customers/bad-customer/details",
            "/v1/customers/bad-unknown/details",
            "/v1/customers/bad-forgotten/details",
            """{"name":"Ann","email":"ann@example.com"}""", false, s_name, s_email),
        ["change level"] = new(
            HttpMethod.Put, "/v1/customers/bad-customer/level", "/v1/customers/bad-unknown/level", "/v1/customers/bad-forgotten/level",
            """{"level":"gold"}""", false, new Field("level", FieldKind.Level)),
        ["add product"] = new(
            HttpMethod.Post,
            "/v1/products",
            null,
            null,
            """{"sku":"BAD-NEW","name":"Tea","description":"Loose","unitPrice":4.5,"currency":"EUR"}""",
            false,
            new Field("sku", FieldKind.Sku),
            s_name,
            new Field("description", FieldKind.Text, IsRequired: false, MaxLength: 2000),
            s_unitPrice,
            s_currency),
        ["change price"] = new(
            HttpMethod.Put, "/v1/products/BAD-1/price", "/v1/products/BAD-UNKNOWN/price", "/v1/products/BAD-GONE/price",
            """{"unitPrice":4.5,"currency":"EUR"}""", false, s_unitPrice, s_currency),
        ["receive stock"] = new(
            HttpMethod.Post,
            "/v1/products/BAD-1/stock-receipts",
            "/v1/products/BAD-UNKNOWN/stock-receipts",
            "/v1/products/BAD-GONE/stock-receipts",
            """{"quantity":5,"reference":"DN-1"}""", false, new Field("quantity", FieldKind.Quantity), s_reference),
        ["discontinue"] = new(
            HttpMethod.Post,
            "/v1/products/BAD-1/discontinuation",
            "/v1/products/BAD-UNKNOWN/discontinuation",
            "/v1/products/BAD-GONE/discontinuation",
            """{"reason":"Old"}""", true, new Field("reason", FieldKind.Text, IsRequired: false, MaxLength: 500)),
        ["place order"] = new(
            HttpMethod.Post, "/v1/orders", null, null,
            """
            {"orderId":"bad-order-new","customerId":"ann","currency":"EUR","lines":[{"sku":"TEA-1","quantity":2,"unitPrice":4.5}],
            "shippingAddress":{"recipient":"Ann","line1":"1 Main Street","line2":"Yard","postalCode":"12345",
            "city":"Sampleton","country":"DE"}}
            """,
            false,
            new Field("orderId", FieldKind.Id, IsRequired: false),
            new Field("customerId", FieldKind.Id),
            s_currency,
            new Field("lines", FieldKind.Lines),
            new Field("lines[0].sku", FieldKind.Sku),
            new Field("lines[0].quantity", FieldKind.Quantity),
            new Field("lines[0].unitPrice", FieldKind.Amount),
            new Field("shippingAddress", FieldKind.Address, IsRequired: false),
            new Field("shippingAddress.recipient", FieldKind.Text, MaxLength: 200),
            new Field("shippingAddress.line1", FieldKind.Text, MaxLength: 200),
            new Field("shippingAddress.line2", FieldKind.Text, IsRequired: false, MaxLength: 200),
            new Field("shippingAddress.postalCode", FieldKind.Text, MaxLength: 20),
            new Field("shippingAddress.city", FieldKind.Text, MaxLength: 100),
            new Field("shippingAddress.country", FieldKind.Text, MaxLength: 100)),
        ["record payment"] = new(
            HttpMethod.Post, "/v1/orders/bad-placed/payments", "/v1/orders/bad-unknown/payments", null,
            """{"paymentId":"bad-payment-new","amount":9,"currency":"EUR","reference":"Order"}""", false,
            new Field("paymentId", FieldKind.Id, IsRequired: false), new Field("amount", FieldKind.Amount), s_currency, s_reference),
        ["ship"] = new(
            HttpMethod.Post, "/v1/orders/bad-paid/shipment", "/v1/orders/bad-unknown/shipment", "/v1/orders/bad-placed/shipment",
            """{"carrier":"Parcel Post","trackingNumber":"PP-1"}""", false,
            new Field("carrier", FieldKind.Text, MaxLength: 100), new Field("trackingNumber", FieldKind.Text, MaxLength: 100)),
        ["deliver"] = new(
            HttpMethod.Post,
            "/v1/orders/bad-shipped/delivery",
            "/v1/orders/bad-unknown/delivery",
            "/v1/orders/bad-placed/delivery",
            "{}",
            true),
        ["cancel"] = new(
            HttpMethod.Post,
            "/v1/orders/bad-placed/cancellation",
            "/v1/orders/bad-unknown/cancellation",
            "/v1/orders/bad-shipped/cancellation",
            """{"reason":"Twice"}""", false, new Field("reason", FieldKind.Text, MaxLength: 500)),
        ["issue API key"] = new(
            HttpMethod.Post, "/v1/api-keys", null, null,
            """{"name":"Robot","scopes":["orders:read"],"expiresAt":"2100-01-31T12:00:00Z","keyId":"bad-key-new"}""", false,
            s_name, new Field("scopes", FieldKind.Scopes), new Field("expiresAt", FieldKind.Time, IsRequired: false),
            new Field("keyId", FieldKind.Id, IsRequired: false)),
        ["rotate API key"] = new(
            HttpMethod.Post,
            "/v1/api-keys/bad-key/rotation",
            "/v1/api-keys/bad-unknown/rotation",
            "/v1/api-keys/bad-revoked/rotation",
            """{"overlapHours":5}""", true, new Field("overlapHours", FieldKind.Hours, IsRequired: false)),
        ["revoke API key"] = new(HttpMethod.Delete, "/v1/api-keys/bad-key", "/v1/api-keys/bad-unknown", null, "{}", true),
    };
}
