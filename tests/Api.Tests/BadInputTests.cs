using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Orderly.Domain.ApiKeys;
using Orderly.Domain.Customers;
using Orderly.Domain.EventStore;
using Orderly.Domain.Orders;
using Orderly.Domain.Validation;

namespace Orderly.Api.Tests;

/// <summary>The service with something in each state that a command can be sent to.</summary>
public sealed class BadInputApi : IAsyncLifetime
{
    public RunningApi Api { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        Api = await RunningApi.StartAsync();
        await Api.DoAsync("/v1/customers", Bodies.Customer("bad-customer"));
        await Api.DoAsync("/v1/customers", Bodies.Customer("bad-forgotten"));
        await Api.CommandAsync(context => new ForgetCustomer("bad-forgotten") { Context = context });
        await Api.DoAsync("/v1/products", Bodies.Product("BAD-1"));
        await Api.DoAsync("/v1/products", Bodies.Product("BAD-GONE"));
        await Api.DoAsync("/v1/products/BAD-GONE/discontinuation", null);
        foreach (var order in new[] { "bad-placed", "bad-paid", "bad-shipped" })
        {
            await Api.DoAsync("/v1/orders", Bodies.Order(order));
        }

        foreach (var order in new[] { "bad-paid", "bad-shipped" })
        {
            await Api.CommandAsync(context => new ConfirmOrder(order) { Context = context });
            await Api.CommandAsync(context => new MarkOrderPaid(order) { Context = context });
        }

        await Api.DoAsync("/v1/orders/bad-shipped/shipment", Bodies.Shipment);
        await Api.DoAsync("/v1/orders/bad-placed/payments", Bodies.Payment("bad-payment"));
        await Api.DoAsync("/v1/api-keys", Bodies.ApiKey("bad-key"));
        await Api.DoAsync("/v1/api-keys", Bodies.ApiKey("bad-revoked"));
        await Api.CommandAsync(context => new RevokeApiKey("bad-revoked") { Context = context });
    }

    public async Task DisposeAsync() => await Api.DisposeAsync();
}

/// <summary>What is wrong with a request is answered with its own status and problem type, and nothing is appended.</summary>
public sealed class BadInputTests(BadInputApi shared) : IClassFixture<BadInputApi>, IAsyncLifetime
{
    private static readonly string s_tooMuch = new(' ', 1024 * 1024);

    private LogPosition _before;

    private RunningApi Api => shared.Api;

    public static TheoryData<string> Commands => [.. CommandCases.All.Keys];

    public static TheoryData<string> CommandsWithBody
        => [.. CommandCases.All.Where(one => !one.Value.IsBodyOptional).Select(one => one.Key)];

    public static TheoryData<string> CommandsToSomething
        => [.. CommandCases.All.Where(one => one.Value.Unknown is not null).Select(one => one.Key)];

    public static TheoryData<string> CommandsWithState
        => [.. CommandCases.All.Where(one => one.Value.WrongState is not null).Select(one => one.Key)];

    public static TheoryData<string, string> Fields => FieldsWhere(_ => true);

    public static TheoryData<string, string> RequiredFields => FieldsWhere(one => one.IsRequired);

    public static TheoryData<string, string> Texts => FieldsWhere(one => one.IsText);

    public static TheoryData<string, string> Numbers => FieldsWhere(one => one.IsNumber);

    public async Task InitializeAsync() => _before = await Api.HeadAsync();

    public async Task DisposeAsync() => Assert.Equal(_before, await Api.HeadAsync());

    [Theory]
    [MemberData(nameof(Commands))]
    public async Task What_is_not_a_JSON_object_is_malformed(string command)
    {
        var one = CommandCases.All[command];
        foreach (var body in new[]
        {
            "{", "{\"a\":", "nonsense", "[]", "null", "1", "\"x\"", "true", "{} {}", "{,}", "// no\n{}", "{\"a\":1,}", "{'a':1}",
            "\uFEFF{}",
        })
        {
            (await SendAsync(one, one.Path, body)).IsProblem(400, "malformed-request");
        }
    }

    [Theory]
    [MemberData(nameof(CommandsWithBody))]
    public async Task An_empty_body_is_malformed(string command)
    {
        var one = CommandCases.All[command];
        (await SendAsync(one, one.Path, "")).IsProblem(400, "malformed-request");
        (await Api.SendAsync(one.Method, one.Path, null)).IsProblem(400, "malformed-request");
    }

    [Theory]
    [MemberData(nameof(Commands))]
    public async Task Text_that_is_not_UTF_8_is_malformed(string command)
    {
        var one = CommandCases.All[command];
        using var content = new ByteArrayContent([.. "{\"reason\":\""u8, 0xC3, 0x28, .. "\"}"u8]);
        content.Headers.ContentType = new("application/json");
        (await Api.SendAsync(one.Method, one.Path, content)).IsProblem(400, "malformed-request");
    }

    [Theory]
    [MemberData(nameof(Commands))]
    public async Task An_unknown_field_is_malformed_and_named(string command)
    {
        var one = CommandCases.All[command];
        foreach (var name in new[] { "colour", "Name", "REASON", "context", "" })
        {
            var answer = await SendAsync(one, one.Path, one.With(name, 1));
            AssertError(answer.IsProblem(400, "malformed-request"), name.Length > 0 ? name : null);
        }
    }

    [Theory]
    [MemberData(nameof(Fields))]
    public async Task A_field_of_the_wrong_type_is_malformed_and_named(string command, string path)
    {
        var one = CommandCases.All[command];
        var field = one.Fields.Single(field => field.Path == path);
        JsonNode[] wrong = field.IsText ? [1, true, new JsonArray(), new JsonObject()]
            : field.IsNumber ? ["5", true, new JsonArray(), new JsonObject(), ""]
            : [1, "x", true];
        foreach (var value in wrong)
        {
            AssertError((await SendAsync(one, one.Path, one.With(path, value))).IsProblem(400, "malformed-request"), path);
        }
    }

    [Theory]
    [MemberData(nameof(Fields))]
    public async Task A_field_that_is_there_twice_is_malformed(string command, string path)
    {
        var one = CommandCases.All[command];
        var name = path.Split('.')[^1];
        var doubled = JsonNode.Parse(one.Body)!.ToJsonString().Replace(
            $"\"{name}\":", $"\"{name}\":null,\"{name}\":", StringComparison.Ordinal);
        (await SendAsync(one, one.Path, doubled)).IsProblem(400, "malformed-request");
    }

    [Theory]
    [MemberData(nameof(RequiredFields))]
    public async Task A_required_field_that_is_missing_or_null_is_invalid_and_named(string command, string path)
    {
        var one = CommandCases.All[command];
        foreach (var body in new[] { one.With(path, null, remove: true), one.With(path, null) })
        {
            var answer = (await SendAsync(one, one.Path, body)).IsProblem(422, "validation");
            Assert.Equal("is required.", answer.Json["errors"]![path]![0]!.GetValue<string>());
        }
    }

    [Theory]
    [MemberData(nameof(Texts))]
    public async Task A_text_that_is_no_such_thing_is_invalid_and_named(string command, string path)
    {
        var one = CommandCases.All[command];
        var field = one.Fields.Single(field => field.Path == path);
        List<string> wrong = field.Kind switch
        {
            FieldKind.Id => ["", " ", "Upper", "a b", "ä", "a/b", new string('a', 65), "a\n"],
            FieldKind.Sku => ["", " ", "lower", "A B", "A_B", new string('A', 65), "A\n"],
            FieldKind.Email => ["", "ann", "ann@", "@example.com", "ann@example", "a b@example.com", $"{new string('a', 250)}@example.com"],
            FieldKind.Level => ["", "Gold", "GOLD", "diamond", "2"],
            FieldKind.Currency => ["", "eur", "EURO", "XXX", "€"],
            FieldKind.Time => ["", "tomorrow", "2020-01-31T12:00:00Z", "2100-02-30", "2100-01-31 12:00", "1/31/2100"],
            _ => [new string('x', field.MaxLength + 1), "a\u0000b", "a\nb"],
        };
        if (field is { Kind: FieldKind.Text, IsRequired: true })
        {
            wrong.AddRange(["", "   "]);
        }

        foreach (var value in wrong)
        {
            AssertError((await SendAsync(one, one.Path, one.With(path, value))).IsProblem(422, "validation"), path);
        }
    }

    [Theory]
    [MemberData(nameof(Numbers))]
    public async Task A_number_that_is_negative_zero_or_huge_is_invalid_and_named(string command, string path)
    {
        var one = CommandCases.All[command];
        string[] common =
            [
                "-1", "0", "-0", "99999999999", "9223372036854775807", "9223372036854775808", "-99999999999999999999999999999999999999999",
                new('9', 400),
            ];
        string[] amounts =
            [
                "0.00001", "0.0001", "1.005", "1.23456", "1000000000.01", "1e30", "1e400", "-1e400",

                // A decimal rounds these to amounts that are fine.
                "1.99999999999999999999999999999999", "199.999999999999999999999999999999999e-2", "1.00000000000000000000000000000001",
            ];
        var kind = one.Fields.Single(field => field.Path == path).Kind;
        foreach (var value in common.Except(kind == FieldKind.Hours ? ["0", "-0"] : []).Concat(kind == FieldKind.Amount ? amounts : []))
        {
            var body = one.With(path, "@").Replace("\"@\"", value, StringComparison.Ordinal);
            AssertError((await SendAsync(one, one.Path, body)).IsProblem(422, "validation"), path);
        }

        string[] malformed = kind == FieldKind.Amount ? ["NaN", "Infinity", "0x1", "01", "1."] : ["1.5", "1e3", "2.0", "NaN", "01"];
        foreach (var value in malformed)
        {
            var body = one.With(path, "@").Replace("\"@\"", value, StringComparison.Ordinal);
            (await SendAsync(one, one.Path, body)).IsProblem(400, "malformed-request");
        }
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("[null]")]
    [InlineData("[{\"sku\":\"A\",\"quantity\":1,\"unitPrice\":1},{\"sku\":\"A\",\"quantity\":1,\"unitPrice\":1}]")]
    public async Task Lines_are_at_least_one_and_name_each_SKU_once(string lines)
    {
        var one = CommandCases.All["place order"];
        AssertError((await SendAsync(one, one.Path, one.With("lines", JsonNode.Parse(lines)))).IsProblem(422, "validation"), "lines");
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("[null]")]
    [InlineData("[\"orders:eat\"]")]
    [InlineData("[\"own\"]")]
    [InlineData("[\"orders:read\",\"orders:read\"]")]
    public async Task Scopes_of_a_key_are_known_ones_each_once(string scopes)
    {
        var one = CommandCases.All["issue API key"];
        AssertError((await SendAsync(one, one.Path, one.With("scopes", JsonNode.Parse(scopes)))).IsProblem(422, "validation"), "scopes");
    }

    [Fact]
    public async Task Too_many_lines_are_one_error()
    {
        var one = CommandCases.All["place order"];
        var lines = new JsonArray([.. Enumerable.Range(0, 20_000).Select(_ => new JsonObject())]);
        var answer = (await SendAsync(one, one.Path, one.With("lines", lines))).IsProblem(422, "validation");
        Assert.Equal("lines", Assert.Single(answer.Json["errors"]!.AsObject()).Key);
    }

    [Theory]
    [MemberData(nameof(Commands))]
    public async Task What_is_not_JSON_is_an_unsupported_media_type(string command)
    {
        var one = CommandCases.All[command];
        foreach (var type in new[]
        {
            "text/plain", "application/xml", "application/x-www-form-urlencoded", "application/json; charset=utf-16", "text/json",
            "nonsense", null,
        })
        {
            using var content = new ByteArrayContent(Encoding.UTF8.GetBytes(one.Body));
            if (type is not null)
            {
                Assert.True(content.Headers.TryAddWithoutValidation("Content-Type", type));
            }

            (await Api.SendAsync(one.Method, one.Path, content)).IsProblem(415, "unsupported-media-type");
        }
    }

    [Theory]
    [MemberData(nameof(Commands))]
    public async Task A_body_over_1_MiB_is_too_large(string command)
    {
        var one = CommandCases.All[command];
        (await SendAsync(one, one.Path, one.Body + s_tooMuch)).IsProblem(413, "body-too-large");

        using var streamed = new StreamContent(new UnknownLength(Encoding.UTF8.GetBytes(one.Body + s_tooMuch)));
        streamed.Headers.ContentType = new("application/json");
        (await Api.SendAsync(one.Method, one.Path, streamed)).IsProblem(413, "body-too-large");
    }

    [Theory]
    [MemberData(nameof(Commands))]
    public async Task An_encoded_body_is_refused_with_the_coding_that_is_understood(string command)
    {
        var one = CommandCases.All[command];
        foreach (var coding in new[] { "gzip", "BR", "identity, gzip", "nonsense" })
        {
            var answer = (await SendEncodedAsync(one, coding, one.Body)).IsProblem(415, "unsupported-content-encoding");
            Assert.Equal("identity", answer.Headers["Accept-Encoding"]);
        }

        // What is not encoded is read.
        foreach (var coding in new[] { "identity", "Identity, identity" })
        {
            (await SendEncodedAsync(one, coding, "{")).IsProblem(400, "malformed-request");
        }
    }

    [Theory]
    [InlineData("{\"@\":1}", "x")]
    [InlineData("{\"lines\":[{\"@\":1}]}", "x")]
    [InlineData("{\"@\":1}", "x.")]
    [InlineData("{\"@\":1}", "🍵")]
    [InlineData("{\"shippingAddress\":{\"@\":{}}}", "ä")]
    public async Task A_long_field_name_is_not_repeated_in_full(string body, string part)
    {
        var name = string.Concat(Enumerable.Repeat(part, 1_000_000 / Encoding.UTF8.GetByteCount(part)));
        var answer = await SendAsync(CommandCases.All["place order"], "/v1/orders", body.Replace("@", name, StringComparison.Ordinal));

        AssertShort(answer.IsProblem(400, "malformed-request"));
    }

    [Theory]
    [InlineData("x")]
    [InlineData("xx%C3%A4")]
    [InlineData("x%C3%A4")]
    [InlineData("%C3%A4")]
    public async Task A_long_address_is_not_repeated_in_full(string part)
    {
        var path = $"/v1/{string.Concat(Enumerable.Repeat(part, 4_000 / part.Length))}";
        var answer = (await Api.GetAsync(path)).IsProblem(404, "not-found");

        AssertShort(answer);
        var instance = answer.Json["instance"]!.GetValue<string>();
        Assert.True(Uri.IsWellFormedUriString(instance, UriKind.Relative), instance);
        Assert.StartsWith(instance, path, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Long_values_of_headers_and_parameters_are_not_repeated_in_full()
    {
        var text = new string('x', 2_000);
        AssertShort((await Api.GetAsync($"/v1/orders?status={text}&sort={text}&q={text}")).IsProblem(400, "malformed-parameter"));
        AssertShort((await Api.GetAsync("/v1/orders", ("Min-Log-Position", text))).IsProblem(400, "malformed-header"));
        AssertShort((await Api.GetAsync("/v1/orders", ("Prefer", $"wait={text}"))).IsProblem(400, "malformed-header"));
        AssertShort((await Api.PostAsync("/v1/orders", "{}", ("If-Match", text))).IsProblem(400, "malformed-header"));
        AssertShort((await Api.PostAsync("/v1/orders", "{}", ("Idempotency-Key", text))).IsProblem(400, "malformed-header"));
    }

    [Fact]
    public async Task At_most_a_hundred_errors_are_listed()
    {
        var one = CommandCases.All["place order"];
        var lines = new JsonArray([.. Enumerable.Range(0, Rules.MaxLines).Select(_ => new JsonObject())]);
        var answer = (await SendAsync(one, one.Path, one.With("lines", lines))).IsProblem(422, "validation");

        Assert.Equal(100, answer.Json["errors"]!.AsObject().Count);
        Assert.EndsWith("The first 100 errors are listed.", answer.Json["detail"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(CommandsToSomething))]
    public async Task What_is_not_there_is_not_found(string command)
    {
        var one = CommandCases.All[command];
        (await SendAsync(one, one.Unknown!, one.Body)).IsProblem(404, "not-found");
        (await SendAsync(one, one.Unknown!, one.Body, ("If-Match", "\"0\""))).IsProblem(404, "not-found");
        foreach (var id in new[] { "bad%20id", "B%C3%A4d", "a.b", new string('a', 65), "a%2Fb" })
        {
            var path = one.Path.Split('/');
            path[3] = id;
            (await SendAsync(one, string.Join('/', path), one.Body)).IsProblem(404, "not-found");
        }
    }

    [Theory]
    [MemberData(nameof(CommandsWithState))]
    public async Task A_step_that_the_state_does_not_allow_names_both(string command)
    {
        var one = CommandCases.All[command];
        var answer = (await SendAsync(one, one.WrongState!, one.Body)).IsProblem(409, "invalid-transition");
        Assert.NotEmpty(answer.Json["state"]!.GetValue<string>());
        Assert.NotEmpty(answer.Json["step"]!.GetValue<string>());
    }

    [Theory]
    [MemberData(nameof(CommandsWithState))]
    public async Task A_stale_revision_is_answered_with_the_current_one(string command)
    {
        var one = CommandCases.All[command];
        Assert.Matches(
            "^\"[0-9]+\"$", (await SendAsync(one, one.Path, one.Body, ("If-Match", "\"77\""))).IsProblem(412, "stale-revision").ETag);
    }

    [Theory]
    [MemberData(nameof(Commands))]
    public async Task Malformed_headers_are_refused(string command)
    {
        var one = CommandCases.All[command];
        AssertError((await SendAsync(one, one.Path, one.Body, ("If-Match", "3"))).IsProblem(400, "malformed-header"), "If-Match");
        AssertError(
            (await SendAsync(one, one.Path, one.Body, ("Idempotency-Key", new string('k', 256)))).IsProblem(400, "malformed-header"),
            "Idempotency-Key");
    }

    [Fact]
    public async Task What_exists_is_not_made_again()
    {
        (await Api.PostAsync("/v1/customers", Bodies.Customer("bad-customer"))).IsProblem(409, "already-exists");
        (await Api.PostAsync("/v1/customers", Bodies.Customer("bad-forgotten"))).IsProblem(409, "already-exists");
        (await Api.PostAsync("/v1/products", Bodies.Product("BAD-1"))).IsProblem(409, "already-exists");
        (await Api.PostAsync("/v1/orders", Bodies.Order("bad-placed"))).IsProblem(409, "already-exists");
        (await Api.PostAsync("/v1/orders/bad-placed/payments", Bodies.Payment("bad-payment"))).IsProblem(409, "already-exists");
        (await Api.PostAsync("/v1/api-keys", Bodies.ApiKey("bad-key"))).IsProblem(409, "already-exists");
        (await Api.PostAsync("/v1/api-keys", Bodies.ApiKey("bad-revoked"))).IsProblem(409, "already-exists");
    }

    [Fact]
    public async Task Refused_requests_under_a_key_are_refused_again()
    {
        var key = ("Idempotency-Key", "refused");
        (await Api.PostAsync("/v1/orders/bad-placed/delivery", null, key)).IsProblem(409, "invalid-transition");
        (await Api.PostAsync("/v1/orders/bad-placed/delivery", null, key)).IsProblem(409, "invalid-transition");
    }

    /// <summary>No text is longer than 200 characters.</summary>
    private static void AssertShort(Answer answer)
    {
        var texts = answer.Json.AsObject().Select(member => member.Value).OfType<JsonValue>()
            .Where(value => value.GetValueKind() == JsonValueKind.String).Select(value => value.GetValue<string>());
        var errors = answer.Json["errors"]?.AsObject() ?? [];
        var messages = errors.SelectMany(error => error.Value!.AsArray().Select(message => message!.GetValue<string>()).Append(error.Key));
        Assert.All(texts.Concat(messages), text => Assert.InRange(text.Length, 0, 200));
    }

    private async Task<Answer> SendEncodedAsync(CommandCase command, string coding, string body)
    {
        using var content = new StringContent(body, null, "application/json");
        Assert.True(content.Headers.TryAddWithoutValidation("Content-Encoding", coding));
        return await Api.SendAsync(command.Method, command.Path, content);
    }

    private static void AssertError(Answer answer, string? path)
    {
        if (path is not null)
        {
            Assert.True(answer.Json["errors"]?[path] is not null, $"No error for {path}: {answer.Body}");
        }
    }

    private static TheoryData<string, string> FieldsWhere(Func<Field, bool> condition)
    {
        var data = new TheoryData<string, string>();
        foreach (var (name, command) in CommandCases.All)
        {
            foreach (var field in command.Fields.Where(condition))
            {
                data.Add(name, field.Path);
            }
        }

        return data;
    }

    private Task<Answer> SendAsync(CommandCase command, string path, string body, params (string Name, string Value)[] headers)
        => Api.SendAsync(command.Method, path, new StringContent(body, null, "application/json"), headers);

    /// <summary>A body whose length the client does not say.</summary>
    private sealed class UnknownLength(byte[] bytes) : MemoryStream(bytes)
    {
        public override bool CanSeek => false;
    }
}
