using System.Collections.Concurrent;
using System.Globalization;
using Microsoft.AspNetCore.RateLimiting;
using Orderly.Access;
using Orderly.Api.Access;
using Orderly.Api.Problems;
using Orderly.Hosting;

namespace Orderly.Api;

/// <summary>
/// Counts the requests of each caller by the second and refuses those past the limit. Callers who are not known are told apart by their
/// address. Every answer says what is left, in the headers of draft-ietf-httpapi-ratelimit-headers.
/// </summary>
/// <remarks>
/// The framework's limiter says in no answer what is left, and has a timer for each of its two limiters that goes off ten times a second
/// for as long as the service runs: a tenth of what it costs when nobody asks for anything (docs/benchmarks.md, W8).
/// </remarks>
internal sealed class RequestLimit(RequestDelegate next, OrderlyOptions options, TimeProvider time)
{
    private static readonly TimeSpan s_window = TimeSpan.FromSeconds(1);
    private static readonly object s_nowhere = new();

    private readonly int _limit = options.Limits.RequestsPerSecond;
    private readonly string _quota = string.Create(CultureInfo.InvariantCulture, $"q={options.Limits.RequestsPerSecond};w=1");
    private Window _window = new(-1);

    public Task InvokeAsync(HttpContext http)
    {
        if (http.GetEndpoint()?.Metadata.GetMetadata<DisableRateLimitingAttribute>() is not null)
        {
            return next(http);
        }

        var caller = http.Caller();
        var isKnown = caller != Caller.Anonymous && caller != Caller.Unknown;
        var count = WindowOfNow().Count(isKnown ? (caller.Details?.Issuer, caller.Actor) : http.Connection.RemoteIpAddress ?? s_nowhere);
        var left = Math.Max(0, _limit - count);
        var name = isKnown ? "caller" : "address";
        var headers = http.Response.Headers;
        headers[HeaderNamesOfOrderly.RateLimitPolicy] = $"\"{name}\";{_quota}";
        headers[HeaderNamesOfOrderly.RateLimit] = string.Create(CultureInfo.InvariantCulture, $"\"{name}\";r={left};t=1");
        if (count <= _limit)
        {
            return next(http);
        }

        var detail = string.Create(CultureInfo.InvariantCulture, $"At most {_limit} requests a second are answered.");
        return new Problem(ProblemType.RateLimited, detail) { RetryAfter = s_window }.ExecuteAsync(http);
    }

    private Window WindowOfNow()
    {
        var second = (long)time.GetElapsedTime(0).TotalSeconds;
        var window = Volatile.Read(ref _window);
        if (window.Second >= second)
        {
            return window;
        }

        // Of several that begin the second at once, one does.
        var begun = new Window(second);
        var first = Interlocked.CompareExchange(ref _window, begun, window);
        return first == window ? begun : first;
    }

    /// <summary>The counts of one second. They go with it, so that who is gone costs nothing.</summary>
    private sealed class Window(long second)
    {
        private readonly ConcurrentDictionary<object, Counter> _counters = [];

        public long Second => second;

        /// <param name="sender">Whose requests are counted together.</param>
        public int Count(object sender) => _counters.GetOrAdd(sender, static _ => new Counter()).Next();
    }

    private sealed class Counter
    {
        private int _count;

        public int Next() => Interlocked.Increment(ref _count);
    }
}
