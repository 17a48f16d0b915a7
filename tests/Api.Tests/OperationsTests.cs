using System.Net;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Orderly.Domain.EventStore;
using Orderly.Processes.Email;
using Orderly.ReadModels.ViewStore;
using Orderly.Storage.Sqlite;
using Orderly.Tests;

namespace Orderly.Api.Tests;

/// <summary>Health, limits, and what happens when a store is gone.</summary>
public sealed class OperationsTests
{
    [Fact]
    public async Task Healthy()
    {
        await using var api = await RunningApi.StartAsync();

        Assert.Equal("live", (await api.GetAsync("/health/live")).IsStatus(HttpStatusCode.OK).Json["status"]!.GetValue<string>());
        Assert.Equal("ready", (await api.ReadyAsync()).Json["status"]!.GetValue<string>());
    }

    [Fact]
    public async Task Too_many_requests_are_told_when_to_come_back_and_health_is_still_answered()
    {
        await using var api = await RunningApi.StartAsync(null, null, "--Orderly:Limits:RequestsPerSecond", "1");
        await api.GetAsync("/health/live");

        var answers = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => api.GetAsync("/v1/products")));

        var refused = answers.Where(answer => answer.Status != HttpStatusCode.OK).ToList();
        Assert.NotEmpty(refused);
        Assert.All(refused, answer => Assert.Equal("1", answer.IsProblem(429, "rate-limited").Headers["Retry-After"]));
        foreach (var _ in Enumerable.Range(0, 20))
        {
            (await api.GetAsync("/health/live")).IsStatus(HttpStatusCode.OK);
        }
    }

    [Theory]
    [InlineData("RequestsPerSecond", "0")]
    [InlineData("Connections", "-1")]
    [InlineData("RequestSeconds", "5")]
    public async Task Limits_that_make_no_sense_stop_the_start(string name, string value)
        => await Assert.ThrowsAsync<OptionsValidationException>(() => RunningApi.StartAsync(null, null, $"--Orderly:Limits:{name}", value));

    [Theory]
    [InlineData("Orderly:Email:Smtp:Port", "587")]
    [InlineData("Orderly:Email:FromAddress", "nobody")]
    public async Task Settings_of_e_mail_that_can_not_work_stop_the_start(string setting, string value)
    {
        var refused = await Assert.ThrowsAsync<OptionsValidationException>(() => RunningApi.StartAsync(null, null, $"--{setting}", value));
        Assert.Contains(refused.Failures, failure => failure.StartsWith("Orderly:Email:", StringComparison.Ordinal));
    }

    [Fact]
    public async Task E_mails_go_to_the_data_directory_or_to_the_mail_server_that_is_named()
    {
        await using (var api = await RunningApi.StartAsync())
        {
            var message = new EmailMessage(
                "m-1", new EmailAddress("", "a@example.com"), new EmailAddress("", "b@example.com"), "", "", "", DateTimeOffset.UtcNow);
            await api.Services.GetRequiredService<IEmailSender>().SendAsync(message, CancellationToken.None);
            Assert.True(File.Exists(Path.Combine(api.Directory, "emails", "m-1.eml")));
        }

        await using var withServer = await RunningApi.StartAsync(
            null, null, "--Orderly:Email:Smtp:Host", "mail.example.com", "--Orderly:Email:FromAddress", "orders@example.com");
        Assert.IsType<SmtpEmailSender>(withServer.Services.GetRequiredService<IEmailSender>());
    }

    [Fact]
    public async Task A_store_that_is_gone_is_named_and_worth_another_try()
    {
        var gate = new Gate();
        await using var api = await RunningApi.StartAsync(null, services => services
            .Replace(ServiceDescriptor.Singleton<IEventStore>(
                provider => new GatedEventStore(provider.GetRequiredService<SqliteEventStore>(), gate))));
        var added = await api.DoAsync("/v1/products", Bodies.Product("TEA-1"));
        await api.ReadAsync("/v1/products/TEA-1", added.LogPosition);
        gate.Fault = () => new EventStoreUnavailableException("secret");

        foreach (var answer in new[]
        {
            await api.PostAsync("/v1/orders", Bodies.Order()),
            await api.PutAsync("/v1/products/TEA-1/price", """{"unitPrice":5,"currency":"EUR"}"""),
            await api.GetAsync("/v1/history/product-TEA-1"),
            await api.GetAsync("/v1/history/orders/x?revision=0"),
            await api.GetAsync("/v1/projections"),
        })
        {
            Assert.Equal("2", answer.IsProblem(503, "event-store-unavailable").Headers["Retry-After"]);
            Assert.DoesNotContain("secret", answer.Body);
        }

        Assert.NotNull((await api.GetAsync("/health/ready")).IsProblem(503, "not-ready").Json["errors"]!["eventStore"]);
        (await api.GetAsync("/health/live")).IsStatus(HttpStatusCode.OK);
        (await api.GetAsync("/v1/products/TEA-1")).IsStatus(HttpStatusCode.OK);
    }

    [Fact]
    public async Task What_nobody_expected_says_nothing_about_the_inside()
    {
        var gate = new Gate();
        await using var api = await RunningApi.StartAsync(null, services => services
            .Replace(ServiceDescriptor.Singleton<IEventStore>(
                provider => new GatedEventStore(provider.GetRequiredService<SqliteEventStore>(), gate))));
        await api.DoAsync("/v1/products", Bodies.Product("TEA-1"));
        gate.Fault = () => new InvalidOperationException("secret");

        var answer = (await api.PostAsync("/v1/orders", Bodies.Order())).IsProblem(500, "internal-error");

        Assert.DoesNotContain("secret", answer.Body);
    }

    [Fact]
    public async Task A_view_store_that_is_gone_is_named()
    {
        var views = new Gate();
        await using var api = await RunningApi.StartAsync(null, services =>
        {
            var inner = services.Last(service => service.ServiceType == typeof(IViewStore));
            services.Replace(ServiceDescriptor.Singleton<IViewStore>(
                provider => new GatedViewStore((IViewStore)inner.ImplementationFactory!(provider), views)));
        });
        views.Fault = () => new ViewStoreUnavailableException("secret");

        foreach (var path in new[] { "/v1/orders/x", "/v1/customers/x", "/v1/products/X", "/v1/products", "/v1/projections" })
        {
            Assert.Equal("2", (await api.GetAsync(path)).IsProblem(503, "view-store-unavailable").Headers["Retry-After"]);
        }

        Assert.NotNull((await api.GetAsync("/health/ready")).IsProblem(503, "not-ready").Json["errors"]!["viewStore"]);
        (await api.PostAsync("/v1/orders", Bodies.Order())).IsStatus(HttpStatusCode.Created);
    }

    [Fact]
    public async Task An_event_that_is_not_JSON_is_shown_as_it_is_and_decided_on_by_nobody()
    {
        await using var api = await RunningApi.StartAsync();
        var store = api.Services.GetRequiredService<IEventStore>();
        await store.AppendAsync(
            "payment-odd",
            ExpectedRevision.NoStream,
            [new NewEvent(Guid.NewGuid(), "odd.v1", new byte[] { 0xFF, 0x00 }, new byte[] { 0x7B }), new NewEvent(
                Guid.NewGuid(), "odd.v1", "{\"a\":[1.50]}"u8.ToArray(), default)],
            CancellationToken.None);
        await api.DoAsync("/v1/orders", Bodies.Order("o-1"));

        var items = (await api.GetAsync("/v1/history/payment-odd")).IsStatus(HttpStatusCode.OK).Json["items"]!;

        Assert.Null(items[0]!["data"]);
        Assert.Equal(("/wA=", "ew=="), (items[0]!["dataBase64"]!.GetValue<string>(), items[0]!["metadataBase64"]!.GetValue<string>()));
        Assert.Equal(("{\"a\":[1.50]}", null), (items[1]!["data"]!.ToJsonString(), items[1]!["metadata"]));
        (await api.PostAsync("/v1/orders/o-1/payments", Bodies.Payment("odd"))).IsProblem(500, "unreadable-stream");
    }

    [Fact]
    public async Task A_damaged_event_is_never_shown_and_never_decided_on()
    {
        var before = await RunningApi.StartAsync();
        await before.DoAsync("/v1/orders", Bodies.Order("o-1"));
        await before.DoAsync("/v1/orders/o-1/payments", Bodies.Payment("p-1"));
        await before.DoAsync("/v1/orders", Bodies.Order("o-2"));
        await before.ReadAsync("/v1/orders/o-1", (await before.HeadAsync()).ToString());
        await before.StopAsync();
        var events = Path.Combine(before.Directory, "events.db");
        using (SqliteConnection connection = new($"Data Source={events};Pooling=False;Vfs={PageChecksums.RowsFileSystem}"))
        {
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText
                = "UPDATE events SET data = CAST(replace(data, '\"amount\":', '\"amount\":9') AS BLOB) WHERE stream = 'payment-p-1'";
            Assert.Equal(1, command.ExecuteNonQuery());
        }

        await using var api = await RunningApi.StartAsync(before.Directory);
        (await api.GetAsync("/v1/history/payment-p-1")).IsProblem(500, "unreadable-stream");
        (await api.GetAsync("/v1/history/orders/o-1?at=9999-01-01T00:00:00Z")).IsProblem(500, "unreadable-stream");
        (await api.PostAsync("/v1/orders/o-1/payments", Bodies.Payment("p-1"))).IsProblem(500, "unreadable-stream");
        (await api.GetAsync("/v1/history/order-o-1")).IsStatus(HttpStatusCode.OK);
    }

    private sealed class Gate
    {
        public Func<Exception>? Fault { get; set; }

        public void Pass()
        {
            if (Fault is { } fault)
            {
                throw fault();
            }
        }
    }

    /// <summary>A log that can be cut off.</summary>
    private sealed class GatedEventStore(IEventStore inner, Gate gate) : EventStoreDecorator(inner)
    {
        public override Task<AppendResult> AppendAsync(
            string stream, ExpectedRevision expected, IReadOnlyList<NewEvent> events, CancellationToken cancellationToken)
        {
            gate.Pass();
            return base.AppendAsync(stream, expected, events, cancellationToken);
        }

        public override IAsyncEnumerable<RecordedEvent> ReadStreamAsync(
            string stream, ReadDirection direction, long fromRevision, long limit, CancellationToken cancellationToken)
        {
            gate.Pass();
            return base.ReadStreamAsync(stream, direction, fromRevision, limit, cancellationToken);
        }

        public override Task<LogPosition> ReadHeadAsync(CancellationToken cancellationToken)
        {
            gate.Pass();
            return base.ReadHeadAsync(cancellationToken);
        }

        public override Task<string> ReadIdentityAsync(CancellationToken cancellationToken)
        {
            gate.Pass();
            return base.ReadIdentityAsync(cancellationToken);
        }
    }

    /// <summary>A view store whose queries can be cut off.</summary>
    private sealed class GatedViewStore(IViewStore inner, Gate gate) : ViewStoreDecorator(inner)
    {
        public override Task<ViewSnapshot<TDocument>> FindAsync<TDocument>(
            View<TDocument> view, IReadOnlyCollection<string> ids, long? after, CancellationToken cancellationToken)
        {
            gate.Pass();
            return base.FindAsync(view, ids, after, cancellationToken);
        }

        public override Task<ViewSnapshot<TDocument>> QueryAsync<TDocument>(
            View<TDocument> view, ViewQuery query, CancellationToken cancellationToken)
        {
            gate.Pass();
            return base.QueryAsync(view, query, cancellationToken);
        }

        public override Task<GraphSnapshot> WalkAsync(View view, GraphQuery query, CancellationToken cancellationToken)
        {
            gate.Pass();
            return base.WalkAsync(view, query, cancellationToken);
        }

        public override Task<IReadOnlyList<ViewGeneration>> ReadGenerationsAsync(CancellationToken cancellationToken)
        {
            gate.Pass();
            return base.ReadGenerationsAsync(cancellationToken);
        }
    }
}
