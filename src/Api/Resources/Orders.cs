using Orderly.Access;
using Orderly.Api.Access;
using Orderly.Api.Commands;
using Orderly.Api.OpenApi;
using Orderly.Api.Problems;
using Orderly.Api.Queries;
using Orderly.Domain.Orders;
using Orderly.ReadModels;
using Orderly.ReadModels.Orders;

namespace Orderly.Api.Resources;

/// <summary>Orders and their payments.</summary>
internal sealed class Orders : IResource
{
    public ResourceDoc Doc => new(
        "Orders", "From placing to delivery or cancellation, with payments.", PathParameterDoc.Id("The order's id", "o-1"))
    { Place = 30 };

    public void Map(IEndpointRouteBuilder routes)
    {
        var orders = routes.MapGroup("/orders");

        orders.MapPost("", (CommandRequest<PlaceOrderRequest> request)
                => request.SendAsync((body, context) => body.ToCommand(context), DocumentOf, makes: true))
            .WithName("placeOrder")
            .NeedsOrOwn(Scopes.OrdersWrite)
            .Creates<PlaceOrderRequest>("Places an order.", Examples.PlaceOrder, "/v1/orders/o-1");

        orders.MapPost("/{id:entity-id}/payments", (string id, CommandRequest<RecordPaymentRequest> request)
                => request.SendAsync((body, context) => body.ToCommand(id, context), _ => DocumentOf(id), makes: true))
            .WithName("recordPayment")
            .Needs(Scopes.PaymentsWrite)
            .CreatesIn<RecordPaymentRequest>("Records a payment for an order.", Examples.RecordPayment, "/v1/orders/o-1");

        orders.MapPost("/{id:entity-id}/shipment", (string id, CommandRequest<ShipOrderRequest> request)
                => request.SendAsync((body, context) => body.ToCommand(id, context), DocumentOf))
            .WithName("shipOrder")
            .Needs(Scopes.OrdersShip)
            .Changes<ShipOrderRequest>("Hands a paid order to a carrier.", Examples.ShipOrder);

        orders.MapPost("/{id:entity-id}/delivery", (string id, CommandRequest<DeliverOrderRequest> request)
                => request.SendAsync((_, context) => new DeliverOrder(id) { Context = context }, DocumentOf))
            .WithName("deliverOrder")
            .Needs(Scopes.OrdersShip)
            .Changes<DeliverOrderRequest>("Notes that a shipped order arrived.");

        orders.MapPost("/{id:entity-id}/cancellation", (string id, CommandRequest<CancelOrderRequest> request)
                => request.SendAsync((body, context) => body.ToCommand(id, context), DocumentOf))
            .WithName("cancelOrder")
            .NeedsOrOwn(Scopes.OrdersWrite)
            .Changes<CancelOrderRequest>("Calls an order off, as long as it was not shipped.", Examples.CancelOrder);

        orders.MapRead("/{id:entity-id}", GetAsync)
            .WithName("getOrder")
            .NeedsOrOwn(Scopes.OrdersRead)
            .ReadsDocument<OrderDetails>(
                "One order with everything that happened to it.", Examples.Order,
                new ParameterDoc(
                    "until", "'validated': the order is waited for until it is confirmed or rejected.", JsonKind.Text, "validated")
                { Values = Enumeration.WaitUntil });

        orders.MapRead("", FindAsync)
            .WithName("findOrders")
            .NeedsOrOwn(Scopes.OrdersRead)
            .ReadsPage<OrderList>(
                "Orders that fit, sorted.", Examples.OrderList,
                new ParameterDoc("status", "Only orders in this status.", JsonKind.Text, "confirmed") { Values = Enumeration.OrderStatus },
                new ParameterDoc("customerId", "Only orders of this customer.", JsonKind.Text, "ann"),
                new ParameterDoc("sku", "Only orders with a line of this SKU.", JsonKind.Text, "TEA-1"),
                new ParameterDoc(
                    "q",
                    "Only orders that have all of these words, whatever the case and the accents, each at least by its beginning: "
                    + "in the ids, the SKUs, the shipping address, or the names of customer and products. At most 10 words.",
                    JsonKind.Text, "ann green"),
                new ParameterDoc("placedFrom", "Only orders placed then or later, ISO 8601.", JsonKind.Timestamp, "2026-01-31T00:00:00Z"),
                new ParameterDoc("placedTo", "Only orders placed earlier than then, ISO 8601.", JsonKind.Timestamp, "2026-02-01T00:00:00Z"),
                new ParameterDoc("minTotal", "Only orders with this total or more, whatever the currency.", JsonKind.Number, "5"),
                new ParameterDoc("maxTotal", "Only orders with this total or less, whatever the currency.", JsonKind.Number, "99.95"),
                new ParameterDoc(
                    "sort", "What to sort by; with '-' the greatest or latest first. Newest first when it is left out.", JsonKind.Text,
                    "-placedAt")
                { Values = Enumeration.OrderSort });
    }

    private static DocumentQuery<OrderDetails> DocumentOf(string id) => DocumentOf(id, untilValidated: false);

    private static DocumentQuery<OrderDetails> DocumentOf(string id, bool untilValidated)
        => new($"/v1/orders/{id}", new GetOrder(id, untilValidated), ReadModelsJson.Default.OrderDetails, EntityTags.Of);

    private static async Task<IResult> FindAsync(HttpContext http, ViewRequest request)
    {
        var parameters = new QueryParameters(http.Request.Query);
        return OrderQuery.Read(parameters) is var (asked, query)
            ? await request.AnswerAsync(query, ShopPageJson.Default.OrderList, asked.ListOf)
            : parameters.Problem!;
    }

    private static async Task<IResult> GetAsync(string id, HttpContext http, ViewRequest request)
    {
        var until = http.Request.Query["until"];
        return until is [] or ["validated"]
            ? await request.AnswerAsync(DocumentOf(id, untilValidated: until.Count > 0))
            : Problem.Of(ProblemType.MalformedParameter, "The query can't be answered.", "until", "must be 'validated'.");
    }
}
