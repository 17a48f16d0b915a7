using System.Collections.Concurrent;
using System.Diagnostics;

namespace Orderly.Tests;

/// <summary>The activities that ended while it listens. It sees those of the whole process, so look for a trace by its id.</summary>
public sealed class RecordedTraces : IDisposable
{
    private readonly ConcurrentQueue<Activity> _ended = [];
    private readonly SemaphoreSlim _news = new(0);
    private readonly ActivityListener _listener;

    /// <summary>Listens to the sources of these names; to those of Orderly and of ASP.NET Core when none is given.</summary>
    public RecordedTraces(params string[] sources)
    {
        sources = sources.Length > 0 ? sources : ["Orderly", "Microsoft.AspNetCore"];
        _listener = new ActivityListener
        {
            ShouldListenTo = source => sources.Contains(source.Name),
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = activity =>
            {
                _ended.Enqueue(activity);
                _news.Release();
            },
        };
        ActivitySource.AddActivityListener(_listener);
    }

    /// <summary>A trace parent, as a client sends it, of a trace that is nobody else's.</summary>
    public static string NewTraceParent(bool sampled = true)
        => $"00-{ActivityTraceId.CreateRandom()}-{ActivitySpanId.CreateRandom()}-{(sampled ? "01" : "00")}";

    /// <summary>The id of the trace that a trace parent names.</summary>
    public static ActivityTraceId TraceIdOf(string traceParent) => ActivityContext.Parse(traceParent, null).TraceId;

    /// <summary>What has ended so far of a trace, the earliest first.</summary>
    public IReadOnlyList<Activity> Of(ActivityTraceId traceId)
        => [.. _ended.Where(activity => activity.TraceId == traceId).OrderBy(activity => activity.StartTimeUtc)];

    /// <summary>The activities of a trace as soon as one with each of these names has ended, in the order of the names.</summary>
    /// <exception cref="TimeoutException">They have not within the limit of <see cref="Wait"/>.</exception>
    public async Task<IReadOnlyList<Activity>> WaitForAsync(ActivityTraceId traceId, params string[] names)
    {
        using var limit = new CancellationTokenSource(Wait.Limit);
        while (true)
        {
            var ended = Of(traceId);
            var found = names.Select(name => ended.FirstOrDefault(activity => activity.DisplayName == name)).OfType<Activity>().ToList();
            if (found.Count == names.Length)
            {
                return found;
            }

            try
            {
                await _news.WaitAsync(limit.Token);
            }
            catch (OperationCanceledException)
            {
                var there = string.Join(", ", ended.Select(activity => activity.DisplayName));
                throw new TimeoutException($"Waited for {string.Join(", ", names)}; there are {there}.");
            }
        }
    }

    public void Dispose()
    {
        _listener.Dispose();
        _news.Dispose();
    }
}
