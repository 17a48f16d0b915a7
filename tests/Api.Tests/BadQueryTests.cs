using System.Net;

namespace Orderly.Api.Tests;

/// <summary>What queries refuse.</summary>
[Collection(ApiCollection.Name)]
public sealed class BadQueryTests(SharedApi shared)
{
    private RunningApi Api => shared.Api;

    [Theory]
    [InlineData("/v1/products?limit=0", "limit")]
    [InlineData("/v1/products?limit=201", "limit")]
    [InlineData("/v1/products?limit=abc", "limit")]
    [InlineData("/v1/products?limit=-1", "limit")]
    [InlineData("/v1/products?limit=1.5", "limit")]
    [InlineData("/v1/products?limit=%201", "limit")]
    [InlineData("/v1/products?limit=99999999999999999999", "limit")]
    [InlineData("/v1/products?limit=5&limit=6", "limit")]
    [InlineData("/v1/products?availableBelow=abc", "availableBelow")]
    [InlineData("/v1/products?availableBelow=-1", "availableBelow")]
    [InlineData("/v1/products?cursor=abc", "cursor")]
    [InlineData("/v1/products?cursor=%00", "cursor")]
    [InlineData("/v1/products?cursor=YWZ0ZXI6bG93ZXI", "cursor")]
    [InlineData("/v1/products?q=a%00b", "q")]
    [InlineData("/v1/products/X/bought-together?hops=0", "hops")]
    [InlineData("/v1/products/X/bought-together?hops=4", "hops")]
    [InlineData("/v1/products/X/bought-together?hops=-1", "hops")]
    [InlineData("/v1/products/X/bought-together?hops=1.5", "hops")]
    [InlineData("/v1/products/X/bought-together?hops=abc", "hops")]
    [InlineData("/v1/products/X/bought-together?hops=4294967297", "hops")]
    [InlineData("/v1/products/X/bought-together?hops=1&hops=2", "hops")]
    [InlineData("/v1/products/X/bought-together?limit=0", "limit")]
    [InlineData("/v1/products/X/bought-together?limit=201", "limit")]
    [InlineData("/v1/products/X/bought-together?hops=2&limit=abc", "limit")]
    [InlineData("/v1/orders/x?until=paid", "until")]
    [InlineData("/v1/orders/x?until=", "until")]
    [InlineData("/v1/orders?status=unknown", "status")]
    [InlineData("/v1/orders?status=Placed", "status")]
    [InlineData("/v1/orders?status=placed&status=paid", "status")]
    [InlineData("/v1/orders?customerId=Ann", "customerId")]
    [InlineData("/v1/orders?sku=tea", "sku")]
    [InlineData("/v1/orders?q=%21%3F*%22", "q")]
    [InlineData("/v1/orders?q=-_-", "q")]
    [InlineData("/v1/orders?q=%20", "q")]
    [InlineData("/v1/orders?q=a%00b", "q")]
    [InlineData("/v1/orders?q=a+b+c+d+e+f+g+h+i+j+k", "q")]
    [InlineData("/v1/orders?placedFrom=yesterday", "placedFrom")]
    [InlineData("/v1/orders?placedTo=2026-02-30", "placedTo")]
    [InlineData("/v1/orders?placedFrom=2026-02-01&placedTo=2026-02-01T00:00:00Z", "placedTo")]
    [InlineData("/v1/orders?placedFrom=2026-02-01T02:00:00%2B02:00&placedTo=2026-01-31", "placedTo")]
    [InlineData("/v1/orders?placedFrom=0001-01-01T00:00:00%2B14:00", "placedFrom")]
    [InlineData("/v1/orders?minTotal=-1", "minTotal")]
    [InlineData("/v1/orders?minTotal=abc", "minTotal")]
    [InlineData("/v1/orders?minTotal=1e3", "minTotal")]
    [InlineData("/v1/orders?minTotal=1,5", "minTotal")]
    [InlineData("/v1/orders?minTotal=NaN", "minTotal")]
    [InlineData("/v1/orders?maxTotal=0.00001", "maxTotal")]
    [InlineData("/v1/orders?maxTotal=1000000000000000000", "maxTotal")]
    [InlineData("/v1/orders?maxTotal=99999999999999999999999999999999", "maxTotal")]
    [InlineData("/v1/orders?minTotal=2&maxTotal=1.9999", "maxTotal")]
    [InlineData("/v1/orders?minTotal=1.99999999999999999999999999999999", "minTotal")]
    [InlineData("/v1/orders?sort=customerId", "sort")]
    [InlineData("/v1/orders?sort=placedat", "sort")]
    [InlineData("/v1/orders?sort=--total", "sort")]
    [InlineData("/v1/orders?sort=total,status", "sort")]
    [InlineData("/v1/orders?limit=0", "limit")]
    [InlineData("/v1/orders?limit=201", "limit")]
    [InlineData("/v1/orders?cursor=abc", "cursor")]
    [InlineData("/v1/orders?cursor=%00", "cursor")]
    [InlineData("/v1/orders?cursor=YWZ0ZXI6VEVBLTE", "cursor")]
    [InlineData("/v1/sales?to=2026-02-01&bucket=day", "from")]
    [InlineData("/v1/sales?from=2026-02-01&bucket=day", "to")]
    [InlineData("/v1/sales?from=2026-02-01&to=2026-02-02", "bucket")]
    [InlineData("/v1/sales?from=2026-02-01&to=2026-02-02&bucket=", "bucket")]
    [InlineData("/v1/sales?from=2026-02-01&to=2026-02-02&bucket=week", "bucket")]
    [InlineData("/v1/sales?from=2026-02-01&to=2026-02-02&bucket=Day", "bucket")]
    [InlineData("/v1/sales?from=2026-02-01&to=2026-02-01&bucket=day", "to")]
    [InlineData("/v1/sales?from=2026-02-02&to=2026-02-01&bucket=day", "to")]
    [InlineData("/v1/sales?from=2026-02-01T00:00:00-02:00&to=2026-02-01T01:00:00Z&bucket=hour", "to")]
    [InlineData("/v1/sales?from=noon&to=2026-02-02&bucket=day", "from")]
    [InlineData("/v1/sales?from=2026-02-01&to=2026-02-02T00:00:00%202:00&bucket=day", "to")]
    [InlineData("/v1/sales?from=2026-01-01&to=2027-02-22&bucket=hour", "to")]
    [InlineData("/v1/sales?from=0001-01-01&to=2026-02-01&bucket=day", "to")]
    [InlineData("/v1/sales?from=9999-12-30&to=9999-12-31T00:00:01Z&bucket=day", "to")]
    [InlineData("/v1/sales?from=2026-02-01&to=2026-02-02&bucket=day&sku=tea", "sku")]
    [InlineData("/v1/sales?from=2026-02-01&to=2026-02-02&bucket=day&sku=*", "sku")]
    [InlineData("/v1/sales?from=2026-02-01&to=2026-02-02&bucket=day&limit=0", "limit")]
    [InlineData("/v1/sales?from=2026-02-01&to=2026-02-02&bucket=day&cursor=abc", "cursor")]
    [InlineData("/v1/history/order-x?fromRevision=-1", "fromRevision")]
    [InlineData("/v1/history/order-x?fromRevision=abc", "fromRevision")]
    [InlineData("/v1/history/order-x?limit=0", "limit")]
    [InlineData("/v1/history/order-x?limit=201", "limit")]
    [InlineData("/v1/history/orders/x", "revision")]
    [InlineData("/v1/history/orders/x?revision=0&at=2026-01-31T12:00:00Z", "revision")]
    [InlineData("/v1/history/orders/x?revision=-1", "revision")]
    [InlineData("/v1/history/orders/x?revision=abc", "revision")]
    [InlineData("/v1/history/orders/x?at=yesterday", "at")]
    [InlineData("/v1/history/orders/x?at=2026-13-01T00:00:00Z", "at")]
    public async Task Malformed_parameters_are_named(string path, string parameter)
        => Assert.NotNull((await Api.GetAsync(path)).IsProblem(400, "malformed-parameter").Json["errors"]![parameter]);

    [Theory]
    [InlineData("/v1/orders/no-such-order")]
    [InlineData("/v1/customers/no-such-customer")]
    [InlineData("/v1/products/NO-SUCH-PRODUCT")]
    [InlineData("/v1/products/NO-SUCH-PRODUCT/bought-together")]
    [InlineData("/v1/products/NO-SUCH-PRODUCT/bought-together?hops=3&limit=200")]
    [InlineData("/v1/history/order-no-such-order")]
    [InlineData("/v1/history/orders/no-such-order?revision=0")]
    [InlineData("/v1/history/orders/no-such-order?at=2026-01-31T12:00:00Z")]
    [InlineData("/v1/orders/Upper")]
    [InlineData("/v1/orders/a%20b")]
    [InlineData("/v1/customers/Upper")]
    [InlineData("/v1/products/lower")]
    [InlineData("/v1/products/lower/bought-together")]
    [InlineData("/v1/history/nonsense")]
    [InlineData("/v1/history/other-x")]
    [InlineData("/v1/history/product-lower")]
    [InlineData("/v1/history/order-")]
    [InlineData("/v1/history/$all")]
    [InlineData("/v1/history/orders/Upper?revision=0")]
    [InlineData("/v1/nonsense")]
    [InlineData("/v2/orders/x")]
    public async Task What_is_not_there_is_not_found(string path) => (await Api.GetAsync(path)).IsProblem(404, "not-found");

    [Theory]
    [InlineData("Min-Log-Position", "abc")]
    [InlineData("Min-Log-Position", "-1")]
    [InlineData("Min-Log-Position", "")]
    [InlineData("Prefer", "wait=abc")]
    [InlineData("Prefer", "wait=-1")]
    [InlineData("Prefer", "wait=1.5")]
    [InlineData("Prefer", "wait")]
    [InlineData("Prefer", "respond-async, wait=")]
    [InlineData("If-None-Match", "3")]
    public async Task Malformed_headers_are_named(string name, string value)
    {
        foreach (var path in new[]
        {
            "/v1/orders/x",
            "/v1/customers/x",
            "/v1/products/X",
            "/v1/products",
            "/v1/products/X/bought-together",
            "/v1/orders",
            "/v1/sales?from=2026-02-01&to=2026-02-02&bucket=day",
        })
        {
            Assert.NotNull((await Api.GetAsync(path, (name, value))).IsProblem(400, "malformed-header").Json["errors"]![name]);
        }
    }

    [Theory]
    [InlineData("DELETE", "/v1/orders", "POST")]
    [InlineData("POST", "/v1/sales", "GET")]
    [InlineData("DELETE", "/v1/orders/x", "GET")]
    [InlineData("PATCH", "/v1/products/X/price", "PUT")]
    [InlineData("GET", "/v1/orders/x/shipment", "POST")]
    [InlineData("POST", "/v1/products/X/bought-together", "GET")]
    [InlineData("POST", "/health/live", "GET")]
    public async Task A_method_that_is_not_possible_is_told_which_are(string method, string path, string allowed)
    {
        var answer = (await Api.SendAsync(new HttpMethod(method), path, null)).IsProblem(405, "method-not-allowed");
        Assert.Contains(allowed, answer.Headers["Allow"]);
    }

    [Fact]
    public async Task A_body_that_ends_early_is_malformed()
    {
        var answer = await RawHttp.SendAsync(
            Api.Address,
            "POST /v1/orders HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\nConnection: close"
            + "\r\n\r\n{\"a\":",
            halfClose: true);
        Assert.True(answer.Length == 0 || answer.StartsWith("HTTP/1.1 400 ", StringComparison.Ordinal), answer);
        Assert.Equal(HttpStatusCode.OK, (await Api.GetAsync("/health/live")).Status);
    }
}
