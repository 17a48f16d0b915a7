using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using Orderly.Access;
using Orderly.Api.Access;
using Orderly.Api.Commands;
using Orderly.Api.OpenApi;
using Orderly.Api.Queries;
using Orderly.Domain.Tickets;
using Orderly.ReadModels.Tickets;

namespace Orderly.Api.Resources;

/// <summary>Tickets.</summary>
internal sealed class Tickets : IResource
{
    public ResourceDoc Doc => new("Tickets", "Questions, and their answers.", PathParameterDoc.Id("The ticket's id", "t-1"));

    public void Map(IEndpointRouteBuilder routes)
    {
        var tickets = routes.MapGroup("/tickets");

        tickets.MapPost("", (CommandRequest<OpenTicketRequest> request)
                => request.SendAsync(
                    (body, context) => new OpenTicket(body.TicketId.OrNewId(context), body.Subject!) { Context = context },
                    DocumentOf, makes: true))
            .WithName("openTicket")
            .Needs(Scopes.TicketsWrite)
            .Creates<OpenTicketRequest>("Opens a ticket.", """{"ticketId":"t-1","subject":"It does not print"}""", "/v1/tickets/t-1");

        tickets.MapPost("/{id:entity-id}/answers", (string id, CommandRequest<AnswerTicketRequest> request)
                => request.SendAsync((body, context) => new AnswerTicket(id, body.Text!) { Context = context }, DocumentOf))
            .WithName("answerTicket")
            .Needs(Scopes.TicketsWrite)
            .Changes<AnswerTicketRequest>("Answers a ticket.", """{"text":"Put paper in."}""");

        tickets.MapPost("/{id:entity-id}/closing", (string id, CommandRequest<CloseTicketRequest> request)
                => request.SendAsync((body, context) => new CloseTicket(id, body.Reason!) { Context = context }, DocumentOf))
            .WithName("closeTicket")
            .Needs(Scopes.TicketsWrite)
            .Changes<CloseTicketRequest>("Closes a ticket.", """{"reason":"It prints."}""");

        tickets.MapRead("/{id:entity-id}", (string id, ViewRequest request) => request.AnswerAsync(DocumentOf(id)))
            .WithName("getTicket")
            .Needs(Scopes.TicketsRead)
            .ReadsDocument<TicketDetails>(
                "One ticket.",
                """
                {"ticketId":"t-1","subject":"It does not print","status":"answered","answer":"Put paper in.","reason":null,
                "openedAt":"2026-01-31T12:00:00+00:00","revision":1}
                """);
    }

    private static DocumentQuery<TicketDetails> DocumentOf(string id)
        => new(
            $"/v1/tickets/{id}", new GetTicketDetails(id), TicketDetailsJson.Default.TicketDetails,
            ticket => EntityTags.Of(ticket.Revision));
}

/// <param name="TicketId">Made by the service when it is left out.</param>
internal sealed record OpenTicketRequest(
    [property: MaxLength(64)] string? TicketId,
    [property: Required, MaxLength(200)] string? Subject) : IRequestBody<OpenTicketRequest>;

internal sealed record AnswerTicketRequest([property: Required, MaxLength(2000)] string? Text) : IRequestBody<AnswerTicketRequest>;

internal sealed record CloseTicketRequest([property: Required, MaxLength(500)] string? Reason) : IRequestBody<CloseTicketRequest>;

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    NumberHandling = JsonNumberHandling.Strict, AllowDuplicateProperties = false,
    Converters = [typeof(WholeNumberConverter), typeof(AmountConverter)])]
[JsonSerializable(typeof(OpenTicketRequest))]
[JsonSerializable(typeof(AnswerTicketRequest))]
[JsonSerializable(typeof(CloseTicketRequest))]
internal sealed partial class TicketRequestsJson : JsonSerializerContext, IRequestJson;
