using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Primitives;
using Orderly.Domain.EventStore;
using Orderly.ReadModels.ViewStore;

namespace Orderly.Api.Problems;

/// <summary>
/// Turns what goes wrong into problems: exceptions, and statuses that routing sets without a body (404, 405).
/// Nothing that can fail is around it, so every error of the service has the same shape.
/// </summary>
internal sealed partial class ProblemMiddleware(
    RequestDelegate next, IHostApplicationLifetime lifetime, ILogger<ProblemMiddleware> logger)
{
    private const int ClientClosedRequest = 499;

    private static readonly TimeSpan s_outagePause = TimeSpan.FromSeconds(2);

    public async Task InvokeAsync(HttpContext http)
    {
        try
        {
            await AnswerAsync(http);
        }
        catch (Exception e) when (IsClientGone(e, http))
        {
            // There is nobody to answer, and nothing is wrong here.
            LogClientGone(logger, http.Request.Method, PathOf(http.Request), e.Message);
            if (!http.Response.HasStarted)
            {
                http.Response.StatusCode = ClientClosedRequest;
            }

            // Else the server would try to read the rest of the body, and log that as an error.
            http.Abort();
        }
    }

    private async Task AnswerAsync(HttpContext http)
    {
        try
        {
            await next(http);
        }
        catch (Exception e) when (!http.Response.HasStarted && !IsClientGone(e, http))
        {
            Restart(http.Response);
            await Describe(e, http.Request).ExecuteAsync(http);
            return;
        }

        var response = http.Response;
        if (response is { StatusCode: StatusCodes.Status405MethodNotAllowed, HasStarted: false })
        {
            response.Headers.Allow = $"{response.Headers.Allow}, {HttpMethods.Options}";
            if (HttpMethods.IsOptions(http.Request.Method))
            {
                response.StatusCode = StatusCodes.Status204NoContent;
            }
        }

        if (response is { StatusCode: >= 400, HasStarted: false, ContentLength: null, ContentType: null } && ForStatus(http) is { } problem)
        {
            await problem.ExecuteAsync(http);
        }
    }

    /// <summary>Takes back an answer that was begun.</summary>
    private static void Restart(HttpResponse response)
    {
        List<KeyValuePair<string, StringValues>> kept =
            [.. response.Headers.Where(header => HeaderNamesOfOrderly.OfEveryAnswer.Contains(header.Key))];
        response.Clear();
        kept.ForEach(response.Headers.Add);
    }

    /// <summary>A reset can be met before the server says that the request is aborted.</summary>
    private static bool IsClientGone(Exception exception, HttpContext http) => exception switch
    {
        ConnectionResetException or ConnectionAbortedException or { InnerException: ConnectionAbortedException } => true,
        OperationCanceledException or IOException => http.RequestAborted.IsCancellationRequested,
        _ => false,
    };

    private Problem Describe(Exception exception, HttpRequest request)
    {
        switch (exception)
        {
            case OperationCanceledException when lifetime.ApplicationStopping.IsCancellationRequested:
                return Problem.Stopping(HttpMethods.IsGet(request.Method) ? "Send the request again." : Problem.MayHaveTakenEffect);

            case EventStoreUnavailableException:
                LogEventStoreUnavailable(logger, request.Method, PathOf(request), exception.Message);
                return new Problem(ProblemType.EventStoreUnavailable, Problem.MayHaveTakenEffect) { RetryAfter = s_outagePause };

            case ViewStoreUnavailableException:
                LogViewStoreUnavailable(logger, request.Method, PathOf(request), exception.Message);
                return new Problem(ProblemType.ViewStoreUnavailable, "Try again later.") { RetryAfter = s_outagePause };

            case BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge }:
                return new Problem(ProblemType.BodyTooLarge, "The body is over the limit.");

            case BadHttpRequestException:
                return new Problem(ProblemType.MalformedRequest, "The request ended early or is not well-formed.");

            default:
                LogUnexpected(logger, request.Method, PathOf(request), exception);
                return new Problem(ProblemType.InternalError, "The error was logged under the trace id of this answer.");
        }
    }

    private static string PathOf(HttpRequest request) => ClientText.Shorten(request.Path.ToString());

    private static Problem? ForStatus(HttpContext http) => http.Response.StatusCode switch
    {
        StatusCodes.Status404NotFound => new Problem(ProblemType.NotFound, "Nothing is at this address."),
        StatusCodes.Status405MethodNotAllowed => new Problem(ProblemType.MethodNotAllowed, $"Possible is: {http.Response.Headers.Allow}."),
        _ => null,
    };

    [LoggerMessage(4001, LogLevel.Error, "{Method} {Path} failed unexpectedly.")]
    private static partial void LogUnexpected(ILogger logger, string method, string path, Exception e);

    [LoggerMessage(4002, LogLevel.Warning, "{Method} {Path}: the event store is unavailable. {Reason}")]
    private static partial void LogEventStoreUnavailable(ILogger logger, string method, string path, string reason);

    [LoggerMessage(4003, LogLevel.Warning, "{Method} {Path}: the view store is unavailable. {Reason}")]
    private static partial void LogViewStoreUnavailable(ILogger logger, string method, string path, string reason);

    [LoggerMessage(4004, LogLevel.Debug, "{Method} {Path}: the client went away. {Reason}")]
    private static partial void LogClientGone(ILogger logger, string method, string path, string reason);
}
