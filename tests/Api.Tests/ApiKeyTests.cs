using System.Collections.Concurrent;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Orderly.Domain.ApiKeys;
using Orderly.Domain.Deciding;
using Orderly.Tests;

namespace Orderly.Api.Tests;

/// <summary>API keys over HTTP: what is told once, and what is never told.</summary>
[Collection(ApiCollection.Name)]
public sealed class ApiKeyTests(SharedApi shared)
{
    private RunningApi Api => shared.Api;

    [Fact]
    public async Task A_key_is_issued_with_its_secret_and_read_without()
    {
        var id = SharedApi.NewId();

        var issued = (await Api.PostAsync("/v1/api-keys", $$"""
            {"keyId":"{{id}}","name":"Robot","scopes":["orders:ship","orders:read"],"expiresAt":"2100-01-31T13:00:00.5+01:00"}
            """)).IsStatus(HttpStatusCode.Created);

        var (keyId, secret) = Read(issued);
        Assert.Equal((id, id, 0L), (keyId, Text(issued.Json, "id"), issued.Revision));
        Assert.Equal(
            ($"/v1/api-keys/{id}", "\"0\"", "no-store"), (issued.Headers["Location"], issued.ETag, issued.Headers["Cache-Control"]));
        Assert.Equal(issued.LogPosition, Text(issued.Json, "position"));

        var read = (await Api.ReadAsync($"/v1/api-keys/{id}", issued.LogPosition)).IsStatus(HttpStatusCode.OK);
        Assert.Equal("\"0\"", read.ETag);
        Assert.Equal((id, "Robot", "active"), (Text(read.Json, "keyId"), Text(read.Json, "name"), Text(read.Json, "status")));
        Assert.Equal(["orders:ship", "orders:read"], read.Json["scopes"]!.AsArray().Select(scope => scope!.GetValue<string>()));
        Assert.Equal("2100-01-31T12:00:00.5+00:00", Text(read.Json, "expiresAt"));
        Assert.All(
            ["rotatedAt", "oldValidUntil", "revokedAt", "lastUsedAt"],
            name => Assert.True(read.Json.AsObject().TryGetPropertyValue(name, out var value) && value is null));
        Assert.True(await AcceptsAsync(id, secret));
    }

    [Fact]
    public async Task The_service_makes_an_id_when_none_is_given()
    {
        var issued = (await Api.PostAsync("/v1/api-keys", Bodies.ApiKey())).IsStatus(HttpStatusCode.Created);

        var (keyId, secret) = Read(issued);
        Assert.True(Guid.TryParse(keyId, out _));
        Assert.True(await AcceptsAsync(keyId, secret));
    }

    [Fact]
    public async Task Keys_come_in_pages()
    {
        var prefix = SharedApi.NewId();
        string[] ids = [.. Enumerable.Range(0, 5).Select(i => $"{prefix}-{i}")];
        Answer? last = null;
        foreach (var id in ids)
        {
            last = await Api.DoAsync("/v1/api-keys", Bodies.ApiKey(id));
        }

        List<string> seen = [];
        for (var cursor = ""; cursor is not null;)
        {
            var page = await Api.ReadAsync($"/v1/api-keys?limit=2&cursor={cursor}", last!.LogPosition);
            Assert.True(page.IsStatus(HttpStatusCode.OK).Json["items"]!.AsArray().Count <= 2);
            seen.AddRange(page.Json["items"]!.AsArray().Select(item => Text(item!, "keyId")));
            cursor = page.Json["nextCursor"]?.GetValue<string>();
            Assert.Equal(cursor is not null, page.Headers.ContainsKey("Link"));
        }

        Assert.Equal(seen.Order(StringComparer.Ordinal), seen);
        Assert.Equal(ids, seen.Where(id => id.StartsWith($"{prefix}-", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_rotation_tells_a_new_secret_and_ends_the_last_one_later()
    {
        var id = SharedApi.NewId();
        var (_, first) = Read(await Api.DoAsync("/v1/api-keys", Bodies.ApiKey(id)));

        var rotated = (await Api.PostAsync($"/v1/api-keys/{id}/rotation", null)).IsStatus(HttpStatusCode.OK);

        var (keyId, second) = Read(rotated);
        Assert.Equal((id, "no-store", 1L), (keyId, rotated.Headers["Cache-Control"], rotated.Revision));
        Assert.False(rotated.Headers.ContainsKey("Location"));
        Assert.True(await AcceptsAsync(id, first) && await AcceptsAsync(id, second));
        Assert.Equal(TimeSpan.FromHours(24), await OverlapAsync(rotated));

        var again = await Api.DoAsync($"/v1/api-keys/{id}/rotation", """{"overlapHours":720}""");
        Assert.Equal(TimeSpan.FromDays(30), await OverlapAsync(again));
        Assert.False(await AcceptsAsync(id, first));
        Assert.True(await AcceptsAsync(id, second) && await AcceptsAsync(id, Read(again).Secret));

        var atOnce = await Api.DoAsync($"/v1/api-keys/{id}/rotation", """{"overlapHours":0}""");
        Assert.Equal(TimeSpan.Zero, await OverlapAsync(atOnce));
        Assert.False(await AcceptsAsync(id, Read(again).Secret));
        Assert.True(await AcceptsAsync(id, Read(atOnce).Secret));

        async Task<TimeSpan> OverlapAsync(Answer answer)
        {
            var read = (await Api.ReadAsync($"/v1/api-keys/{id}", answer.LogPosition)).IsStatus(HttpStatusCode.OK).Json;
            return read["oldValidUntil"]!.GetValue<DateTimeOffset>() - read["rotatedAt"]!.GetValue<DateTimeOffset>();
        }
    }

    [Fact]
    public async Task A_revoked_key_stays_so()
    {
        var id = SharedApi.NewId();
        var (_, secret) = Read(await Api.DoAsync("/v1/api-keys", Bodies.ApiKey(id)));

        var revoked = (await DeleteAsync(id)).IsStatus(HttpStatusCode.OK);
        var again = (await DeleteAsync(id)).IsStatus(HttpStatusCode.OK);

        Assert.Equal((id, 1L), (Text(revoked.Json, "id"), revoked.Revision));
        Assert.Equal((revoked.Body, revoked.ETag), (again.Body, again.ETag));
        Assert.False(await AcceptsAsync(id, secret));
        var read = (await Api.ReadAsync($"/v1/api-keys/{id}", revoked.LogPosition)).IsStatus(HttpStatusCode.OK);
        Assert.Equal(("revoked", "\"1\""), (Text(read.Json, "status"), read.ETag));
        Assert.NotNull(read.Json["revokedAt"]);
        var refused = (await Api.PostAsync($"/v1/api-keys/{id}/rotation", null)).IsProblem(409, "invalid-transition");
        Assert.Equal(("revoked", "rotate"), (Text(refused.Json, "state"), Text(refused.Json, "step")));
        (await DeleteAsync("no-such")).IsProblem(404, "not-found");
    }

    [Fact]
    public async Task An_expired_key_is_not_rotated_and_can_be_revoked()
    {
        var time = new ShiftedTime();
        await using var api = await RunningApi.StartAsync(
            null, services => services.Replace(ServiceDescriptor.Singleton<TimeProvider>(time)));
        var expiry = time.GetUtcNow().AddHours(1);
        await api.DoAsync("/v1/api-keys", $$"""{"keyId":"robot","name":"Robot","scopes":["orders:read"],"expiresAt":"{{expiry:O}}"}""");
        await api.DoAsync("/v1/api-keys/robot/rotation", null);

        time.Forward(TimeSpan.FromHours(1));

        var refused = (await api.PostAsync("/v1/api-keys/robot/rotation", null)).IsProblem(409, "invalid-transition");
        Assert.Equal("expired", Text(refused.Json, "state"));
        (await api.SendAsync(HttpMethod.Delete, "/v1/api-keys/robot", null)).IsStatus(HttpStatusCode.OK);
    }

    [Theory]
    [InlineData("POST", "", true)]
    [InlineData("POST", "", false)]
    [InlineData("POST", "/rotation", true)]
    [InlineData("DELETE", "", true)]
    public async Task A_repeat_is_answered_without_the_key(string method, string step, bool withId)
    {
        var (id, key) = (SharedApi.NewId(), ("Idempotency-Key", SharedApi.NewId()));
        var makes = method == "POST" && step.Length == 0;
        if (!makes)
        {
            await Api.DoAsync("/v1/api-keys", Bodies.ApiKey(id));
        }

        Task<Answer> SendAsync()
            => makes ? Api.PostAsync("/v1/api-keys", Bodies.ApiKey(withId ? id : null), key)
                : Api.SendAsync(new HttpMethod(method), $"/v1/api-keys/{id}{step}", null, key);

        var first = await SendAsync();
        var head = await Api.HeadAsync();
        var second = await SendAsync();

        Assert.Equal(makes ? HttpStatusCode.Created : HttpStatusCode.OK, first.Status);
        Assert.Equal((first.Status, first.ETag, first.LogPosition), (second.Status, second.ETag, second.LogPosition));
        Assert.Equal(first.Headers.GetValueOrDefault("Location"), second.Headers.GetValueOrDefault("Location"));
        Assert.Equal(method == "POST", first.Json.AsObject().ContainsKey("key"));
        Assert.Equal(["id", "revision", "position"], second.Json.AsObject().Select(member => member.Key));
        Assert.Equal("true", second.Headers["Idempotent-Replayed"]);
        Assert.Equal(head, await Api.HeadAsync());
    }

    [Fact]
    public async Task Fifty_requests_at_once_tell_one_secret_which_is_the_right_one()
    {
        var (id, key) = (SharedApi.NewId(), ("Idempotency-Key", SharedApi.NewId()));

        var issued = await Task.WhenAll(
            Enumerable.Range(0, 50).Select(_ => Api.PostAsync("/v1/api-keys", Bodies.ApiKey(id), key)));
        Assert.All(issued, answer => answer.IsStatus(HttpStatusCode.Created));
        var told = Assert.Single(issued, answer => answer.Json.AsObject().ContainsKey("key"));

        Assert.True(await AcceptsAsync(id, Read(told).Secret));
        (await Api.PostAsync("/v1/api-keys", Bodies.ApiKey(SharedApi.NewId()), key)).IsProblem(422, "idempotency-key-reused");
    }

    [Fact]
    public async Task Only_a_revocation_answers_the_document_to_who_prefers_it()
    {
        var id = SharedApi.NewId();
        (string, string)[] prefer = [("Prefer", "wait=30, return=representation")];

        var issued = await Api.PostAsync("/v1/api-keys", Bodies.ApiKey(id), prefer);
        var rotated = await Api.PostAsync($"/v1/api-keys/{id}/rotation", null, prefer);
        var revoked = await Api.SendAsync(HttpMethod.Delete, $"/v1/api-keys/{id}", null, prefer);

        Assert.All([issued, rotated], answer =>
        {
            Assert.True(answer.Json.AsObject().ContainsKey("key"));
            Assert.False(answer.Headers.ContainsKey("Preference-Applied"));
        });
        Assert.Equal(("revoked", $"/v1/api-keys/{id}"), (Text(revoked.Json, "status"), revoked.Headers["Content-Location"]));
    }

    [Fact]
    public async Task A_key_is_changed_only_at_the_revision_that_was_seen()
    {
        var id = SharedApi.NewId();
        await Api.DoAsync("/v1/api-keys", Bodies.ApiKey(id));

        var stale = await Api.PostAsync($"/v1/api-keys/{id}/rotation", null, ("If-Match", "\"7\""));
        Assert.Equal("\"0\"", stale.IsProblem(412, "stale-revision").ETag);
        (await Api.PostAsync($"/v1/api-keys/{id}/rotation", null, ("If-Match", "\"0\""))).IsStatus(HttpStatusCode.OK);
    }

    /// <summary>What the client is told is nowhere else: neither in the stores' files, nor in the log, nor in any other answer.</summary>
    [Fact]
    public async Task A_secret_is_in_its_one_answer_and_nowhere_else()
    {
        using var lines = new Lines();
        var directory = Directory.CreateTempSubdirectory("orderly-api-").FullName;
        var api = await RunningApi.StartAsync(
            directory, services => services.AddSingleton<ILoggerProvider>(lines), "--Logging:LogLevel:Default", "Trace",
            "--Logging:LogLevel:Microsoft.AspNetCore", "Trace");
        var idempotency = ("Idempotency-Key", "one");
        var issued = await api.PostAsync("/v1/api-keys", Bodies.ApiKey("robot"), idempotency);
        var rotated = await api.DoAsync("/v1/api-keys/robot/rotation", null);
        await api.CommandAsync(context => new NoteApiKeyUse("robot") { Context = context });
        List<Answer> others =
        [
            await api.PostAsync("/v1/api-keys", Bodies.ApiKey("robot"), idempotency),
            await api.PostAsync("/v1/api-keys", Bodies.ApiKey("robot")),
            await api.PostAsync("/v1/api-keys/robot/rotation", """{"overlapHours":721}"""),
            await api.SendAsync(HttpMethod.Delete, "/v1/api-keys/robot", null),
            await api.PostAsync("/v1/api-keys/robot/rotation", null),
        ];
        var head = (await api.HeadAsync()).ToString();
        others.AddRange(
        [
            await api.ReadAsync("/v1/api-keys", head), await api.ReadAsync("/v1/api-keys/robot", head),
            await api.GetAsync("/v1/history/apikey-robot"),
        ]);
        await api.StopAsync();

        Assert.Equal([201, 409, 422, 200, 409, 200, 200, 200], others.Select(answer => (int)answer.Status));
        Assert.Contains(lines.All, line => line.Contains("/v1/api-keys/robot", StringComparison.Ordinal));
        var files = Directory.EnumerateFiles(directory, "*", SearchOption.AllDirectories).Select(File.ReadAllBytes).ToList();
        Assert.Contains(files, file => Holds(file, "Robot"));
        foreach (var answer in new[] { issued, rotated })
        {
            var (_, secret) = Read(answer);
            Assert.All(others, other => Assert.DoesNotContain(secret, other.Body, StringComparison.OrdinalIgnoreCase));
            Assert.All(lines.All, line => Assert.DoesNotContain(secret, line, StringComparison.OrdinalIgnoreCase));
            Assert.All(files, file => Assert.False(Holds(file, secret)));
            Assert.Contains(files, file => Holds(file, ApiKeySecrets.HashOf(secret)));
        }

        Directory.Delete(directory, recursive: true);

        static bool Holds(byte[] file, string text) => file.AsSpan().IndexOf(Encoding.UTF8.GetBytes(text)) >= 0;
    }

    private static string Text(JsonNode node, string name) => node[name]!.GetValue<string>();

    private static (string KeyId, string Secret) Read(Answer answer)
    {
        Assert.True(ApiKeySecrets.TryParse(Text(answer.Json, "key"), out var keyId, out var secret), answer.Body);
        return (keyId, secret);
    }

    private Task<Answer> DeleteAsync(string id) => Api.SendAsync(HttpMethod.Delete, $"/v1/api-keys/{id}", null);

    private async Task<bool> AcceptsAsync(string id, string secret)
    {
        var key = await Api.Services.GetRequiredService<Decider>().ReadAsync<ApiKey>(id, CancellationToken.None);
        return key.Accepts(ApiKeySecrets.HashOf(secret), DateTimeOffset.UtcNow);
    }

    /// <summary>Keeps what the service logs.</summary>
    private sealed class Lines : ILoggerProvider, ILogger
    {
        public ConcurrentQueue<string> All { get; } = [];

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull
        {
            All.Enqueue($"{state}");
            return null;
        }

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
            => All.Enqueue($"{formatter(state, exception)} {exception}");

        public void Dispose()
        {
        }
    }
}
