namespace Orderly.Api.OpenApi;

/// <summary>The example bodies of the OpenAPI document.</summary>
internal static partial class Examples
{
    public const string Accepted = """{"id":"o-1","revision":3,"position":"1042"}""";

    public const string Me = """
        {"actor":"user:7f3a","issuer":"https://id.example.com","accountId":"ann","scopes":["own"]}
        """;

    public const string IssueApiKey = """
        {"name":"Warehouse robot","scopes":["orders:read","orders:ship"],"expiresAt":"2030-01-31T00:00:00+00:00","keyId":"robot"}
        """;

    public const string RotateApiKey = """{"overlapHours":24}""";

    public const string IssuedApiKey = """
        {"id":"robot","revision":0,"position":"1042",
        "key":"ok_robot_9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"}
        """;

    public const string ApiKey = """
        {"keyId":"robot","name":"Warehouse robot","scopes":["orders:read","orders:ship"],"status":"active",
        "issuedAt":"2026-01-31T12:00:00+00:00","expiresAt":"2030-01-31T00:00:00+00:00","rotatedAt":null,"oldValidUntil":null,
        "revokedAt":null,"lastUsedAt":"2026-02-02T08:00:00+00:00","revision":1}
        """;

    public const string ApiKeyPage = $$"""{"items":[{{ApiKey}}],"nextCursor":null}""";

    public const string HistoryPage = """
        {"items":[{"revision":0,"position":"1040","type":"stock-received.v1","eventId":"019c1a2b-3c4d-7e5f-8a6b-7c8d9e0f1a2b",
        "data":{"sku":"TEA-1","quantity":40,"reference":"DN-2041","receivedAt":"2026-01-31T11:00:00+00:00"},
        "metadata":{"$correlationId":"019c1a2b-3c4d-7e5f-8a6b-7c8d9e0f1a2b","$causationId":"019c1a2b-3c4d-7e5f-8a6b-7c8d9e0f1a2b",
        "commandId":"019c1a2b-3c4d-7e5f-8a6b-7c8d9e0f1a2b","actor":"anonymous","at":"2026-01-31T11:00:00+00:00","schemaVersion":1},
        "recordedAt":"2026-01-31T11:00:00.0042+00:00"}],"nextRevision":null}
        """;

    public const string ProjectionList = """
        {"items":[{"name":"order-details","version":1,"generation":1,"state":"live","position":"1042","lag":0,"lagSeconds":0,"parked":0,
        "fault":null,
        "partitions":1,"owners":["worker-1/1/0197b0f35f6e7c3a9d1e2f4a6b8c0d12"],"updatedAt":"2026-01-31T12:00:02+00:00"}],"nextCursor":null}
        """;

    public const string ParkedList = """
        {"items":[{"projection":"order-details","generation":1,"position":"1041","stream":"order-o-1","revision":2,
        "type":"order-confirmed.v1",
        "document":null,"reason":"unreadable","detail":"unreadable 'order-confirmed.v1': '}' is an invalid start of a value.",
        "attempts":1,"waiting":3,
        "asked":false,"parkedAt":"2026-01-31T12:00:02+00:00"}],"nextCursor":null}
        """;

    public const string ParkedRetry = """{"projection":"order-details","position":"1041","action":"retry","parked":1}""";
    public const string ParkedSkip = """{"projection":"order-details","position":"1041","action":"skip","parked":1}""";
}
