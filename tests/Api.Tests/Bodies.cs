namespace Orderly.Api.Tests;

/// <summary>Bodies that are fine.</summary>
internal static class Bodies
{
    public static string Customer(string? id = null)
        => $$"""{{{(id is null ? "" : $"\"customerId\":\"{id}\",")}}"name":"Ann","email":"ann@example.com"}""";

    public static string Product(string sku, string name = "Green tea")
        => $$"""{"sku":"{{sku}}","name":"{{name}}","unitPrice":4.5,"currency":"EUR"}""";

    public static string Order(string? id = null, string customer = "ann", string sku = "TEA-1")
        => $$"""{{{(id is null ? "" : $"\"orderId\":\"{id}\",")}}"customerId":"{{customer}}","currency":"EUR","lines":"""
            + $$"""[{"sku":"{{sku}}","quantity":2,"unitPrice":4.5}]}""";

    public const string Cancellation = """{"reason":"Ordered twice"}""";

    public const string Shipment = """{"carrier":"Parcel Post","trackingNumber":"PP-1"}""";

    public static string Payment(string? id = null)
        => $$"""{{{(id is null ? "" : $"\"paymentId\":\"{id}\",")}}"amount":9,"currency":"EUR"}""";

    public static string ApiKey(string? id = null)
        => $$"""{{{(id is null ? "" : $"\"keyId\":\"{id}\",")}}"name":"Robot","scopes":["orders:read","orders:ship"]}""";
}
