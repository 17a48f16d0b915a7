using System.Net;
using System.Text.Json.Nodes;
using Orderly.Tests;

namespace Orderly.Api.Tests.Access;

/// <summary>What a program may do with an API key, and for how long.</summary>
public sealed class ApiKeyCallerTests(GuardedApi guarded) : IClassFixture<GuardedApi>
{
    private RunningApi Api => guarded.Api;

    [Fact]
    public async Task A_key_does_what_its_scopes_allow_in_its_own_name()
    {
        var (_, key) = await IssueAsync("does-1", "payments:write", "orders:read", "orders:write", "history:read");
        (await Api.PostAsync("/v1/orders", Bodies.Order("keyed-1"), key)).IsStatus(HttpStatusCode.Created);
        var paid = await Api.PostAsync("/v1/orders/keyed-1/payments", Bodies.Payment("keyed-p"), key);
        paid.IsStatus(HttpStatusCode.Created);
        (await Api.PostAsync("/v1/customers", Bodies.Customer(), key)).IsProblem(403, "forbidden");

        var events = (await Api.GetAsync("/v1/history/payment-keyed-p", key)).Json["items"]!.AsArray();
        Assert.Equal("key:does-1", events[0]!["metadata"]!["actor"]!.GetValue<string>());
        var me = (await Api.GetAsync("/v1/me", key)).Json;
        Assert.Equal("key:does-1", me["actor"]!.GetValue<string>());
        Assert.Equal(
            ["history:read", "orders:read", "orders:write", "payments:write"],
            me["scopes"]!.AsArray().Select(scope => scope!.GetValue<string>()));
    }

    [Fact]
    public async Task A_key_that_is_revoked_is_refused_within_seconds()
    {
        var (admin, key) = await IssueAsync("gone-1", "orders:read");
        (await Api.GetAsync("/v1/orders", key)).IsStatus(HttpStatusCode.OK);
        (await Api.SendAsync(HttpMethod.Delete, "/v1/api-keys/gone-1", null, admin)).IsStatus(HttpStatusCode.OK);
        await Wait.UntilAsync(async () => (await Api.GetAsync("/v1/orders", key)).Problem == "unauthenticated");
    }

    [Fact]
    public async Task Both_secrets_work_after_a_rotation_until_the_overlap_is_over()
    {
        var (admin, old) = await IssueAsync("turn-1", "orders:read");
        var rotated = await Api.PostAsync("/v1/api-keys/turn-1/rotation", """{"overlapHours":1}""", admin);
        var now = GuardedApi.Bearer(rotated.IsStatus(HttpStatusCode.OK).Json["key"]!.GetValue<string>());
        (await Api.GetAsync("/v1/orders", now)).IsStatus(HttpStatusCode.OK);
        (await Api.GetAsync("/v1/orders", old)).IsStatus(HttpStatusCode.OK);

        // Without an overlap the last secret is refused, and the one before it for good.
        (await Api.PostAsync("/v1/api-keys/turn-1/rotation", """{"overlapHours":0}""", admin)).IsStatus(HttpStatusCode.OK);
        await Wait.UntilAsync(async () => (await Api.GetAsync("/v1/orders", now)).Problem == "unauthenticated");
        await Wait.UntilAsync(async () => (await Api.GetAsync("/v1/orders", old)).Problem == "unauthenticated");
    }

    [Fact]
    public async Task A_key_with_another_secret_is_refused_in_the_words_for_one_that_never_was()
    {
        await IssueAsync("real-1", "orders:read");
        var (wrong, none) = (
            await Api.GetAsync("/v1/orders", GuardedApi.Bearer($"ok_real-1_{new string('1', 64)}")),
            await Api.GetAsync("/v1/orders", GuardedApi.Bearer($"ok_none-1_{new string('1', 64)}")));
        Assert.Equal(none.Headers["WWW-Authenticate"], wrong.Headers["WWW-Authenticate"]);
        Assert.Equal(none.IsProblem(401, "unauthenticated").Json["detail"]!.GetValue<string>(), wrong.Json["detail"]!.GetValue<string>());
    }

    [Fact]
    public async Task The_day_of_its_use_is_noted_once()
    {
        var (admin, key) = await IssueAsync("used-1", "orders:read");
        for (var i = 0; i < 5; i++)
        {
            (await Api.GetAsync("/v1/orders", key)).IsStatus(HttpStatusCode.OK);
        }

        var auditor = await guarded.AsAsync("auditor");
        var events = (await Api.GetAsync("/v1/history/apikey-used-1", auditor)).Json["items"]!.AsArray();
        Assert.Equal(["api-key-issued.v1", "api-key-used.v1"], events.Select(one => one!["type"]!.GetValue<string>()));
        (await Api.GetAsync("/v1/history/apikey-used-1", admin)).IsProblem(403, "forbidden");
    }

    [Fact]
    public async Task A_key_can_have_no_account_and_no_scope_that_is_not_there()
    {
        var admin = await guarded.AsAsync("admin");
        foreach (var scope in new[] { "own", "everything" })
        {
            (await Api.PostAsync("/v1/api-keys", $$"""{"name":"n","scopes":["{{scope}}"]}""", admin)).IsProblem(422, "validation");
        }
    }

    private async Task<((string, string) Admin, (string, string) Key)> IssueAsync(string id, params string[] scopes)
    {
        var admin = await guarded.AsAsync("admin");
        var body = new JsonObject
        {
            ["keyId"] = id,
            ["name"] = "A program",
            ["scopes"] = new JsonArray([.. scopes.Select(scope => JsonValue.Create(scope))]),
        };
        var issued = (await Api.PostAsync("/v1/api-keys", body.ToJsonString(), admin)).IsStatus(HttpStatusCode.Created);
        return (admin, GuardedApi.Bearer(issued.Json["key"]!.GetValue<string>()));
    }
}
