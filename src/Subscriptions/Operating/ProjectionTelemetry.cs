using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Orderly.Domain.Deciding;

namespace Orderly.Subscriptions;

/// <summary>
/// What the engine tells about the views that it keeps, through the framework's own instruments: whoever wants to know listens
/// to <see cref="CommandTelemetry.Name"/>. The table of instruments is in <c>docs/operations.md</c>.
/// </summary>
/// <remarks>
/// Safe for concurrent use. While nobody listens nothing is allocated, but for one small object a view that says how far it is.
/// </remarks>
public static class ProjectionTelemetry
{
    private static readonly Meter s_meter = new(CommandTelemetry.Name);

    private static readonly Histogram<int> s_batchEvents = s_meter.CreateHistogram(
        "orderly.projection.batch.events", "{event}", "Events in a batch that was committed.",
        advice: new InstrumentAdvice<int> { HistogramBucketBoundaries = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 4000] });

    private static readonly Histogram<int> s_batchDocuments = s_meter.CreateHistogram(
        "orderly.projection.batch.documents", "{document}", "Documents that the commit of a batch wrote or deleted.",
        advice: new InstrumentAdvice<int> { HistogramBucketBoundaries = [0, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 4000] });

    private static readonly Histogram<double> s_commit = s_meter.CreateHistogram(
        "orderly.projection.commit.duration",
        "s",
        "How long the view store took to commit a batch.",
        advice: new InstrumentAdvice<double>
        {
            HistogramBucketBoundaries =
            [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
        });

    private static readonly Counter<long> s_parked = s_meter.CreateCounter<long>(
        "orderly.projection.parked", "{event}", "Events that were parked because they could not be applied.");

    private static readonly Counter<long> s_faults = s_meter.CreateCounter<long>(
        "orderly.projection.faults", "{fault}", "How often a view could not go on and was tried again after a pause.");

    /// <summary>What the gauge answers when it is asked: as much the process's as the instruments are.</summary>
    private static readonly ConcurrentDictionary<(string View, int Partition), Distance> s_distances = new();

    static ProjectionTelemetry() => s_meter.CreateObservableGauge(
        "orderly.projection.lag", ObserveLag, "{position}",
        "How far a view that this process keeps is behind the log's end, in the log's positions.");

    /// <summary>A batch was committed.</summary>
    /// <param name="view">The view's name.</param>
    /// <param name="events">How many events it held.</param>
    /// <param name="documents">How many documents were written or deleted.</param>
    /// <param name="commitDuration">How long the view store took.</param>
    public static void BatchCommitted(string view, int events, int documents, TimeSpan commitDuration)
    {
        var tag = new KeyValuePair<string, object?>("view", view);
        s_batchEvents.Record(events, tag);
        s_batchDocuments.Record(documents, tag);
        s_commit.Record(commitDuration.TotalSeconds, tag);
    }

    /// <summary>An event was parked.</summary>
    /// <param name="reason">One of a few words, such as <c>threw</c>; never a message.</param>
    public static void Parked(string view, string reason)
        => s_parked.Add(1, new KeyValuePair<string, object?>("view", view), new KeyValuePair<string, object?>("reason", reason));

    /// <summary>A view can't go on at the moment.</summary>
    public static void Faulted(string view) => s_faults.Add(1, new KeyValuePair<string, object?>("view", view));

    /// <summary>Says how far a view is. Call it whenever either number is known anew, also while the view stands still.</summary>
    /// <param name="position">The log position up to which it is committed.</param>
    /// <param name="head">The log position of the last event that it has to hold.</param>
    /// <param name="partition">Of a view whose partitions are followed apart.</param>
    public static void Lag(string view, long position, long head, int partition = 0)
    {
        // Looked up before it is made, so that a report allocates nothing after the first.
        var key = (view, partition);
        var distance = s_distances.TryGetValue(key, out var known) ? known : s_distances.GetOrAdd(key, static _ => new Distance());
        distance.Value = Math.Max(0, head - position);
    }

    /// <summary>This process does not keep the view any more: another one says now how far it is.</summary>
    public static void Left(string view, int partition = 0) => s_distances.TryRemove((view, partition), out _);

    private static IEnumerable<Measurement<long>> ObserveLag()
        => s_distances.Select(one => new Measurement<long>(
            one.Value.Value, new KeyValuePair<string, object?>("view", one.Key.View),
            new KeyValuePair<string, object?>("partition", one.Key.Partition)));

    private sealed class Distance
    {
        private long _value;

        public long Value
        {
            get => Volatile.Read(ref _value);
            set => Volatile.Write(ref _value, value);
        }
    }
}
