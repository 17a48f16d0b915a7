namespace Orderly.Domain.Tests;

internal sealed class OrderlyExamples : IEventExamples
{
    public IEnumerable<(string Type, string Json)> All { get; } =
    [
        ("customer-registered.v1", """
            {"customerId":"ada","name":"Ada \u00C5","email":"ada@example.com","level":"gold",
            "registeredAt":"2026-11-21T12:00:00+00:00"}
            """),
        ("customer-details-changed.v1", """
            {"customerId":"ada","name":"Ada","email":"ada@example.com","changedAt":"2026-11-21T12:00:00.1234567+00:00"}
            """),
        ("customer-level-changed.v1", """{"customerId":"ada","level":"bronze","changedAt":"2026-11-21T12:00:00+01:00"}"""),
        ("customer-forgotten.v1", """{"customerId":"ada","forgottenAt":"2026-11-21T12:00:00+00:00"}"""),
        ("product-added.v1", """
            {"sku":"LAMP","name":"Lamp","description":null,"unitPrice":{"amount":19.9900,"currency":"EUR"},
            "addedAt":"2026-11-21T12:00:00+00:00"}
            """),
        ("price-changed.v1", """{"sku":"LAMP","unitPrice":{"amount":20,"currency":"EUR"},"changedAt":"2026-11-21T12:00:00+00:00"}"""),
        ("stock-received.v1", """{"sku":"LAMP","quantity":1000000,"reference":"delivery 1","receivedAt":"2026-11-21T12:00:00+00:00"}"""),
        ("stock-reserved.v1", """{"sku":"LAMP","orderId":"o-1","quantity":2,"reservedAt":"2026-11-21T12:00:00+00:00"}"""),
        ("stock-reservation-refused.v1", """
            {"sku":"LAMP","orderId":"o-1","quantity":2,"available":1,"refusedAt":"2026-11-21T12:00:00+00:00"}
            """),
        ("stock-released.v1", """{"sku":"LAMP","orderId":"o-1","quantity":2,"releasedAt":"2026-11-21T12:00:00+00:00"}"""),
        ("stock-dispatched.v1", """{"sku":"LAMP","orderId":"o-1","quantity":2,"dispatchedAt":"2026-11-21T12:00:00+00:00"}"""),
        ("product-discontinued.v1", """{"sku":"LAMP","reason":null,"discontinuedAt":"2026-11-21T12:00:00+00:00"}"""),
        ("order-placed.v1", """
            {"orderId":"o-1","customerId":"ada","lines":[{"sku":"LAMP","quantity":2,"unitPrice":19.9999,"amount":39.9998}],
            "total":{"amount":39.9998,"currency":"EUR"},
            "shippingAddress":{"recipient":"Ada","line1":"Street 1","line2":null,"postalCode":"1010","city":"Wien","country":"AT"},
            "placedAt":"2026-11-21T12:00:00+00:00"}
            """),
        ("order-placed.v1", """
            {"orderId":"o-1","customerId":"ada","lines":[],"total":{"amount":0,"currency":"EUR"},"shippingAddress":null,
            "placedAt":"2026-11-21T12:00:00+00:00"}
            """),
        ("order-confirmed.v1", """
            {"orderId":"o-1","customerId":"ada","lines":[{"sku":"LAMP","quantity":2,"unitPrice":1.50,"amount":3.00}],
            "total":{"amount":3.00,"currency":"EUR"},"confirmedAt":"2026-11-21T12:00:00+00:00"}
            """),
        ("order-rejected.v1", """
            {"orderId":"o-1","customerId":"ada","lines":[{"sku":"LAMP","quantity":2,"unitPrice":1.5,"amount":3}],
            "total":{"amount":3,"currency":"EUR"},"reasons":["The price of \u0027LAMP\u0027 is 2 EUR."],
            "rejectedAt":"2026-11-21T12:00:00+00:00"}
            """),
        ("order-paid.v1", """
            {"orderId":"o-1","customerId":"ada","total":{"amount":3,"currency":"EUR"},"paidAt":"2026-11-21T12:00:00+00:00"}
            """),
        ("order-shipped.v1", """
            {"orderId":"o-1","customerId":"ada","lines":[{"sku":"LAMP","quantity":2,"unitPrice":1.5,"amount":3}],
            "carrier":"Swift Post","trackingNumber":"TN1","shippedAt":"2026-11-21T12:00:00+00:00"}
            """),
        ("order-delivered.v1", """{"orderId":"o-1","customerId":"ada","deliveredAt":"2026-11-21T12:00:00+00:00"}"""),
        ("order-cancelled.v1", """
            {"orderId":"o-1","customerId":"ada","lines":[{"sku":"LAMP","quantity":2,"unitPrice":1.5,"amount":3}],
            "total":{"amount":3,"currency":"EUR"},"from":"confirmed","reason":"changed my mind",
            "cancelledAt":"2026-11-21T12:00:00+00:00","confirmedAt":"2026-11-21T11:00:00+00:00"}
            """),
        ("order-email-deferred.v1", """
            {"orderId":"o-1","messageId":"0193504e-0000-7000-8000-000000000001","about":"order-confirmed.v1","revision":1,"attempt":2,
            "reason":"The mail server refused the recipient: 451 later","retryAt":"2026-11-21T12:00:08+00:00",
            "deferredAt":"2026-11-21T12:00:04+00:00"}
            """),
        ("order-email-delivered.v1", """
            {"orderId":"o-1","messageId":"0193504e-0000-7000-8000-000000000001","about":"order-confirmed.v1",
            "deliveredAt":"2026-11-21T12:00:08+00:00"}
            """),
        ("order-email-undeliverable.v1", """
            {"orderId":"o-1","messageId":"0193504e-0000-7000-8000-000000000001","about":"order-confirmed.v1",
            "reason":"The mail server refused the recipient: 550 unknown","refusedAt":"2026-11-21T12:00:08+00:00"}
            """),
        ("check-passed.v1", """{"orderId":"o-1","check":"fraud","checkedAt":"2026-11-21T12:00:00+00:00","names":null}"""),
        ("check-passed.v1", """
            {"orderId":"o-1","check":"details","checkedAt":"2026-11-21T12:00:00+00:00",
            "names":{"customer":"Ada","products":{"LAMP":"Lamp","TEA-1":"Tea"}}}
            """),
        ("check-failed.v1", """
            {"orderId":"o-1","check":"details","reasons":["one","two"],"checkedAt":"2026-11-21T12:00:00+00:00",
            "names":{"customer":null,"products":{}}}
            """),
        ("payment-received.v1", """
            {"paymentId":"p-1","orderId":"o-1","amount":{"amount":39.9,"currency":"EUR"},"reference":null,
            "receivedAt":"2026-11-21T12:00:00+00:00"}
            """),
        ("refund-requested.v1", """
            {"paymentId":"p-1","orderId":"o-1","amount":{"amount":0.0001,"currency":"EUR"},"reason":"The order was cancelled.",
            "requestedAt":"2026-11-21T12:00:00+00:00"}
            """),
        ("payment-refunded.v1", """
            {"paymentId":"p-1","orderId":"o-1","amount":{"amount":1000000000,"currency":"EUR"},
            "refundedAt":"2026-11-21T12:00:00+00:00"}
            """),
    ];
}
