using System.Text.Json;
using System.Text.Json.Serialization;
using MediatR;
using Orderly.Access;
using Orderly.ReadModels.ViewStore;
using Orderly.ReadModels.Waiting;

namespace Orderly.ReadModels.Tickets;

/// <summary>One ticket as it is now: the document of the view <c>ticket-details</c>, by its id.</summary>
/// <param name="Status">open, answered or closed.</param>
/// <param name="Answer">The last answer; null when there is none yet.</param>
/// <param name="Reason">Why it was closed; null when it is not.</param>
/// <param name="Revision">The revision of the ticket's stream, for <c>If-Match</c>.</param>
public sealed record TicketDetails(
    string TicketId, string Subject, string Status, string? Answer, string? Reason, DateTimeOffset OpenedAt, long Revision)
{
    public static View<TicketDetails> View { get; } = new("ticket-details", 1, TicketDetailsJson.Default.TicketDetails);
}

/// <summary>One ticket.</summary>
public sealed record GetTicketDetails(string TicketId) : Query<TicketDetails>(TicketDetails.View)
{
    public override bool IsAllowedTo(Caller caller) => caller.Has(Scopes.TicketsRead);
}

public sealed class GetTicketDetailsHandler(IViewReader store) : IRequestHandler<GetTicketDetails, ViewAnswer<TicketDetails>>
{
    public async Task<ViewAnswer<TicketDetails>> Handle(GetTicketDetails request, CancellationToken cancellationToken)
    {
        var found = await store.FindAsync(TicketDetails.View, [request.TicketId], cancellationToken).ConfigureAwait(false);
        return new ViewAnswer<TicketDetails>(found.Documents is [var ticket] ? ticket.Value : null, found.Position);
    }
}

/// <summary>The JSON of the document, in the view store and towards clients alike.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, NumberHandling = JsonNumberHandling.Strict)]
[JsonSerializable(typeof(TicketDetails))]
public sealed partial class TicketDetailsJson : JsonSerializerContext;
