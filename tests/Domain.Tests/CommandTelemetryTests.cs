using System.Diagnostics;
using System.Text;
using FluentValidation;
using Orderly.Domain.Deciding;
using Orderly.Domain.EventStore;
using Orderly.Domain.Payments;
using Orderly.Domain.Products;
using Orderly.Domain.Serialization;
using Orderly.Testing;
using Orderly.Tests;

namespace Orderly.Domain.Tests;

[Collection(TelemetryCollection.Name)]
public sealed class CommandTelemetryTests : IDisposable
{
    private static readonly CancellationToken s_none = CancellationToken.None;

    private readonly MemoryEventStore _store = new();
    private readonly RecordedMetrics _metrics = new();
    private readonly RecordedTraces _traces = new("Orderly");
    private readonly Decider _decider;

    public CommandTelemetryTests() => _decider = new Decider(_store, _store, OrderlyEvents.Types, new DeciderOptions { MaxAttempts = 3 });

    public void Dispose()
    {
        _traces.Dispose();
        _metrics.Dispose();
    }

    [Fact]
    public async Task Commands_are_counted_by_what_became_of_them()
    {
        var keyed = NewContext() with { RequestHash = "aaaaaaaa" };
        await SendAsync(new AddProduct("LAMP", "Lamp", null, 20, "EUR") { Context = keyed });
        await SendAsync(new AddProduct("LAMP", "Lamp", null, 20, "EUR") { Context = keyed });
        await SendAsync(new AddProduct("LAMP", "Lamp", null, 20, "EUR") { Context = keyed with { RequestHash = "bbbbbbbb" } });
        await SendAsync(Add());
        await SendAsync(new ReserveStock("BULB", "o-1", 1) { Context = NewContext() });
        await SendAsync(new RecordPayment("p-1", "o-1", 5, "EUR", null) { Context = NewContext() });
        await SendAsync(Receive() with { Context = NewContext() with { IfMatch = new RevisionCondition([7]) } });
        await SendAsync(new DiscontinueProduct("LAMP", null) { Context = NewContext() });
        await SendAsync(new ChangePrice("LAMP", 1, "EUR") { Context = NewContext() });

        Assert.Equal(
            [
                "1 command=AddProduct outcome=accepted",
                "1 command=AddProduct outcome=unchanged",
                "1 command=AddProduct outcome=idempotency-key-reused",
                "1 command=AddProduct outcome=already-exists",
                "1 command=ReserveStock outcome=not-found",
                "1 command=RecordPayment outcome=not-found",
                "1 command=ReceiveStock outcome=stale-revision",
                "1 command=DiscontinueProduct outcome=accepted",
                "1 command=ChangePrice outcome=invalid-transition",
            ],
            _metrics.Of("orderly.commands"));
        Assert.Empty(_metrics.Of("orderly.append.conflicts"));
    }

    [Fact]
    public async Task A_command_that_its_validator_refuses_is_counted_too()
    {
        var behavior = new ValidationBehavior<AddProduct>(
            [new InlineValidator<AddProduct> { rules => rules.RuleFor(command => command.Name).NotEmpty() }]);
        var result = await behavior.Handle(Add() with { Name = "" }, s_none, () => throw new UnreachableException());
        Assert.IsType<CommandResult.Refused>(result);
        Assert.Equal(["1 command=AddProduct outcome=invalid"], _metrics.Of("orderly.commands"));
    }

    [Fact]
    public async Task What_fails_is_counted_and_its_message_stays_inside()
    {
        var cause = RecordedTraces.NewTraceParent();
        foreach (var fault in new Exception[]
        {
            new EventStoreUnavailableException("secret"), new OperationCanceledException("secret"),
            new InvalidOperationException("secret"),
        })
        {
            _store.BeforeAppend = () => throw fault;
            await Assert.ThrowsAsync(fault.GetType(), () => SendAsync(Add(cause)));
        }

        Assert.Equal(
            ["1 command=AddProduct outcome=unavailable", "1 command=AddProduct outcome=cancelled", "1 command=AddProduct outcome=error"],
            _metrics.Of("orderly.commands"));
        var activities = _traces.Of(RecordedTraces.TraceIdOf(cause));
        Assert.Equal(6, activities.Count);
        Assert.All(activities, activity => Assert.Equal(ActivityStatusCode.Error, activity.Status));
        Assert.DoesNotContain("secret", string.Concat(activities.Select(Describe)), StringComparison.Ordinal);
        Assert.Equal(
            2, activities.Count(activity => Equals(activity.GetTagItem("error.type"), typeof(EventStoreUnavailableException).FullName)));
    }

    [Fact]
    public async Task Lost_races_are_counted_each()
    {
        await SendAsync(Add());
        AddAnotherBeforeEachAppend();
        await SendAsync(Receive());

        Assert.Equal(Enumerable.Repeat("1 category=product", 3), _metrics.Of("orderly.append.conflicts"));
        Assert.Equal("1 command=ReceiveStock outcome=contention", _metrics.Of("orderly.commands")[^1]);
    }

    [Fact]
    public async Task A_stream_that_can_not_be_read_is_an_error_of_the_trace()
    {
        await SendAsync(Add());
        await _store.AppendAsync(
            "product-LAMP",
            ExpectedRevision.Any,
            [new NewEvent(Guid.NewGuid(), "price-changed.v9", Encoding.UTF8.GetBytes("{}"), default)],
            s_none);
        var cause = RecordedTraces.NewTraceParent();
        await SendAsync(Receive() with { Context = NewContext() with { TraceParent = cause } });

        Assert.Equal("1 command=ReceiveStock outcome=unreadable-stream", _metrics.Of("orderly.commands")[^1]);
        Assert.Equal(
            ActivityStatusCode.Error,
            _traces.Of(RecordedTraces.TraceIdOf(cause)).Single(activity => activity.DisplayName == "decide ReceiveStock").Status);
    }

    [Fact]
    public async Task The_trace_of_a_command_goes_through_its_append_into_its_events()
    {
        var cause = RecordedTraces.NewTraceParent();
        await SendAsync(Add(cause));

        var activities = await _traces.WaitForAsync(RecordedTraces.TraceIdOf(cause), "decide AddProduct", "append product");
        var (decide, append) = (activities[0], activities[1]);
        Assert.Equal(ActivityContext.Parse(cause, null).SpanId, decide.ParentSpanId);
        Assert.Equal(decide.SpanId, append.ParentSpanId);
        Assert.Equal(ActivityKind.Producer, append.Kind);
        Assert.Equal("accepted", decide.GetTagItem("orderly.outcome"));
        Assert.Equal("product-LAMP", append.GetTagItem("messaging.destination.name"));
        Assert.Equal(append.Id, EventTypes.DecodeMetadata(_store.Log[^1])!.TraceParent);
    }

    [Fact]
    public async Task A_command_stays_below_the_activity_of_its_own_trace_only()
    {
        using var source = new ActivitySource("Orderly");
        using (var current = source.StartActivity("request")!)
        {
            await SendAsync(Add(current.Id));
            Assert.Equal(
                current.SpanId, _traces.Of(current.TraceId).Single(activity => activity.DisplayName == "decide AddProduct").ParentSpanId);

            var other = RecordedTraces.NewTraceParent();
            await SendAsync(Receive() with { Context = NewContext() with { TraceParent = other } });
            Assert.Equal(
                ["decide ReceiveStock", "append product"],
                _traces.Of(RecordedTraces.TraceIdOf(other)).Select(activity => activity.DisplayName));
            Assert.Same(current, Activity.Current);
        }
    }

    [Fact]
    public async Task Every_attempt_is_in_the_trace()
    {
        await SendAsync(Add());
        AddAnotherBeforeEachAppend(times: 1);
        var cause = RecordedTraces.NewTraceParent();
        await SendAsync(Receive() with { Context = NewContext() with { TraceParent = cause } });

        var appends = _traces.Of(RecordedTraces.TraceIdOf(cause)).Where(activity => activity.DisplayName == "append product").ToList();
        Assert.Equal(["conflict", "appended"], appends.Select(append => append.GetTagItem("orderly.outcome")));
        Assert.All(appends, append => Assert.Equal(ActivityStatusCode.Unset, append.Status));
        Assert.Equal(appends[1].Id, EventTypes.DecodeMetadata(_store.Log[^1])!.TraceParent);
    }

    private static AddProduct Add(string? traceParent = null)
        => new("LAMP", "Lamp", null, 20, "EUR") { Context = NewContext() with { TraceParent = traceParent } };

    private static ReceiveStock Receive() => new("LAMP", 1, null) { Context = NewContext() };

    private static CommandContext NewContext() => CommandContext.ForRequest(Guid.CreateVersion7(), "tester", Scenario.Now);

    private static string Describe(Activity activity)
        => string.Join(' ', activity.TagObjects.Select(tag => $"{tag.Key}={tag.Value}").Append(activity.StatusDescription).Concat(
            activity.Events.Select(e => e.Name)));

    /// <summary>Somebody else is faster.</summary>
    private void AddAnotherBeforeEachAppend(int times = int.MaxValue)
        => _store.BeforeAppend = () =>
        {
            var step = _store.BeforeAppend;
            _store.BeforeAppend = null;
            var metadata = new EventMetadata(Guid.NewGuid(), Guid.NewGuid(), Guid.NewGuid(), "other", Scenario.Now, 1);
            var received = OrderlyEvents.Types.Encode(Guid.NewGuid(), new StockReceived("LAMP", 1, null, Scenario.Now), _ => metadata);
            Assert.True(_store.AppendAsync("product-LAMP", ExpectedRevision.Any, [received], s_none).IsCompletedSuccessfully);
            _store.BeforeAppend = --times > 0 ? step : null;
        };

    private Task<CommandResult> SendAsync<TState>(Command<TState> command)
        where TState : class, IAggregate<TState>
        => _decider.ExecuteAsync(command, s_none);
}
