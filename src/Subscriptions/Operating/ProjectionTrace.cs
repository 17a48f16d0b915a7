using System.Diagnostics;
using System.Text.Json;
using Orderly.Domain.Deciding;
using Orderly.Domain.EventStore;

namespace Orderly.Subscriptions;

/// <summary>
/// What a batch adds to the traces of its events, so that a request's trace ends with the commit of the view that it changed.
/// Dispose it when the batch is done, in the method that started it.
/// </summary>
/// <remarks>
/// Each trace gets an activity below its append, as long as the batch. A batch of several traces is an activity of its own too,
/// linked with theirs, as the semantic conventions for messaging want it. A trace that nobody samples gets nothing.
/// </remarks>
public sealed class ProjectionTrace : IDisposable
{
    /// <summary>How many traces a batch can be a part of; one of more is a catch-up, and who waits for that looks at the lag.</summary>
    public const int MaxTraces = 128;

    private static readonly ActivitySource s_source = new(CommandTelemetry.Name);

    private readonly Activity? _before = Activity.Current;
    private readonly List<Activity> _activities = [];

    private ProjectionTrace(string view, List<ActivityContext> appends)
    {
        // What is current here, if anything is, has to do with the batch no more than with another one.
        Activity.Current = null;
        var batch = appends.Count > 1 ? Begin(view, default, appends) : null;
        foreach (var append in appends)
        {
            Begin(view, append, batch is null ? [] : [batch.Context]);
        }

        Activity.Current = batch ?? (appends.Count == 1 ? Activity.Current : null);
    }

    /// <summary>Begins a batch; null when nobody listens or none of its events is of a sampled trace.</summary>
    /// <param name="view">The view's name.</param>
    /// <param name="items">The batch; not one of a rebuild, which reads what was shown long ago.</param>
    /// <param name="eventOf">The event of an item; null when it has none.</param>
    public static ProjectionTrace? Start<T>(string view, IReadOnlyList<T> items, Func<T, RecordedEvent?> eventOf)
    {
        if (!s_source.HasListeners())
        {
            return null;
        }

        List<ActivityContext> appends = [];
        HashSet<ActivityTraceId> traces = [];
        for (var i = 0; i < items.Count && appends.Count < MaxTraces; i++)
        {
            if (eventOf(items[i]) is { } recorded
                && ActivityContext.TryParse(TraceParentOf(recorded.Metadata.Span), null, isRemote: true, out var append)
                && append.TraceFlags.HasFlag(ActivityTraceFlags.Recorded)
                && traces.Add(append.TraceId))
            {
                appends.Add(append);
            }
        }

        return appends.Count == 0 ? null : new ProjectionTrace(view, appends);
    }

    /// <summary>The batch was committed.</summary>
    /// <param name="events">How many events it held.</param>
    /// <param name="documents">How many documents were written or deleted.</param>
    /// <param name="position">The log position up to which the view is now.</param>
    public void Committed(int events, int documents, long position)
    {
        foreach (var activity in _activities)
        {
            activity.SetTag("messaging.batch.message_count", events).SetTag("orderly.documents", documents).SetTag(
                "orderly.position", position);
        }
    }

    /// <summary>
    /// The batch could not be committed. Only the exception's type goes into the trace, since a trace leaves the service.
    /// </summary>
    public void Failed(Exception e)
    {
        foreach (var activity in _activities)
        {
            activity.SetStatus(ActivityStatusCode.Error).SetTag("error.type", e.GetType().FullName);
        }
    }

    public void Dispose()
    {
        foreach (var activity in _activities)
        {
            activity.Dispose();
        }

        Activity.Current = _before;
    }

    private Activity? Begin(string view, ActivityContext parent, IEnumerable<ActivityContext> linked)
    {
        var activity = s_source.StartActivity(
            $"project {view}", ActivityKind.Consumer, parent, links: linked.Select(one => new ActivityLink(one)));
        if (activity is not null)
        {
            _activities.Add(activity
                .SetTag("messaging.system", "orderly")
                .SetTag("messaging.operation.name", "project")
                .SetTag("messaging.operation.type", "process")
                .SetTag("messaging.consumer.group.name", view));
        }

        return activity;
    }

    /// <summary>The trace parent in an event's metadata, read without the rest of it; null when there is none that can be read.</summary>
    private static string? TraceParentOf(ReadOnlySpan<byte> metadata)
    {
        try
        {
            var reader = new Utf8JsonReader(metadata);
            while (reader.Read())
            {
                if (reader.TokenType == JsonTokenType.PropertyName && reader.CurrentDepth == 1)
                {
                    var isTraceParent = reader.ValueTextEquals("traceParent"u8);
                    reader.Read();
                    if (isTraceParent)
                    {
                        return reader.TokenType == JsonTokenType.String ? reader.GetString() : null;
                    }

                    reader.Skip();
                }
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // Metadata written by somebody else: an event without a trace.
        }

        return null;
    }
}
