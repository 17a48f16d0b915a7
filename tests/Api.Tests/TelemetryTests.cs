using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Net;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orderly.Domain.EventStore;
using Orderly.Domain.Serialization;
using Orderly.Subscriptions;
using Orderly.Tests;

namespace Orderly.Api.Tests;

[Collection(ApiCollection.Name)]
public class TelemetryTests(SharedApi shared)
{
    [Fact]
    public async Task An_event_carries_the_trace_of_its_request()
    {
        var parent = RecordedTraces.NewTraceParent();
        var recorded = await PlaceAsync(shared.Api, ("traceparent", parent));
        Assert.Equal(RecordedTraces.TraceIdOf(parent), RecordedTraces.TraceIdOf(TraceParentOf(recorded)!));
    }

    [Theory]
    [InlineData("garbage")]
    [InlineData("00-00000000000000000000000000000000-00f067aa0ba902b7-01")]
    [InlineData("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7")]
    [InlineData("|4bf92f35.1.")]
    public async Task What_is_no_trace_parent_does_not_get_into_the_log(string header)
    {
        var recorded = await PlaceAsync(shared.Api, ("traceparent", header), ("Request-Id", header));
        Assert.True(ActivityContext.TryParse(TraceParentOf(recorded), null, out var context));
        Assert.DoesNotContain("4bf92f35", context.TraceId.ToString(), StringComparison.Ordinal);
    }

    /// <summary>
    /// The exporter passes over decimal instruments, gives seconds bounds up to 10,000 s, and writes a time as 01/31/2026.
    /// </summary>
    [Fact]
    public async Task Instruments_and_tags_are_of_types_that_are_sent_as_they_are()
    {
        Type[] numbers = [typeof(int), typeof(long), typeof(double)];
        Type[] values = [.. numbers, typeof(string), typeof(bool)];
        var instruments = new ConcurrentDictionary<Instrument, bool>();
        var tags = new ConcurrentDictionary<string, Type>();
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, one) =>
        {
            if (instrument.Meter.Name == "Orderly")
            {
                instruments.TryAdd(instrument, true);
                one.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<long>((_, _, measured, _) => Note(measured));
        listener.SetMeasurementEventCallback<int>((_, _, measured, _) => Note(measured));
        listener.SetMeasurementEventCallback<double>((_, _, measured, _) => Note(measured));
        listener.Start();
        using var traces = new RecordedTraces("Orderly");
        var parent = RecordedTraces.NewTraceParent();
        await PlaceAsync(shared.Api, ("traceparent", parent));
        foreach (var activity in await traces.WaitForAsync(
            RecordedTraces.TraceIdOf(parent), "decide PlaceOrder", "append order", "project order-details"))
        {
            Note(activity.TagObjects.ToArray());
        }

        listener.RecordObservableInstruments();

        Assert.All(instruments.Keys, instrument => Assert.Contains(instrument.GetType().GetGenericArguments().Single(), numbers));
        Assert.All(tags, tag => Assert.Contains(tag.Value, values));
        Assert.Empty(new[] { "command", "outcome", "view", "orderly.position", "messaging.batch.message_count" }.Except(tags.Keys));
        var durations = instruments.Keys.Where(instrument => instrument.Unit == "s").ToList();
        Assert.NotEmpty(durations);
        Assert.All(durations, instrument => Assert.NotEmpty(((Histogram<double>)instrument).Advice!.HistogramBucketBoundaries!));

        void Note(ReadOnlySpan<KeyValuePair<string, object?>> measured)
        {
            foreach (var tag in measured)
            {
                tags[tag.Key] = tag.Value!.GetType();
            }
        }
    }

    internal static async Task<RecordedEvent> PlaceAsync(RunningApi api, params (string Name, string Value)[] headers)
    {
        var id = SharedApi.NewId();
        (await api.PostAsync("/v1/orders", Bodies.Order(id), headers)).IsStatus(HttpStatusCode.Created);
        return await api.Services.GetRequiredService<IEventStore>()
            .ReadStreamAsync($"order-{id}", ReadDirection.Forwards, 0, 1, CancellationToken.None).SingleAsync();
    }

    internal static string? TraceParentOf(RecordedEvent recorded) => EventTypes.DecodeMetadata(recorded)!.TraceParent;
}

/// <summary>A service that sends its traces: only then are its requests named.</summary>
[Collection(nameof(TelemetryExportTests))]
public sealed class RequestTraceTests : IAsyncLifetime
{
    private Collector _collector = null!;
    private RunningApi _api = null!;

    public async Task InitializeAsync()
    {
        _collector = await Collector.StartAsync();
        _api = await RunningApi.StartAsync(
            null, null, "--Orderly:Telemetry:OtlpEndpoint", _collector.Address, "--OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf");
    }

    public async Task DisposeAsync()
    {
        await _api.DisposeAsync();
        await _collector.DisposeAsync();
    }

    [Fact]
    public async Task A_request_its_command_its_append_and_the_view_that_it_changes_are_one_trace()
    {
        using var traces = new RecordedTraces();
        var parent = RecordedTraces.NewTraceParent();
        var recorded = await TelemetryTests.PlaceAsync(_api, ("traceparent", parent));

        var activities = await traces.WaitForAsync(
            RecordedTraces.TraceIdOf(parent), "POST /v1/orders/", "decide PlaceOrder", "append order", "project order-details");
        var (request, decide, append, project) = (activities[0], activities[1], activities[2], activities[3]);
        Assert.Equal(ActivityContext.Parse(parent, null).SpanId, request.ParentSpanId);
        Assert.Equal(request.SpanId, decide.ParentSpanId);
        Assert.Equal(decide.SpanId, append.ParentSpanId);
        Assert.Equal(append.Id, TelemetryTests.TraceParentOf(recorded));
        Assert.Equal(append.SpanId, project.ParentSpanId);
        Assert.Equal(recorded.Position.Value, project.GetTagItem("orderly.position"));
        Assert.Equal(("/v1/orders/", 201), (request.GetTagItem("http.route"), request.GetTagItem("http.response.status_code")));
    }

    [Fact]
    public async Task A_request_that_fails_here_is_an_error_of_its_trace_and_a_refused_one_is_not()
    {
        using var traces = new RecordedTraces();
        var (refused, failed) = (RecordedTraces.NewTraceParent(), RecordedTraces.NewTraceParent());
        await _api.GetAsync("/v1/orders/nobody?secret=1", ("traceparent", refused));
        await _api.GetAsync("/v1/orders/nobody", ("traceparent", failed), ("Min-Log-Position", "999999999"), ("Prefer", "wait=0"));

        var activity = Assert.Single(await traces.WaitForAsync(RecordedTraces.TraceIdOf(refused), "GET /v1/orders/{id:entity-id}"));
        Assert.Equal((400, ActivityStatusCode.Unset), (activity.GetTagItem("http.response.status_code"), activity.Status));
        Assert.DoesNotContain("secret", string.Concat(activity.TagObjects.Select(tag => tag.Value)), StringComparison.Ordinal);
        activity = Assert.Single(await traces.WaitForAsync(RecordedTraces.TraceIdOf(failed), "GET /v1/orders/{id:entity-id}"));
        Assert.Equal((504, ActivityStatusCode.Error), (activity.GetTagItem("http.response.status_code"), activity.Status));
    }

    [Fact]
    public async Task What_is_nowhere_is_named_by_its_method_alone()
    {
        using var traces = new RecordedTraces();
        var parent = RecordedTraces.NewTraceParent();
        await _api.GetAsync("/nowhere", ("traceparent", parent));
        Assert.Null(Assert.Single(await traces.WaitForAsync(RecordedTraces.TraceIdOf(parent), "GET")).GetTagItem("http.route"));
    }
}

/// <summary>The exporter hears the whole process: these run alone.</summary>
[CollectionDefinition(nameof(TelemetryExportTests), DisableParallelization = true)]
[Collection(nameof(TelemetryExportTests))]
public class TelemetryExportTests
{
    /// <summary>Logs are not sent.</summary>
    private static readonly string[] s_paths =
    [
        "/v1/metrics", "/v1/traces",
        "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export", "/opentelemetry.proto.collector.trace.v1.TraceService/Export",
    ];

    [Theory]
    [InlineData("http/protobuf")]
    [InlineData("grpc")]
    public async Task Metrics_and_traces_arrive_at_the_collector_at_the_latest_when_the_program_stops(string protocol)
    {
        await using var collector = await Collector.StartAsync(protocol == "grpc");
        var parent = RecordedTraces.NewTraceParent();
        await using (var api = await RunningApi.StartAsync(
            null, null, "--Orderly:Telemetry:OtlpEndpoint", collector.Address, "--OTEL_EXPORTER_OTLP_ENDPOINT", "",
            "--OTEL_EXPORTER_OTLP_PROTOCOL", protocol, "--OTEL_EXPORTER_OTLP_HEADERS", "x-key=secret"))
        {
            (await api.PostAsync("/v1/orders", Bodies.Order(), ("traceparent", parent))).IsStatus(HttpStatusCode.Created);
            api.Services.GetRequiredService<ILoggerFactory>().CreateLogger("test")
                .Log(LogLevel.Warning, default, "What is logged stays here.", null, (text, _) => text);
        }

        Assert.All(
            [
                "orderly-api", "orderly.commands", "PlaceOrder", "accepted", "orderly.append.duration",
                "http.server.request.duration", "dotnet.gc.collections",
            ],
            text => Assert.Contains(text, collector.Metrics, StringComparison.Ordinal));
        var traceId = Encoding.Latin1.GetString(Convert.FromHexString(RecordedTraces.TraceIdOf(parent).ToString()));
        Assert.All(
            ["orderly-api", "POST /v1/orders", "decide PlaceOrder", "append order", traceId],
            text => Assert.Contains(text, collector.Traces, StringComparison.Ordinal));

        Assert.All(collector.Paths, path => Assert.Contains(path, s_paths));

        // Once in each request's header, where it belongs, and in nothing that is sent.
        Assert.All(collector.Keys, key => Assert.Equal("secret", key));
        Assert.DoesNotContain("secret", collector.Metrics + collector.Traces, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_standard_variables_go_before_and_can_name_the_signals_one_by_one()
    {
        await using var collector = await Collector.StartAsync();
        await using (var api = await RunningApi.StartAsync(
            null, null, "--OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", $"{collector.Address}/my/metrics",
            "--OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf", "--OTEL_SERVICE_NAME", "shop-7"))
        {
            (await api.PostAsync("/v1/orders", Bodies.Order())).IsStatus(HttpStatusCode.Created);
        }

        Assert.Contains("shop-7", collector.Metrics, StringComparison.Ordinal);
        Assert.DoesNotContain("orderly-api", collector.Metrics, StringComparison.Ordinal);
        Assert.Empty(collector.Traces);
    }

    [Fact]
    public async Task Where_nothing_is_sampled_metrics_are_sent_and_events_say_they_are_not_traced()
    {
        await using var collector = await Collector.StartAsync();
        await using (var api = await RunningApi.StartAsync(
            null, null, "--OTEL_EXPORTER_OTLP_ENDPOINT", collector.Address,
            "--OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf", "--OTEL_TRACES_SAMPLER", "always_off"))
        {
            (await api.PostAsync("/v1/orders", Bodies.Order("unsampled"))).IsStatus(HttpStatusCode.Created);
            var recorded = await api.Services.GetRequiredService<IEventStore>()
                .ReadStreamAsync("order-unsampled", ReadDirection.Forwards, 0, 1, CancellationToken.None).SingleAsync();
            Assert.EndsWith("-00", EventTypes.DecodeMetadata(recorded)!.TraceParent, StringComparison.Ordinal);
        }

        Assert.Contains("orderly.commands", collector.Metrics, StringComparison.Ordinal);
        Assert.Empty(collector.Traces);
    }

    /// <summary>As many as 256 partitions of each view: the exporter sums up what goes beyond its usual limit of 2,000.</summary>
    [Fact]
    public async Task The_lag_of_every_partition_is_sent()
    {
        const int Views = 20;
        const int Partitions = 256;
        await using var collector = await Collector.StartAsync();
        await using (var api = await RunningApi.StartAsync(
            null, null, "--OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", $"{collector.Address}/v1/metrics",
            "--OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"))
        {
            ForEachPartition((view, partition) => ProjectionTelemetry.Lag(view, 1, 2, partition));
        }

        ForEachPartition(ProjectionTelemetry.Left);
        Assert.Contains("many-views-19", collector.Metrics, StringComparison.Ordinal);
        Assert.DoesNotContain("overflow", collector.Metrics, StringComparison.Ordinal);

        static void ForEachPartition(Action<string, int> act)
        {
            for (var i = 0; i < Views * Partitions; i++)
            {
                act($"many-views-{i / Partitions}", i % Partitions);
            }
        }
    }

    [Theory]
    [InlineData]
    [InlineData("--Orderly:Telemetry:OtlpEndpoint", "http://127.0.0.1:9", "--OTEL_SDK_DISABLED", "true")]
    public async Task Where_nothing_is_configured_nothing_listens(params string[] settings)
    {
        await using var api = await RunningApi.StartAsync(null, null, settings);
        Assert.DoesNotContain(
            api.Services.GetServices<IHostedService>(), service => service.GetType().Name.Contains("Telemetry", StringComparison.Ordinal));
        using var source = new ActivitySource("Orderly");
        Assert.False(source.HasListeners());
    }

    [Fact]
    public async Task A_collector_that_is_not_there_stops_nothing()
    {
        await using var api = await RunningApi.StartAsync(null, null, "--Orderly:Telemetry:OtlpEndpoint", "http://127.0.0.1:9");
        (await api.PostAsync("/v1/orders", Bodies.Order())).IsStatus(HttpStatusCode.Created);
    }

    [Theory]
    [InlineData("Orderly:Telemetry:OtlpEndpoint", "collector:4317")]
    [InlineData("Orderly:Telemetry:OtlpEndpoint", "nonsense")]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT", "ftp://collector")]
    [InlineData("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://me:secret@collector")]
    [InlineData("OTEL_EXPORTER_OTLP_PROTOCOL", "http/json")]
    public async Task Settings_that_can_not_work_stop_the_start_and_are_named(string setting, string value)
    {
        var refused = await Assert.ThrowsAsync<OptionsValidationException>(() => RunningApi.StartAsync(null, null, $"--{setting}", value));
        Assert.StartsWith(setting, Assert.Single(refused.Failures), StringComparison.Ordinal);
        Assert.DoesNotContain("secret", refused.Message, StringComparison.Ordinal);
    }
}
