using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace Orderly.Demo;

/// <summary>The API could not be asked, or did not want to answer, for as long as the demo's patience goes.</summary>
internal sealed class DemoGaveUpException(string message) : Exception(message);

/// <summary>
/// Sends requests as a well-behaved client does: what is not answered, or is to be tried later, is sent again under its
/// key, not before the service wants it to be. Safe for concurrent use.
/// </summary>
/// <param name="patience">For how long a request is tried.</param>
internal sealed class DemoClient(HttpClient http, DemoFigures figures, TimeSpan patience)
{
    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_longestPause = TimeSpan.FromSeconds(30);

    /// <summary>How long the API may hold a request back: the longest that it lets a client ask for.</summary>
    private static readonly TimeSpan s_wait = TimeSpan.FromSeconds(30);

    /// <summary>Sends a command.</summary>
    /// <returns>The log position of what it wrote; null when it was refused.</returns>
    /// <exception cref="DemoGaveUpException">There was no answer that counts.</exception>
    public async Task<string?> SendAsync(DemoRequest command, CancellationToken cancellationToken)
    {
        var (answer, text) = await AskAsync(
            command.Kind,
            () => new HttpRequestMessage(HttpMethod.Post, command.Path)
            {
                Content = new StringContent(command.Body, Encoding.UTF8, "application/json"),
                Headers = { { "Idempotency-Key", command.Key } },
            },
            cancellationToken);
        using (answer)
        {
            if (answer.IsSuccessStatusCode && answer.Headers.TryGetValues("Log-Position", out var position))
            {
                return position.Single();
            }

            if (answer.StatusCode == HttpStatusCode.Conflict)
            {
                figures.Refuse(command.Kind);
            }
            else
            {
                figures.Problem($"{command.Kind}: {Describe(answer, text)}");
            }

            return null;
        }
    }

    /// <summary>Reads an order's status.</summary>
    /// <param name="position">How far the view must be.</param>
    /// <param name="isValidated">Whether to wait until its checks are done.</param>
    /// <returns>Null when it is not there yet, for as long as the API holds a request back.</returns>
    /// <exception cref="DemoGaveUpException">There was no answer that counts.</exception>
    public async Task<string?> ReadStatusAsync(string orderId, string position, bool isValidated, CancellationToken cancellationToken)
    {
        var kind = isValidated ? "wait for validation" : "read order";
        var (answer, text) = await AskAsync(
            kind,
            () => new HttpRequestMessage(HttpMethod.Get, $"/v1/orders/{orderId}{(isValidated ? "?until=validated" : "")}")
            {
                Headers =
                {
                    { "Min-Log-Position", position },
                    { "Prefer", string.Create(CultureInfo.InvariantCulture, $"wait={s_wait.TotalSeconds}") },
                },
            },
            cancellationToken);
        using (answer)
        {
            if (answer.StatusCode == HttpStatusCode.GatewayTimeout)
            {
                figures.Refuse(kind);
                return null;
            }

            if (answer.IsSuccessStatusCode && Field(text, "status") is { } status)
            {
                return status;
            }

            figures.Problem($"{kind}: {Describe(answer, text)}");
            return "unreadable";
        }
    }

    private async Task<(HttpResponseMessage Answer, string Text)> AskAsync(
        string kind, Func<HttpRequestMessage> create, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        while (true)
        {
            string reason;
            TimeSpan pause;
            var sent = Stopwatch.GetTimestamp();
            try
            {
                using var request = create();
                var answer = await http.SendAsync(request, cancellationToken);
                var text = await answer.Content.ReadAsStringAsync(cancellationToken);
                if (answer.StatusCode is not (HttpStatusCode.TooManyRequests or HttpStatusCode.ServiceUnavailable))
                {
                    if (answer.IsSuccessStatusCode)
                    {
                        figures.Accept(kind, Stopwatch.GetElapsedTime(sent));
                    }

                    return (answer, text);
                }

                reason = Describe(answer, text);
                pause = PauseOf(answer.Headers.RetryAfter);
                answer.Dispose();
            }
            catch (Exception e) when (e is HttpRequestException or IOException
                || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
            {
                var isAway = e is HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError };
                (reason, pause) = (isAway ? "can't be reached" : "no answer", s_pause);
            }

            if (Stopwatch.GetElapsedTime(started) + pause > patience)
            {
                throw new DemoGaveUpException($"{http.BaseAddress}: {kind}: {reason}.");
            }

            figures.Retry(reason);
            await Task.Delay(pause, cancellationToken);
        }
    }

    private static TimeSpan PauseOf(RetryConditionHeaderValue? retryAfter)
    {
        var pause = retryAfter?.Delta ?? retryAfter?.Date - DateTimeOffset.UtcNow ?? s_pause;
        return pause < TimeSpan.Zero ? TimeSpan.Zero : pause > s_longestPause ? s_longestPause : pause;
    }

    private static string Describe(HttpResponseMessage answer, string text)
        => string.Create(CultureInfo.InvariantCulture, $"{(int)answer.StatusCode} {Field(text, "type") ?? answer.ReasonPhrase}").TrimEnd();

    private static string? Field(string json, string name)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            return document.RootElement.ValueKind == JsonValueKind.Object
                && document.RootElement.TryGetProperty(name, out var value)
                && value.ValueKind == JsonValueKind.String
                ? value.GetString()
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
