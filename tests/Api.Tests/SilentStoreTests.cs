using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Orderly.Domain.EventStore;
using Orderly.Hosting;
using Orderly.ReadModels.ViewStore;
using Orderly.Storage.Sqlite;
using Orderly.Tests;

namespace Orderly.Api.Tests;

/// <summary>A store that does not answer is a matter of the requests that need it, and of them not for long.</summary>
public sealed class SilentStoreTests
{
    [Fact]
    public async Task A_command_that_is_not_answered_in_time_is_done_once_all_the_same()
    {
        var appends = new Silence();
        await using var api = await StartAsync(appends, new Silence(), "--Orderly:Stores:CommandTimeout", "00:00:00.2");

        // On a busy machine this, too, may take longer than that.
        var added = await PatientlyAsync(() => api.PostAsync("/v1/products", Bodies.Product("TEA-1"), ("Idempotency-Key", "k-0")));
        await api.ReadAsync("/v1/products/TEA-1", added.LogPosition);
        appends.Begin();

        var late = await api.PostAsync("/v1/orders", Bodies.Order("o-1"), ("Idempotency-Key", "k-1"));
        (await api.GetAsync("/v1/products/TEA-1")).IsStatus(HttpStatusCode.OK);
        appends.End();
        await Wait.UntilAsync(async () => (await api.HeadAsync()).ToString() != added.LogPosition);
        var repeated = await PatientlyAsync(() => api.PostAsync("/v1/orders", Bodies.Order("o-1"), ("Idempotency-Key", "k-1")));

        Assert.Equal("2", late.IsProblem(503, "event-store-unavailable").Headers["Retry-After"]);
        repeated.IsStatus(HttpStatusCode.Created);
        Assert.Equal("true", repeated.Headers["Idempotent-Replayed"]);
        Assert.Single((await api.GetAsync("/v1/history/order-o-1")).Json["items"]!.AsArray());
    }

    [Fact]
    public async Task An_event_store_that_fails_is_left_alone_and_found_again()
    {
        using var metrics = new RecordedMetrics();
        var appends = new Silence { Fault = () => new EventStoreUnavailableException("gone") };
        await using var api = await StartAsync(appends, new Silence());
        await UntilRefusedAsync(appends, () => api.PostAsync("/v1/products", Bodies.Product("TEA-1")), "event-store-unavailable");
        (await api.GetAsync("/v1/products")).IsStatus(HttpStatusCode.OK);
        Assert.NotNull((await api.GetAsync("/health/ready")).IsProblem(503, "not-ready").Json["errors"]!["eventStore"]);
        Assert.Contains("1 store=event-store", metrics.Of("orderly.store.circuit"));

        // No request has to find out: the question whether it is ready does.
        appends.Fault = null;
        await api.ReadyAsync();

        (await api.PostAsync("/v1/products", Bodies.Product("TEA-1"))).IsStatus(HttpStatusCode.Created);
        Assert.Contains("0 store=event-store", metrics.Of("orderly.store.circuit"));
    }

    [Fact]
    public async Task A_view_store_that_fails_is_left_alone_and_found_again()
    {
        var reads = new Silence();
        await using var api = await StartAsync(new Silence(), reads);
        reads.Fault = () => new ViewStoreUnavailableException("gone");
        await UntilRefusedAsync(reads, () => api.GetAsync("/v1/products"), "view-store-unavailable");
        (await api.PostAsync("/v1/products", Bodies.Product("TEA-1"))).IsStatus(HttpStatusCode.Created);
        Assert.NotNull((await api.GetAsync("/health/ready")).IsProblem(503, "not-ready").Json["errors"]!["viewStore"]);

        reads.Fault = null;
        await api.ReadyAsync();

        (await api.GetAsync("/v1/products")).IsStatus(HttpStatusCode.OK);
    }

    private static Task<RunningApi> StartAsync(Silence appends, Silence reads, params string[] settings)
        => RunningApi.StartAsync(
            null,
            services =>
            {
                services.Replace(ServiceDescriptor.Singleton<IEventStore>(provider => new MeasuredEventStore(
                    new SilentEventStore(provider.GetRequiredService<SqliteEventStore>(), appends),
                    provider.GetRequiredService<AppendOutcome>(), provider.GetRequiredService<StoreCircuits>().EventStore,
                    provider.GetRequiredService<TimeProvider>())));
                var views = services.Last(service => service.ServiceType == typeof(IViewStore));
                services.Replace(ServiceDescriptor.Singleton<IViewStore>(
                    provider => new SilentViewStore((IViewStore)views.ImplementationFactory!(provider), reads)));
            },
            settings);

    /// <summary>Asks until an answer comes without the store's having been asked. Each is the same problem.</summary>
    private static Task UntilRefusedAsync(Silence store, Func<Task<Answer>> ask, string problem)
        => Wait.UntilAsync(async () =>
        {
            var before = store.Calls;
            (await ask()).IsProblem(503, problem);
            return store.Calls == before;
        });

    /// <summary>Sends it again as long as the answer is that it may be done.</summary>
    private static async Task<Answer> PatientlyAsync(Func<Task<Answer>> send)
    {
        Answer? answer = null;
        await Wait.UntilAsync(async () => (answer = await send()).Status != HttpStatusCode.ServiceUnavailable);
        return answer!;
    }

    /// <summary>Whether a store answers.</summary>
    private sealed class Silence
    {
        private volatile TaskCompletionSource? _end;
        private int _calls;

        public Func<Exception>? Fault { get; set; }

        public int Calls => Volatile.Read(ref _calls);

        public void Begin() => _end = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

        public void End() => _end?.SetResult();

        public async Task PassAsync()
        {
            Interlocked.Increment(ref _calls);
            if (Fault is { } fault)
            {
                throw fault();
            }

            await (_end?.Task ?? Task.CompletedTask);
        }
    }

    /// <summary>A log whose appends can fall silent.</summary>
    private sealed class SilentEventStore(IEventStore inner, Silence silence) : EventStoreDecorator(inner)
    {
        public override async Task<AppendResult> AppendAsync(
            string stream, ExpectedRevision expected, IReadOnlyList<NewEvent> events, CancellationToken cancellationToken)
        {
            await silence.PassAsync();
            return await base.AppendAsync(stream, expected, events, cancellationToken);
        }

        public override async Task ProbeAsync(CancellationToken cancellationToken)
        {
            await silence.PassAsync();
            await base.ProbeAsync(cancellationToken);
        }
    }

    /// <summary>Views that can fall silent for queries.</summary>
    private sealed class SilentViewStore(IViewStore inner, Silence silence) : ViewStoreDecorator(inner)
    {
        public override async Task<ViewSnapshot<TDocument>> QueryAsync<TDocument>(
            View<TDocument> view, ViewQuery query, CancellationToken cancellationToken)
        {
            await silence.PassAsync();
            return await base.QueryAsync(view, query, cancellationToken);
        }
    }
}
