using System.Net;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Orderly.Access;
using Orderly.Tests;

namespace Orderly.Api.Tests.Access;

/// <summary>Every operation of the OpenAPI document by every kind of caller, with what the document says of scopes.</summary>
public sealed partial class AccessMatrixTests(GuardedApi guarded) : IClassFixture<GuardedApi>
{
    /// <summary>Those that everybody may ask.</summary>
    private static readonly string[] s_forEverybody = ["checkLiveness", "checkReadiness"];

    [Fact]
    public async Task Who_is_not_known_is_refused_by_every_operation()
    {
        await using var stranger = await IdentityProvider.StartAsync();
        List<(string Kind, string? Authorization)> callers =
        [
            ("nobody", null),
            ("expired", await TokenAsync(new TokenRequest { Lifetime = TimeSpan.FromMinutes(-5), Scopes = Scopes.All })),
            ("another audience", await TokenAsync(new TokenRequest { Audience = "other", Scopes = Scopes.All })),
            ("no audience", await TokenAsync(new TokenRequest { Audience = null, Scopes = Scopes.All })),
            ("another issuer", await stranger.TokenAsync(new TokenRequest { Scopes = Scopes.All })),
            ("no access token", await TokenAsync(new TokenRequest { Type = "logout+jwt", Scopes = Scopes.All })),
            ("changed", await TokenAsync(new TokenRequest { Scopes = Scopes.All }) + "x"),
            ("no token", "something"),
            ("an API key that was never issued", $"ok_nobody_{new string('0', 64)}"),
            ("an API key that was revoked", await RevokedKeyAsync()),
        ];
        var head = await guarded.Api.HeadAsync();
        foreach (var operation in await OperationsAsync())
        {
            foreach (var (kind, authorization) in callers)
            {
                var answer = await SendAsync(operation, authorization);
                if (operation.Scopes is null)
                {
                    Assert.True((int)answer.Status is not 401 and not 403, $"{operation.Id}, {kind}: {answer.Body}");
                    continue;
                }

                Assert.True(answer.Status == HttpStatusCode.Unauthorized, $"{operation.Id}, {kind}: {answer.Status} {answer.Body}");
                answer.IsProblem(401, "unauthenticated");
                Assert.StartsWith("Bearer realm=\"orderly\"", answer.Headers["WWW-Authenticate"], StringComparison.Ordinal);
                Assert.Equal(authorization is not null, answer.Headers["WWW-Authenticate"].Contains("error=", StringComparison.Ordinal));
            }
        }

        Assert.Equal(head, await guarded.Api.HeadAsync());
    }

    [Fact]
    public async Task Every_role_and_scope_may_do_what_the_document_says_and_no_more()
    {
        List<(string Kind, string Token, IReadOnlyCollection<string> Scopes)> callers =
        [
            ("nothing", await TokenAsync(new TokenRequest()), []),
            ("a role of somebody else's", await TokenAsync(new TokenRequest { Roles = ["boss"], Scopes = ["openid2"] }), []),
        ];
        foreach (var (role, scopes) in Scopes.Roles)
        {
            callers.Add(($"role {role}", (await guarded.AsAsync(role, "ann")).Value["Bearer ".Length..], [.. scopes]));
        }

        foreach (var scope in Scopes.All)
        {
            callers.Add(($"scope {scope}", await TokenAsync(new TokenRequest { Scopes = [scope], CustomerId = "ann" }), [scope]));
        }

        callers.Add(("an API key", await KeyAsync("matrix-1"), [.. Scopes.OfKeys]));

        // A person never has this one.
        callers.Add((
            "a person with payments:write", await TokenAsync(new TokenRequest { Subject = "ann", Scopes = [Scopes.PaymentsWrite] }), []));
        callers.Add((
            "own of nobody", await TokenAsync(new TokenRequest { Subject = "ann", Scopes = [Scopes.Own] }), []));

        foreach (var operation in await OperationsAsync())
        {
            foreach (var (kind, token, scopes) in callers)
            {
                var isAllowed = operation.Scopes is not { Count: > 0 } || operation.Scopes.Any(scopes.Contains);
                var head = await guarded.Api.HeadAsync();
                var answer = await SendAsync(operation, token);
                if (isAllowed)
                {
                    Assert.True((int)answer.Status is not 401 and not 403, $"{operation.Id}, {kind}: {answer.Status} {answer.Body}");
                }
                else
                {
                    Assert.True(answer.Status == HttpStatusCode.Forbidden, $"{operation.Id}, {kind}: {answer.Status} {answer.Body}");
                    answer.IsProblem(403, "forbidden");
                    Assert.Contains("error=\"insufficient_scope\"", answer.Headers["WWW-Authenticate"], StringComparison.Ordinal);
                    Assert.Equal(head, await guarded.Api.HeadAsync());
                }
            }
        }
    }

    [Fact]
    public async Task Every_operation_names_its_scopes_but_those_for_everybody()
    {
        var operations = await OperationsAsync();
        Assert.True(operations.Count > 25);
        Assert.Equal(s_forEverybody, operations.Where(one => one.Scopes is null).Select(one => one.Id).Order(StringComparer.Ordinal));
        Assert.Equal(["getMe"], operations.Where(one => one.Scopes is { Count: 0 }).Select(one => one.Id));
        Assert.All(operations.SelectMany(one => one.Scopes ?? []), scope => Assert.Contains(scope, Scopes.All));
    }

    /// <summary>A key with every scope that a key can have.</summary>
    private async Task<string> KeyAsync(string id)
    {
        var body = new JsonObject
        {
            ["keyId"] = id,
            ["name"] = "All",
            ["scopes"] = new JsonArray([.. Scopes.OfKeys.Select(scope => JsonValue.Create(scope))]),
        };
        var issued = await guarded.Api.PostAsync("/v1/api-keys", body.ToJsonString(), await guarded.AsAsync("admin"));
        return issued.IsStatus(HttpStatusCode.Created).Json["key"]!.GetValue<string>();
    }

    private async Task<string> RevokedKeyAsync()
    {
        var key = await KeyAsync("matrix-2");
        var revoked = await guarded.Api.SendAsync(HttpMethod.Delete, "/v1/api-keys/matrix-2", null, await guarded.AsAsync("admin"));
        revoked.IsStatus(HttpStatusCode.OK);
        return key;
    }

    private Task<string> TokenAsync(TokenRequest asked) => guarded.Issuer.TokenAsync(asked);

    private async Task<IReadOnlyList<Operation>> OperationsAsync()
    {
        var document = (await guarded.Api.GetAsync("/swagger/v1/swagger.json")).Json;
        List<Operation> operations = [];
        foreach (var (path, methods) in document["paths"]!.AsObject())
        {
            foreach (var (method, operation) in methods!.AsObject())
            {
                // One that a service without callers could ask of everybody has an empty list of requirements.
                var isForEverybody = operation!["security"] is not JsonArray { Count: > 0 };
                var scopes = operation["x-scopes"]?.AsArray().Select(scope => scope!.GetValue<string>()).ToList() ?? [];
                operations.Add(new Operation(
                    operation["operationId"]!.GetValue<string>(), new HttpMethod(method), FillIn(path, operation),
                    isForEverybody ? null : scopes));
            }
        }

        return operations;
    }

    private static string FillIn(string path, JsonNode operation)
        => PathParameter().Replace(path, match => operation["parameters"]!.AsArray()
            .Single(one => one!["in"]!.GetValue<string>() == "path" && one["name"]!.GetValue<string>() == match.Groups[1].Value)!
            ["example"]!.ToString());

    private Task<Answer> SendAsync(Operation operation, string? token)
    {
        var content = operation.Method == HttpMethod.Get ? null : new StringContent("{}", null, "application/json");
        (string, string)[] headers = token is null ? [] : [GuardedApi.Bearer(token)];
        return guarded.Api.SendAsync(operation.Method, operation.Path, content, headers);
    }

    [GeneratedRegex(@"\{(\w+)\}")]
    private static partial Regex PathParameter();

    /// <param name="Scopes">One of these is needed; none: only to be known; null: not even that.</param>
    private sealed record Operation(string Id, HttpMethod Method, string Path, IReadOnlyList<string>? Scopes);
}
