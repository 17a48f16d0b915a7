using System.Diagnostics;
using System.Net;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Orderly.Domain.EventStore;
using Orderly.Domain.Serialization;
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

    [Fact]
    public async Task A_request_its_command_its_append_and_the_view_that_it_changes_are_one_trace()
    {
        using var traces = new RecordedTraces();
        var parent = RecordedTraces.NewTraceParent();
        var recorded = await PlaceAsync(shared.Api, ("traceparent", parent));

        var activities = await traces.WaitForAsync(RecordedTraces.TraceIdOf(parent), "POST /v1/orders/", "decide PlaceOrder", "append order", "project order-details");
        var (request, decide, append, project) = (activities[0], activities[1], activities[2], activities[3]);
        Assert.Equal(ActivityContext.Parse(parent, null).SpanId, request.ParentSpanId);
        Assert.Equal(request.SpanId, decide.ParentSpanId);
        Assert.Equal(decide.SpanId, append.ParentSpanId);
        Assert.Equal(append.Id, TraceParentOf(recorded));
        Assert.Equal(append.SpanId, project.ParentSpanId);
        Assert.Equal(recorded.Position.Value, project.GetTagItem("orderly.position"));
        Assert.Equal(("/v1/orders/", 201), (request.GetTagItem("http.route"), request.GetTagItem("http.response.status_code")));
    }

    [Fact]
    public async Task A_request_that_fails_here_is_an_error_of_its_trace_and_one_that_is_refused_is_not()
    {
        using var traces = new RecordedTraces();
        var (refused, failed) = (RecordedTraces.NewTraceParent(), RecordedTraces.NewTraceParent());
        await shared.Api.GetAsync("/v1/orders/nobody?secret=1", ("traceparent", refused));
        await shared.Api.GetAsync("/v1/orders/nobody", ("traceparent", failed), ("Min-Log-Position", "999999999"), ("Prefer", "wait=0"));

        var activity = Assert.Single(await traces.WaitForAsync(RecordedTraces.TraceIdOf(refused), "GET /v1/orders/{id:entity-id}"));
        Assert.Equal((404, ActivityStatusCode.Unset), (activity.GetTagItem("http.response.status_code"), activity.Status));
        Assert.DoesNotContain("secret", string.Concat(activity.TagObjects.Select(tag => tag.Value)), StringComparison.Ordinal);
        activity = Assert.Single(await traces.WaitForAsync(RecordedTraces.TraceIdOf(failed), "GET /v1/orders/{id:entity-id}"));
        Assert.Equal((504, ActivityStatusCode.Error), (activity.GetTagItem("http.response.status_code"), activity.Status));
    }

    [Fact]
    public async Task What_is_nowhere_is_named_by_its_method_alone()
    {
        using var traces = new RecordedTraces();
        var parent = RecordedTraces.NewTraceParent();
        await shared.Api.GetAsync("/nowhere", ("traceparent", parent));
        Assert.Null(Assert.Single(await traces.WaitForAsync(RecordedTraces.TraceIdOf(parent), "GET")).GetTagItem("http.route"));
    }

    private static async Task<RecordedEvent> PlaceAsync(RunningApi api, params (string Name, string Value)[] headers)
    {
        var id = SharedApi.NewId();
        (await api.PostAsync("/v1/orders", Bodies.Order(id), headers)).IsStatus(HttpStatusCode.Created);
        return await api.Services.GetRequiredService<IEventStore>().ReadStreamAsync($"order-{id}", ReadDirection.Forwards, 0, 1, CancellationToken.None).SingleAsync();
    }

    private static string? TraceParentOf(RecordedEvent recorded) => EventTypes.DecodeMetadata(recorded)!.TraceParent;
}

/// <summary>The exporter hears the whole process: these run alone.</summary>
[CollectionDefinition(nameof(TelemetryExportTests), DisableParallelization = true)]
[Collection(nameof(TelemetryExportTests))]
public class TelemetryExportTests
{
    [Theory]
    [InlineData("http/protobuf")]
    [InlineData("grpc")]
    public async Task Metrics_and_traces_arrive_at_the_collector_at_the_latest_when_the_program_stops(string protocol)
    {
        await using var collector = await Collector.StartAsync(protocol == "grpc");
        var parent = RecordedTraces.NewTraceParent();
        await using (var api = await RunningApi.StartAsync(
            null, null, "--Orderly:Telemetry:OtlpEndpoint", collector.Address, "--OTEL_EXPORTER_OTLP_PROTOCOL", protocol, "--OTEL_EXPORTER_OTLP_HEADERS", "x-key=secret", "--OTEL_EXPORTER_OTLP_ENDPOINT", ""))
        {
            (await api.PostAsync("/v1/orders", Bodies.Order(), ("traceparent", parent))).IsStatus(HttpStatusCode.Created);
        }

        Assert.All(
            ["orderly-api", "orderly.commands", "PlaceOrder", "accepted", "orderly.append.duration", "http.server.request.duration", "dotnet.gc.collections"],
            text => Assert.Contains(text, collector.Metrics, StringComparison.Ordinal));
        Assert.All(
            ["orderly-api", "POST /v1/orders", "decide PlaceOrder", "append order", Encoding.Latin1.GetString(Convert.FromHexString(RecordedTraces.TraceIdOf(parent).ToString()))],
            text => Assert.Contains(text, collector.Traces, StringComparison.Ordinal));

        // Once in each request's header, where it belongs, and in nothing that is sent.
        Assert.All(collector.Keys, key => Assert.Equal("secret", key));
        Assert.DoesNotContain("secret", collector.Metrics + collector.Traces, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_standard_variables_go_before_and_can_name_the_signals_one_by_one()
    {
        await using var collector = await Collector.StartAsync();
        await using (var api = await RunningApi.StartAsync(
            null, null, "--OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", $"{collector.Address}/my/metrics", "--OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf", "--OTEL_SERVICE_NAME", "shop-7"))
        {
            (await api.PostAsync("/v1/orders", Bodies.Order())).IsStatus(HttpStatusCode.Created);
        }

        Assert.Contains("shop-7", collector.Metrics, StringComparison.Ordinal);
        Assert.DoesNotContain("orderly-api", collector.Metrics, StringComparison.Ordinal);
        Assert.Empty(collector.Traces);
    }

    [Fact]
    public async Task Where_nothing_is_sampled_metrics_are_sent_and_events_say_that_they_are_not_traced()
    {
        await using var collector = await Collector.StartAsync();
        await using (var api = await RunningApi.StartAsync(
            null, null, "--OTEL_EXPORTER_OTLP_ENDPOINT", collector.Address, "--OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf", "--OTEL_TRACES_SAMPLER", "always_off"))
        {
            (await api.PostAsync("/v1/orders", Bodies.Order("unsampled"))).IsStatus(HttpStatusCode.Created);
            var recorded = await api.Services.GetRequiredService<IEventStore>()
                .ReadStreamAsync("order-unsampled", ReadDirection.Forwards, 0, 1, CancellationToken.None).SingleAsync();
            Assert.EndsWith("-00", EventTypes.DecodeMetadata(recorded)!.TraceParent, StringComparison.Ordinal);
        }

        Assert.Contains("orderly.commands", collector.Metrics, StringComparison.Ordinal);
        Assert.Empty(collector.Traces);
    }

    [Theory]
    [InlineData]
    [InlineData("--Orderly:Telemetry:OtlpEndpoint", "http://127.0.0.1:9", "--OTEL_SDK_DISABLED", "true")]
    public async Task Where_nothing_is_configured_nothing_listens(params string[] settings)
    {
        await using var api = await RunningApi.StartAsync(null, null, settings);
        Assert.DoesNotContain(api.Services.GetServices<IHostedService>(), service => service.GetType().Name.Contains("Telemetry", StringComparison.Ordinal));
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
