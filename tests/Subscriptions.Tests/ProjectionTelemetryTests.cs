using System.Diagnostics;
using System.Text;
using Orderly.Domain.EventStore;
using Orderly.Tests;

namespace Orderly.Subscriptions.Tests;

/// <summary>Listeners hear the whole process: these tests run alone.</summary>
[CollectionDefinition(nameof(ProjectionTelemetryTests), DisableParallelization = true)]
[Collection(nameof(ProjectionTelemetryTests))]
public class ProjectionTelemetryTests
{
    private const string View = "telemetry-view";

    [Fact]
    public void A_view_tells_of_its_commits_parked_events_and_faults()
    {
        using var metrics = new RecordedMetrics();
        ProjectionTelemetry.BatchCommitted(View, 20, 3, TimeSpan.FromMilliseconds(1500));
        ProjectionTelemetry.Parked(View, "threw");
        ProjectionTelemetry.Faulted(View);

        Assert.Equal([$"20 view={View}"], metrics.Of("orderly.projection.batch.events"));
        Assert.Equal([$"3 view={View}"], metrics.Of("orderly.projection.batch.documents"));
        Assert.Equal([$"1.5 view={View}"], metrics.Of("orderly.projection.commit.duration"));
        Assert.Equal([$"1 reason=threw view={View}"], metrics.Of("orderly.projection.parked"));
        Assert.Equal([$"1 view={View}"], metrics.Of("orderly.projection.faults"));
    }

    [Fact]
    public void The_lag_is_the_last_one_reported_and_ends_when_the_view_is_given_up()
    {
        ProjectionTelemetry.Lag(View, 10, 100);
        ProjectionTelemetry.Lag(View, 40, 100);
        ProjectionTelemetry.Lag(View, 105, 100, partition: 1);
        Assert.Equal([$"0 partition=1 view={View}", $"60 partition=0 view={View}"], ObservedLag());

        ProjectionTelemetry.Left(View);
        ProjectionTelemetry.Left(View, partition: 1);
        Assert.Empty(ObservedLag());
    }

    [Fact]
    public void Where_nobody_listens_nothing_is_allocated()
    {
        var batch = new[] { Event(RecordedTraces.NewTraceParent()) };
        Report();
        var before = GC.GetAllocatedBytesForCurrentThread();
        Report();
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        ProjectionTelemetry.Left(View);

        void Report()
        {
            for (var i = 0; i < 100; i++)
            {
                Assert.Null(ProjectionTrace.Start(View, batch, static recorded => recorded));
                ProjectionTelemetry.BatchCommitted(View, i, i, TimeSpan.Zero);
                ProjectionTelemetry.Parked(View, "threw");
                ProjectionTelemetry.Faulted(View);
                ProjectionTelemetry.Lag(View, i, i);
            }
        }
    }

    [Fact]
    public void A_batch_of_one_trace_is_a_part_of_it()
    {
        using var traces = new RecordedTraces("Orderly");
        var parent = RecordedTraces.NewTraceParent();
        using (var trace = ProjectionTrace.Start(View, [null, Event(parent), Event(null), Event(parent)], static recorded => recorded)!)
        {
            Assert.Equal(RecordedTraces.TraceIdOf(parent), Activity.Current?.TraceId);
            trace.Committed(3, 2, 77);
        }

        Assert.Null(Activity.Current);
        var activity = Assert.Single(traces.Of(RecordedTraces.TraceIdOf(parent)));
        Assert.Equal($"project {View}", activity.DisplayName);
        Assert.Equal(ActivityKind.Consumer, activity.Kind);
        Assert.Equal(ActivityContext.Parse(parent, null).SpanId, activity.ParentSpanId);
        Assert.Equal(View, activity.GetTagItem("messaging.consumer.group.name"));
        Assert.Equal(3, activity.GetTagItem("messaging.batch.message_count"));
        Assert.Equal(77L, activity.GetTagItem("orderly.position"));
        Assert.Empty(activity.Links);
    }

    [Fact]
    public void A_batch_of_several_traces_is_a_part_of_each_and_linked_with_them()
    {
        using var traces = new RecordedTraces("Orderly");
        string[] parents = [RecordedTraces.NewTraceParent(), RecordedTraces.NewTraceParent()];
        ActivityTraceId batchId;
        using (var trace = ProjectionTrace.Start(View, [.. parents.Select(Event)], static recorded => recorded)!)
        {
            batchId = Activity.Current!.TraceId;
            trace.Committed(2, 2, 78);
        }

        var batch = Assert.Single(traces.Of(batchId));
        Assert.Equal(default, batch.ParentSpanId);
        Assert.Equal(parents.Select(RecordedTraces.TraceIdOf), batch.Links.Select(link => link.Context.TraceId));
        foreach (var parent in parents)
        {
            var part = Assert.Single(traces.Of(RecordedTraces.TraceIdOf(parent)));
            Assert.Equal(ActivityContext.Parse(parent, null).SpanId, part.ParentSpanId);
            Assert.Equal(78L, part.GetTagItem("orderly.position"));
            Assert.Equal(batch.SpanId, Assert.Single(part.Links).Context.SpanId);
        }
    }

    [Fact]
    public void A_large_batch_is_a_part_of_a_bounded_number_of_traces()
    {
        using var traces = new RecordedTraces("Orderly");
        var parents = Enumerable.Range(0, 2 * ProjectionTrace.MaxTraces).Select(_ => RecordedTraces.NewTraceParent()).ToList();
        ProjectionTrace.Start(View, [.. parents.Select(Event)], static recorded => recorded)!.Dispose();
        Assert.Equal(ProjectionTrace.MaxTraces, parents.Sum(parent => traces.Of(RecordedTraces.TraceIdOf(parent)).Count));
    }

    [Fact]
    public void A_batch_that_fails_shows_it_without_the_message()
    {
        using var traces = new RecordedTraces("Orderly");
        var parent = RecordedTraces.NewTraceParent();
        using (var trace = ProjectionTrace.Start(View, [Event(parent)], static recorded => recorded)!)
        {
            trace.Failed(new InvalidOperationException("secret"));
        }

        var activity = Assert.Single(traces.Of(RecordedTraces.TraceIdOf(parent)));
        Assert.Equal((ActivityStatusCode.Error, null), (activity.Status, activity.StatusDescription));
        Assert.Equal("System.InvalidOperationException", activity.GetTagItem("error.type"));
        Assert.Empty(activity.Events);
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[1]")]
    [InlineData("""{"traceParent":7}""")]
    [InlineData("""{"traceParent":"garbage"}""")]
    [InlineData("""{"traceParent":""")]
    [InlineData("""{"other":{"traceParent":"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"}}""")]
    [InlineData("""{"traceParent":"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00"}""")]
    public void An_event_of_no_sampled_trace_leaves_no_trace(string metadata)
    {
        using var traces = new RecordedTraces("Orderly");
        Assert.Null(
            ProjectionTrace.Start(View, [Event(null) with { Metadata = Encoding.UTF8.GetBytes(metadata) }], static recorded => recorded));
    }

    private static RecordedEvent Event(string? traceParent)
    {
        var metadata = traceParent is null
            ? """{"actor":"x"}"""
            : $$"""{"$correlationId":"y","tags":[{"a":1}],"traceParent":"{{traceParent}}","actor":"x"}""";
        return new RecordedEvent(
            Guid.NewGuid(),
            "counting-1",
            0,
            new LogPosition(1),
            CountingProjection.AddedType,
            default,
            Encoding.UTF8.GetBytes(metadata),
            DateTimeOffset.UnixEpoch);
    }

    private static IEnumerable<string> ObservedLag()
    {
        using var metrics = new RecordedMetrics();
        metrics.Observe();
        return metrics.Of("orderly.projection.lag")
            .Where(one => one.EndsWith($" view={View}", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal);
    }
}
