using System.Globalization;
using Orderly.Api.Access;
using Orderly.Api.OpenApi;
using Orderly.Api.Problems;
using Orderly.Api.Queries;
using Orderly.Domain.EventStore;

namespace Orderly.Api.Resources;

/// <summary>What reads the log itself, not a view.</summary>
internal sealed class History : IResource
{
    private static readonly IEnumerable<string> s_categories = StreamConstraint.Categories.Keys;

    public ResourceDoc Doc => new(
        "History", "The events themselves.",
        new PathParameterDoc(
            "stream", $"The stream's name: {string.Join(", ", s_categories)}, '-' and the id.",
            "^[a-z]+-[A-Za-z0-9_-]{1,64}$", "product-TEA-1"))
    { Place = 70 };

    public void Map(IEndpointRouteBuilder routes)
        => routes.MapRead("/history/{stream:stream}", ReadAsync)
            .WithName("getHistory")
            .NeedsOrOwn(StreamAccess.Scopes)
            .ReadsLog<HistoryPage>(
                "The events of one stream, oldest first.", Examples.HistoryPage,
                new ParameterDoc("fromRevision", "The first revision to show.", JsonKind.Integer, "0"), ParameterDoc.Limit);

    private static async Task<IResult> ReadAsync(string stream, HttpContext http, IEventStore store, StreamAccess streams)
    {
        var parameters = new QueryParameters(http.Request.Query);
        var from = parameters.Number("fromRevision", 0, long.MaxValue) ?? 0;
        var limit = parameters.Limit();
        if (parameters.Problem is { } problem)
        {
            return problem;
        }

        if (!await streams.MayReadAsync(http.Caller(), stream, http.RequestAborted))
        {
            return new Problem(ProblemType.NotFound, $"There is no stream '{stream}'.");
        }

        // One more than asked for tells whether there is a next page.
        var found = await store.ReadStreamAsync(stream, ReadDirection.Forwards, from, limit + 1, http.RequestAborted)
            .ToListAsync(http.RequestAborted);
        var last = store.ReadStreamAsync(stream, ReadDirection.Backwards, long.MaxValue, 1, http.RequestAborted);
        if (found.Count == 0 && !await last.AnyAsync(http.RequestAborted))
        {
            return new Problem(ProblemType.NotFound, $"There is no stream '{stream}'.");
        }

        if (found.Find(recorded => recorded.Damage is not null) is { } damaged)
        {
            return new Problem(ProblemType.UnreadableStream, $"'{stream}' can't be shown: {damaged.Damage}");
        }

        var page = new HistoryPage([.. found.Take(limit).Select(HistoryItem.Of)], found.Count > limit ? found[limit].Revision : null);
        if (page.NextRevision is { } next)
        {
            http.LinkNext("fromRevision", next.ToString(CultureInfo.InvariantCulture));
        }

        return JsonAnswer.Of(page, PageJson.Default.HistoryPage);
    }
}
