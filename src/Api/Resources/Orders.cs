using Orderly.Api.Commands;
using Orderly.Api.OpenApi;
using Orderly.Api.Problems;
using Orderly.Api.Queries;
using Orderly.Domain.Orders;
using Orderly.ReadModels;
using Orderly.ReadModels.Orders;

namespace Orderly.Api.Resources;

/// <summary>Orders and their payments.</summary>
internal static class Orders
{
    public static void MapOrders(this IEndpointRouteBuilder v1)
    {
        var orders = v1.MapGroup("/orders").WithTags("Orders");

        orders.MapPost("", (CommandRequest<PlaceOrderRequest> request)
                => request.CreateAsync((body, context) => body.ToCommand(context), id => $"/v1/orders/{id}"))
            .Creates<PlaceOrderRequest>("Places an order.", Examples.PlaceOrder, "/v1/orders/o-1");

        orders.MapPost("/{id:entity-id}/payments", (string id, CommandRequest<RecordPaymentRequest> request)
                => request.CreateAsync((body, context) => body.ToCommand(id, context), _ => $"/v1/orders/{id}"))
            .CreatesIn<RecordPaymentRequest>("Records a payment for an order.", Examples.RecordPayment, "/v1/orders/o-1");

        orders.MapPost("/{id:entity-id}/shipment", (string id, CommandRequest<ShipOrderRequest> request)
                => request.ChangeAsync((body, context) => body.ToCommand(id, context)))
            .Changes<ShipOrderRequest>("Hands a paid order to a carrier.", Examples.ShipOrder);

        orders.MapPost("/{id:entity-id}/delivery", (string id, CommandRequest<DeliverOrderRequest> request)
                => request.ChangeAsync((_, context) => new DeliverOrder(id) { Context = context }))
            .Changes<DeliverOrderRequest>("Notes that a shipped order arrived.");

        orders.MapPost("/{id:entity-id}/cancellation", (string id, CommandRequest<CancelOrderRequest> request)
                => request.ChangeAsync((body, context) => body.ToCommand(id, context)))
            .Changes<CancelOrderRequest>("Calls an order off, as long as it was not shipped.", Examples.CancelOrder);

        orders.MapGet("/{id:entity-id}", GetAsync)
            .ReadsDocument<OrderDetails>(
                "One order with everything that happened to it.",
                Examples.Order,
                new ParameterDoc("until", "'validated': the order is waited for until it is confirmed or rejected.", JsonKind.Text, "validated"));
    }

    private static async Task<IResult> GetAsync(string id, HttpContext http, ViewRequest request)
    {
        var until = http.Request.Query["until"];
        return until is [] or ["validated"]
            ? await request.AnswerAsync(new GetOrder(id, UntilValidated: until.Count > 0), ReadModelsJson.Default.OrderDetails, EntityTags.Of)
            : Problem.Of(ProblemType.MalformedParameter, "The query can't be answered.", "until", "must be 'validated'.");
    }
}
