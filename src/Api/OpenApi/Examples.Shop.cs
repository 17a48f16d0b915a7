namespace Orderly.Api.OpenApi;

/// <content>Those of the shop.</content>
internal static partial class Examples
{
    public const string RegisterCustomer = """{"customerId":"ann","name":"Ann Example","email":"ann@example.com","level":"silver"}""";
    public const string ChangeCustomerDetails = """{"name":"Ann Sample","email":"ann@example.org"}""";
    public const string ChangeCustomerLevel = """{"level":"gold"}""";
    public const string AddProduct = """{"sku":"TEA-1","name":"Green tea","description":"100 g, loose","unitPrice":4.5,"currency":"EUR"}""";
    public const string ChangePrice = """{"unitPrice":4.9,"currency":"EUR"}""";
    public const string ReceiveStock = """{"quantity":40,"reference":"DN-2041"}""";
    public const string DiscontinueProduct = """{"reason":"No longer grown"}""";

    public const string PlaceOrder = """
        {"orderId":"o-1","customerId":"ann","currency":"EUR","lines":[{"sku":"TEA-1","quantity":2,"unitPrice":4.5}],
        "shippingAddress":{"recipient":"Ann Example","line1":"1 Main Street","line2":null,"postalCode":"12345","city":"Sampleton",
        "country":"DE"}}
        """;

    public const string RecordPayment = """{"paymentId":"p-1","amount":9,"currency":"EUR","reference":"Order o-1"}""";
    public const string RecordRefund = """{"amount":9,"reference":"Refund of order o-1"}""";
    public const string ShipOrder = """{"carrier":"Parcel Post","trackingNumber":"PP-00042"}""";
    public const string CancelOrder = """{"reason":"Ordered twice"}""";

    public const string Customer = """
        {"customerId":"ann","name":"Ann Example","email":"ann@example.com","level":"silver",
        "orders":{"placed":1,"confirmed":1,"rejected":0,"paid":0,"shipped":0,"delivered":0,"cancelled":0},
        "lifetimeValue":[{"currency":"EUR","amount":9}],
        "lastOrders":[{"orderId":"o-1","status":"confirmed","total":9,"currency":"EUR","placedAt":"2026-01-31T12:00:00+00:00"}],
        "registeredAt":"2026-01-30T09:30:00+00:00","forgotten":false,"revision":0}
        """;

    public const string CustomerPage = """
        {"items":[{"customerId":"ann","name":"Ann Example","email":"ann@example.com","level":"gold",
        "registeredAt":"2026-01-31T11:00:00+00:00","revision":1}],"nextCursor":null}
        """;

    public const string Product = """
        {"sku":"TEA-1","name":"Green tea","description":"100 g, loose","unitPrice":4.5,"currency":"EUR","discontinued":false,
        "onHand":40,"reserved":2,"available":38,"revision":2}
        """;

    public const string ProductPage = $$"""{"items":[{{Product}}],"nextCursor":"YWZ0ZXI6VEVBLTE"}""";

    public const string BoughtTogetherPage = """
        {"items":[{"sku":"POT-2","name":"Teapot","hops":1,"weight":12},{"sku":"CUP-6","name":"Cups","hops":2,"weight":7}],"nextCursor":null}
        """;

    public const string Order = """
        {"orderId":"o-1","customerId":"ann","status":"confirmed","currency":"EUR","total":9,
        "lines":[{"sku":"TEA-1","name":"Green tea","quantity":2,"unitPrice":4.5,"amount":9}],
        "checks":[{"check":"details","outcome":"passed","reasons":[],"checkedAt":"2026-01-31T12:00:01+00:00"}],
        "payments":[],"shipment":null,
        "shippingAddress":{"recipient":"Ann Example","line1":"1 Main Street","line2":null,"postalCode":"12345","city":"Sampleton",
        "country":"DE"},
        "rejectionReasons":[],"cancellationReason":null,"placedAt":"2026-01-31T12:00:00+00:00",
        "timeline":[{"at":"2026-01-31T12:00:00+00:00","event":"order-placed","detail":null},
        {"at":"2026-01-31T12:00:01+00:00","event":"check-passed","detail":"details"},
        {"at":"2026-01-31T12:00:02+00:00","event":"order-confirmed","detail":null}],"revision":1}
        """;

    public const string OrderList = """
        {"items":[{"orderId":"o-1","customerId":"ann","customerName":"Ann Example","status":"confirmed","currency":"EUR","total":9,
        "skus":["TEA-1"],"placedAt":"2026-01-31T12:00:00+00:00"}],"nextCursor":"Q3V0aU9uOG1fRjBafDE3Njk4NjA4MDAwMDB8by0x"}
        """;

    public const string SalesList = """
        {"items":[{"from":"2026-01-31T12:00:00+00:00","to":"2026-01-31T13:00:00+00:00","revenue":[{"currency":"EUR","amount":9}],
        "units":2,"orders":1},
        {"from":"2026-01-31T13:00:00+00:00","to":"2026-01-31T14:00:00+00:00","revenue":[],"units":0,"orders":0}],"nextCursor":null}
        """;

    public const string PastOrder = """
        {"orderId":"o-1","customerId":"ann","status":"placed","currency":"EUR","total":9,
        "lines":[{"sku":"TEA-1","name":null,"quantity":2,"unitPrice":4.5,"amount":9}],"checks":[],"payments":[],"shipment":null,
        "shippingAddress":null,"rejectionReasons":[],"cancellationReason":null,"placedAt":"2026-01-31T12:00:00+00:00",
        "timeline":[{"at":"2026-01-31T12:00:00+00:00","event":"order-placed","detail":null}],"revision":0}
        """;
}
