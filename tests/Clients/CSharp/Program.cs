using System.Globalization;
using Orderly.Client;

// Registers, places, waits and reads by the client that NSwag generates from the OpenAPI document, without a cast.
// Its argument is the address of a service in which nothing is yet.

using var http = new HttpClient { BaseAddress = new Uri(args[0]) };
var orderly = new OrderlyClient(http);

await orderly.RegisterCustomerAsync(
    new RegisterCustomerRequest { CustomerId = "cs-ada", Name = "Ada Lovelace", Email = "ada@example.com", Level = CustomerLevel.Gold });
await orderly.AddProductAsync(new AddProductRequest { Sku = "CS-LAMP", Name = "Desk lamp", UnitPrice = 19.95m, Currency = "EUR" });
await orderly.ReceiveStockAsync("CS-LAMP", new ReceiveStockRequest { Quantity = 40, Reference = "delivery 17" });

var order = new PlaceOrderRequest
{
    CustomerId = "cs-ada",
    Currency = "EUR",
    Lines = [new PlaceOrderLine { Sku = "CS-LAMP", Quantity = 2, UnitPrice = 19.95m }],
};
var placed = await orderly.PlaceOrderAsync(order, idempotency_Key: "cs-first");
var again = await orderly.PlaceOrderAsync(order, idempotency_Key: "cs-first");
Expect(again.Id == placed.Id && again.Position == placed.Position, "the same key is the same order");

OrderDetails read = await orderly.GetOrderAsync(placed.Id, min_Log_Position: placed.Position);
Expect(read.OrderId == placed.Id, "the order that was placed is read at its position");
Expect(read.Total == 39.90m, "amounts are exact");

read = await orderly.GetOrderAsync(placed.Id, WaitUntil.Validated, prefer: "wait=30");
Expect(read.Status == OrderStatus.Confirmed, "the order is confirmed");
Expect(read.Shipment is null && read.ShippingAddress is null, "what is not there is null");

var customer = await orderly.GetCustomerAsync("cs-ada", min_Log_Position: placed.Position);
Expect(customer.Level == CustomerLevel.Gold, "a level is sent and read as it is called");

var page = await orderly.FindOrdersAsync(status: OrderStatus.Confirmed, customerId: "cs-ada", sort: OrderSort.MinusplacedAt);
Expect(page.Items.Any(item => item.OrderId == placed.Id), "the order is found");

try
{
    await orderly.CancelOrderAsync("cs-none", new CancelOrderRequest { Reason = "Never placed" });
    Expect(false, "what is not there is refused");
}
catch (ApiException<ProblemBody> refused)
{
    Expect(refused.Result is { Status: 404, Type: "/problems/not-found" }, "a refusal is a typed problem");
}

Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"C#: {read.OrderId} is {read.Status}, {read.Total} {read.Currency}."));

static void Expect(bool holds, string what)
{
    if (!holds)
    {
        throw new InvalidOperationException($"It does not hold that {what}.");
    }
}
