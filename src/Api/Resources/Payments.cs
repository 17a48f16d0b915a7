using Orderly.Api.Commands;
using Orderly.Api.OpenApi;

namespace Orderly.Api.Resources;

/// <summary>What is done with a payment that was received.</summary>
internal static class Payments
{
    public static void MapPayments(this IEndpointRouteBuilder v1)
        => v1.MapPost("/payments/{id:entity-id}/refund", (string id, CommandRequest<RecordRefundRequest> request)
                => request.SendAsync((body, context) => body.ToCommand(id, context), document: null))
            .WithTags("Payments")
            .WithName("recordRefund")
            .Changes<RecordRefundRequest>("Notes that a refund, which was asked for, was paid.", Examples.RecordRefund);
}
