using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using MediatR;
using Orderly.Api.Access;
using Orderly.Domain.EventStore;
using Orderly.ReadModels.ViewStore;
using Orderly.ReadModels.Waiting;

namespace Orderly.Api.Queries;

/// <summary>A question for one document, and how the document is answered.</summary>
/// <param name="Address">The path at which clients ask for it.</param>
internal sealed record DocumentQuery<TDocument>(
    string Address, Query<TDocument> Query, JsonTypeInfo<TDocument> Json, Func<TDocument, string> EntityTag) : IDocumentQuery
    where TDocument : class
{
    public async Task<Representation?> FindAsync(HttpContext http, LogPosition position, TimeSpan wait)
    {
        var services = http.RequestServices;
        var now = services.GetRequiredService<TimeProvider>().GetTimestamp();
        var query = Query with { Freshness = new Freshness(position.Value, wait, now) { IsAsked = true }, Caller = http.Caller() };
        try
        {
            var answer = await services.GetRequiredService<IMediator>().Send(query, http.RequestAborted);
            return answer is { IsForbidden: false, IsBehind: false, IsOfOtherLog: false, Value: { } document }
                ? new Representation(Address, JsonSerializer.SerializeToUtf8Bytes(document, Json), EntityTag(document))
                : null;
        }
        catch (Exception e) when (
            e is ViewStoreUnavailableException or OperationCanceledException && !http.RequestAborted.IsCancellationRequested)
        {
            // The command took effect, whatever becomes of the view.
            return null;
        }
    }
}

/// <summary>A question for one document, whatever its type.</summary>
internal interface IDocumentQuery
{
    /// <summary>The path at which clients ask for it.</summary>
    string Address { get; }

    /// <summary>The document, once its view holds a position; null when it is not there in time.</summary>
    Task<Representation?> FindAsync(HttpContext http, LogPosition position, TimeSpan wait);
}

/// <summary>A document as it is answered to a command.</summary>
internal sealed record Representation(string Address, byte[] Json, string EntityTag);
