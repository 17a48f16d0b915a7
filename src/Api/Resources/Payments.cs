using Orderly.Access;
using Orderly.Api.Access;
using Orderly.Api.Commands;
using Orderly.Api.OpenApi;

namespace Orderly.Api.Resources;

/// <summary>What is done with a payment that was received.</summary>
internal sealed class Payments : IResource
{
    public ResourceDoc Doc => new("Payments", "What becomes of a payment.", PathParameterDoc.Id("The payment's id", "p-1")) { Place = 40 };

    public void Map(IEndpointRouteBuilder routes)
        => routes.MapPost("/payments/{id:entity-id}/refund", (string id, CommandRequest<RecordRefundRequest> request)
                => request.SendAsync((body, context) => body.ToCommand(id, context), document: null))
            .WithName("recordRefund")
            .Needs(Scopes.PaymentsWrite)
            .Changes<RecordRefundRequest>("Notes that a refund, which was asked for, was paid.", Examples.RecordRefund);
}
