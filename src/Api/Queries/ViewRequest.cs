using System.Globalization;
using System.Reflection;
using System.Text.Json.Serialization.Metadata;
using MediatR;
using Microsoft.Net.Http.Headers;
using Orderly.Api.Access;
using Orderly.Api.Problems;
using Orderly.Domain.EventStore;
using Orderly.ReadModels.Waiting;

namespace Orderly.Api.Queries;

/// <summary>A request that reads a view: how fresh it has to be, and what the client has already.</summary>
internal sealed class ViewRequest
{
    private static readonly TimeSpan s_operatorPause = TimeSpan.FromSeconds(30);

    private readonly HttpContext _http;
    private readonly long _minPosition;
    private readonly TimeSpan? _wait;
    private readonly IList<EntityTagHeaderValue>? _known;
    private readonly Problem? _problem;

    private ViewRequest(HttpContext http, Problem problem) => (_http, _problem) = (http, problem);

    private ViewRequest(HttpContext http, long minPosition, TimeSpan? wait, IList<EntityTagHeaderValue>? known)
        => (_http, _minPosition, _wait, _known) = (http, minPosition, wait, known);

    /// <summary>Called by ASP.NET Core for a parameter of this type.</summary>
    public static ValueTask<ViewRequest> BindAsync(HttpContext context, ParameterInfo _) => ValueTask.FromResult(Read(context));

    /// <summary>Asks for one document; there may be none.</summary>
    public Task<IResult> AnswerAsync<TDocument>(DocumentQuery<TDocument> asked)
        where TDocument : class
        => AskAsync(asked.Query, document => Respond(document, asked.Json, asked.EntityTag(document)));

    /// <summary>Asks for a page; it has no entity tag, and says where the next one is.</summary>
    public Task<IResult> AnswerAsync<TAnswer, TPage>(Query<TAnswer> query, JsonTypeInfo<TPage> json, Func<TAnswer, TPage> page)
        where TAnswer : class
        where TPage : IPage
        => AskAsync(query, answer => Respond(page(answer), json));

    private async Task<IResult> AskAsync<TAnswer>(Query<TAnswer> query, Func<TAnswer, IResult> respond)
        where TAnswer : class
    {
        if (_problem is not null)
        {
            return _problem;
        }

        var now = _http.RequestServices.GetRequiredService<TimeProvider>().GetTimestamp();
        var freshness = new Freshness(_minPosition, _wait ?? Preferences.DefaultWait, now) { IsAsked = _wait is not null };
        var fresh = query with { Freshness = freshness, Caller = _http.Caller() };
        var answer = await _http.RequestServices.GetRequiredService<IMediator>().Send(fresh, _http.RequestAborted);
        if (answer.IsForbidden)
        {
            return _http.Forbid();
        }

        if (_wait is { } applied)
        {
            _http.Response.Headers[HeaderNamesOfOrderly.PreferenceApplied] = string.Create(
                CultureInfo.InvariantCulture, $"wait={applied.TotalSeconds}");
        }

        if (answer.IsOfOtherLog)
        {
            return new Problem(ProblemType.ViewOfOtherLog, "An operator has to have the view built from the log that is there.")
            {
                RetryAfter = s_operatorPause,
            };
        }

        var position = new LogPosition(answer.Position).ToString();
        if (answer.IsBehind)
        {
            return new Problem(ProblemType.ViewBehind, "The view did not get as far as was asked for in time.") { Position = position };
        }

        _http.Response.Headers[HeaderNamesOfOrderly.LogPosition] = position;
        return answer.Value is { } value ? respond(value) : new Problem(ProblemType.NotFound, "The view holds no such thing.");
    }

    private JsonAnswer Respond<TPage>(TPage page, JsonTypeInfo<TPage> json)
        where TPage : IPage
    {
        if (page.NextCursor is { } next)
        {
            _http.LinkNext("cursor", next);
        }

        return JsonAnswer.Of(page, json);
    }

    private IResult Respond<TDocument>(TDocument document, JsonTypeInfo<TDocument> json, string entityTag)
    {
        _http.Response.Headers.ETag = entityTag;
        Caching.Revalidate(_http.Response);
        return _known is not null && EntityTags.Match(_known, entityTag)
            ? TypedResults.StatusCode(StatusCodes.Status304NotModified)
            : JsonAnswer.Of(document, json);
    }

    private static ViewRequest Read(HttpContext http)
    {
        var headers = http.Request.Headers;
        var minPosition = LogPosition.Start;
        if (headers[HeaderNamesOfOrderly.MinLogPosition] is { Count: > 0 } tokens
            && (tokens is not [var token] || !LogPosition.TryParse(token, out minPosition)))
        {
            return Malformed(http, HeaderNamesOfOrderly.MinLogPosition, "must be one position that a command answered.");
        }

        if (!Preferences.TryRead(headers[HeaderNamesOfOrderly.Prefer], out var preferences))
        {
            return Malformed(http, HeaderNamesOfOrderly.Prefer, Preferences.MalformedWait);
        }

        return EntityTags.TryReadIfNoneMatch(headers, out var known)
            ? new ViewRequest(http, minPosition.Value, preferences.Wait, known)
            : Malformed(http, HeaderNames.IfNoneMatch, "must be * or a list of entity tags, such as \"3\".");
    }

    private static ViewRequest Malformed(HttpContext http, string header, string message)
        => new(http, Problem.Of(ProblemType.MalformedHeader, "A header can't be read.", header, message));
}
