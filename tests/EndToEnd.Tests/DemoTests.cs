using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Orderly.Demo;
using Orderly.Domain.Validation;
using Orderly.Tests;

namespace Orderly.EndToEnd.Tests;

/// <summary>The sample traffic: what is planned, and what a service makes of it.</summary>
public class DemoTests
{
    private const int Many = 20_000;

    private static readonly DemoSettings s_settings = new(Seed: 1, Run: "1", Customers: 50, Products: 40);

    [Fact]
    public void The_same_seed_makes_the_same_demo()
        => Assert.Equal(Text(new DemoPlan(s_settings), 1_000), Text(new DemoPlan(s_settings with { }), 1_000));

    [Fact]
    public void Another_seed_or_run_or_shop_shares_nothing_with_it()
    {
        DemoSettings[] settings =
        [
            s_settings,
            s_settings with { Seed = 2 },
            s_settings with { Run = "2" },
            s_settings with { Customers = 51 },
            s_settings with { Products = 41 },
        ];

        var keys = settings.SelectMany(one => Commands(new DemoPlan(one), 100).Select(command => command.Key)).ToList();

        Assert.Equal(keys.Count, keys.Distinct().Count());
        Assert.Equal(settings.Length, settings.Select(one => new DemoPlan(one).Prefix).Distinct().Count());
    }

    [Fact]
    public void Every_command_is_one_that_the_service_takes()
    {
        var commands = Commands(new DemoPlan(s_settings), 2_000);

        Assert.Equal(commands.Count, commands.Select(command => command.Key).Distinct().Count());
        Assert.All(commands, command =>
        {
            Assert.InRange(command.Key.Length, 1, 255);
            using var body = JsonDocument.Parse(command.Body);
            foreach (var (name, value) in Fields(body.RootElement))
            {
                Assert.True(
                    name switch
                    {
                        "orderId" or "customerId" or "paymentId" => Rules.IsId(value.GetString()),
                        "sku" => Rules.IsSku(value.GetString()),
                        "quantity" => Rules.IsQuantity(value.GetInt64()),
                        "amount" or "unitPrice" => Rules.IsAmount(value.GetDecimal()),
                        "currency" => value.GetString() is "EUR" or "USD",
                        _ => Rules.IsRequiredText(value.GetString(), 100),
                    },
                    $"{command.Path} {name}: {value}");
            }
        });
    }

    [Fact]
    public void Most_orders_are_good_and_each_kind_of_trouble_has_its_share()
    {
        var orders = new DemoPlan(s_settings).Orders().Take(Many).ToList();

        AssertShare(DemoFlaw.None, 0.86, 0.92);
        AssertShare(DemoFlaw.StalePrice, 0.03, 0.05);
        AssertShare(DemoFlaw.UnknownSku, 0.015, 0.025);
        AssertShare(DemoFlaw.MoreThanStock, 0.02, 0.04);
        AssertShare(DemoFlaw.OverLimit, 0.01, 0.03);
        Assert.All(
            Enum.GetValues<DemoFate>(),
            fate => Assert.InRange(Share(order => order.Fate == fate), fate == DemoFate.Delivered ? 0.7 : 0.02, 0.9));
        Assert.InRange(Share(order => order.Payments.Count > 1), 0.1, 0.25);
        Assert.InRange(Share(order => order.Payments.Any(payment => payment.Body.Contains("USD", StringComparison.Ordinal))), 0.02, 0.06);
        Assert.InRange(Share(order => Paid(order) > Total(order)), 0.03, 0.12);
        Assert.All(
            orders.Where(order => order.Payments.Count > 0),
            order => Assert.True(Paid(order) >= Total(order), $"{order.OrderId}: {Paid(order)} of {Total(order)}"));

        void AssertShare(DemoFlaw flaw, double low, double high) => Assert.InRange(Share(order => order.Flaw == flaw), low, high);

        double Share(Func<DemoOrder, bool> which) => (double)orders.Count(which) / Many;
    }

    /// <summary>It is not the name of a file with more words.</summary>
    [Fact]
    public async Task A_value_that_begins_with_an_at_sign_is_that_value()
    {
        var demo = await RunningProgram.RunDemoAsync("--run", "@nobody", "--url", "@nowhere");
        Assert.Equal((2, "'@nowhere' is not the address of an API, such as 'http://localhost:5080'."), (demo.ExitCode, demo.Errors.Trim()));
        var bench = await RunningProgram.RunBenchAsync("@w1");
        Assert.Equal((2, "There is no workload '@w1'."), (bench.ExitCode, bench.Errors.Trim()));
    }

    /// <summary>An order is over the fraud limit when the plan says so, and not otherwise.</summary>
    [Fact]
    public void Customers_who_mean_well_stay_under_the_fraud_limit()
    {
        Dictionary<string, decimal> spent = [];
        foreach (var order in new DemoPlan(s_settings).Orders().Take(Many).Where(order => order.Flaw != DemoFlaw.MoreThanStock))
        {
            using var body = JsonDocument.Parse(order.Place.Body);
            var customer = body.RootElement.GetProperty("customerId").GetString()!;
            spent[customer] = spent.GetValueOrDefault(customer) + Total(order);
            Assert.True(spent[customer] >= 2_000 == (order.Flaw == DemoFlaw.OverLimit), $"{order.OrderId}: {spent[customer]}");
        }
    }

    [Fact]
    public void Stock_is_received_before_it_runs_out()
    {
        var plan = new DemoPlan(s_settings);
        Dictionary<string, long> stock = [];
        foreach (var command in plan.Opening().SelectMany(commands => commands).Where(command => command.Kind == "receive stock"))
        {
            Receive(command);
        }

        foreach (var order in plan.Orders().Take(Many))
        {
            foreach (var command in order.Before.Where(command => command.Kind == "receive stock"))
            {
                Receive(command);
            }

            using var body = JsonDocument.Parse(order.Place.Body);
            foreach (var line in body.RootElement.GetProperty("lines").EnumerateArray())
            {
                var (sku, quantity) = (line.GetProperty("sku").GetString()!, line.GetProperty("quantity").GetInt64());
                if (order.Flaw == DemoFlaw.MoreThanStock && line.Equals(body.RootElement.GetProperty("lines")[0]))
                {
                    Assert.True(quantity > stock[sku]);
                }
                else if (stock.TryGetValue(sku, out var there))
                {
                    Assert.True(quantity <= there, $"{order.OrderId}: {quantity} of {there} {sku}");
                    stock[sku] = there - quantity;
                }
                else
                {
                    Assert.Equal(DemoFlaw.UnknownSku, order.Flaw);
                }
            }
        }

        void Receive(DemoRequest command)
        {
            using var body = JsonDocument.Parse(command.Body);
            var sku = command.Path.Split('/')[3];
            stock[sku] = stock.GetValueOrDefault(sku) + body.RootElement.GetProperty("quantity").GetInt64();
        }
    }

    /// <summary>The whole service does with each order what the plan says, and a second run changes nothing.</summary>
    [Fact]
    public async Task A_demo_is_played_to_its_end_and_repeated_without_a_trace()
    {
        const int Orders = 150;
        string[] arguments =
            ["--rate", "100", "--orders", "150", "--customers", "50", "--products", "40", "--patience", "00:10:00", "--json"];
        await using var data = await Deployment.StartAsync();
        await using var stores = new Stores(data);
        await using var api = await RunningApi.StartAsync(data);

        var first = await RunningProgram.RunDemoAsync(["--url", api.Client.BaseAddress!.ToString(), .. arguments]);
        Assert.True(first.ExitCode == 0, first.Output + first.Errors + api.Story);
        Assert.Equal(Orders, Outcomes(first).Sum(one => one.Count));
        Assert.Empty(first.Json.GetProperty("problems").EnumerateObject());

        // What processes do last, such as releasing stock, comes after the demo has ended; and so do the views.
        var head = await stores.AtRestAsync();
        var planned = new DemoPlan(s_settings).Orders().Take(Orders).ToList();
        foreach (var order in planned.Where(order => order.Flaw is not DemoFlaw.OverLimit && order.Fate != DemoFate.CancelledAtOnce))
        {
            var found = await api.Client.GetFromJsonAsync<JsonElement>($"/v1/orders/{order.OrderId}");
            var status = found.GetProperty("status").GetString();
            Assert.True(status == Expected(order) || IsOfBurst(planned, order), $"{order.OrderId}, {order.Flaw}, {order.Fate}: {status}");
        }

        var second = await RunningProgram.RunDemoAsync(["--url", api.Client.BaseAddress!.ToString(), .. arguments]);
        Assert.True(second.ExitCode == 0, second.Output + second.Errors + api.Story);
        Assert.Equal(Outcomes(first), Outcomes(second));
        Assert.Equal(head, await stores.AtRestAsync());
    }

    /// <summary>Every request is refused at first; each is sent again, under the same key and not too early.</summary>
    [Theory]
    [InlineData(429)]
    [InlineData(503)]
    public async Task What_is_to_be_tried_later_is_tried_later_under_the_same_key(int refusal)
    {
        var tries = new ConcurrentDictionary<string, ConcurrentQueue<long>>();
        await using var service = StubService.Start(request =>
        {
            var attempts = tries.GetOrAdd(request.Headers["Idempotency-Key"] ?? request.RawUrl!, _ => new ConcurrentQueue<long>());
            attempts.Enqueue(Stopwatch.GetTimestamp());
            return attempts.Count == 1 ? (refusal, "{}", ("Retry-After", "1")) : (200, """{"status":"rejected"}""", ("Log-Position", "7"));
        });

        var ended = await RunningProgram.RunDemoAsync(
            "--url", service.Url, "--orders", "3", "--customers", "2", "--products", "4", "--json");

        Assert.True(ended.ExitCode == 0, ended.Output + ended.Errors);
        Assert.NotEmpty(tries);
        Assert.All(tries.Values, times =>
        {
            Assert.Equal(2, times.Count);
            Assert.True(Stopwatch.GetElapsedTime(times.First(), times.Last()) > TimeSpan.FromSeconds(0.9));
        });
        Assert.Equal(tries.Count, ended.Json.GetProperty("retries").EnumerateObject().Sum(one => one.Value.GetInt64()));
    }

    [Fact]
    public async Task A_service_that_never_validates_needs_attention()
    {
        await using var service = StubService.Start(request => request.RawUrl!.Contains("until=validated", StringComparison.Ordinal)
            ? (504, "{}", ("Log-Position", "7"))
            : (200, "{}", ("Log-Position", "7")));

        var ended = await RunningProgram.RunDemoAsync(
            "--url", service.Url, "--orders", "2", "--customers", "2", "--products", "4", "--patience", "00:00:00.2", "--json");

        Assert.Equal(3, ended.ExitCode);
        Assert.Contains(Outcomes(ended), one => one.Became == "not validated");
        Assert.DoesNotContain(Outcomes(ended), one => one.Became is "rejected" or "delivered");
    }

    [Fact]
    public async Task An_answer_that_no_shop_expects_needs_attention()
    {
        await using var service = StubService.Start(_ => (422, """{"type":"/problems/validation"}""", ("X", "y")));

        var ended = await RunningProgram.RunDemoAsync(
            "--url", service.Url, "--orders", "2", "--customers", "2", "--products", "4", "--json");

        Assert.Equal(3, ended.ExitCode);
        Assert.Equal(2, ended.Json.GetProperty("problems").GetProperty("place order: 422 /problems/validation").GetInt64());
    }

    [Fact]
    public async Task Without_end_it_goes_on_until_it_is_stopped_and_then_tells_what_it_did()
    {
        await using var service = StubService.Start(_ => (200, """{"status":"rejected"}""", ("Log-Position", "7")));
        await using var demo = RunningProgram.StartDemo("--url", service.Url, "--customers", "2", "--products", "4", "--json");
        await Wait.UntilAsync(() => service.Requests >= 30);

        await demo.StopAsync();

        Assert.Equal(130, await demo.WaitForExitAsync());
        Assert.NotEmpty(JsonElement.Parse(demo.Output).GetProperty("requests").EnumerateArray());
    }

    [Theory]
    [InlineData(1, "can't be reached", "--url", "http://127.0.0.1:9", "--patience", "00:00:00.1")]
    [InlineData(2, "is not the address", "--url", "localhost:5080")]
    [InlineData(2, "--rate", "--rate", "0")]
    [InlineData(2, "--orders", "--orders", "0")]
    [InlineData(2, "--products", "--products", "3")]
    [InlineData(2, "--customers", "--customers", "0")]
    [InlineData(2, "--duration", "--duration", "00:00:00")]
    [InlineData(2, "--patience", "--patience", "00:00:00")]
    [InlineData(2, "many", "--rate", "many")]
    public async Task What_can_t_work_is_told(int exitCode, string error, params string[] arguments)
    {

        var ended = await RunningProgram.RunDemoAsync(arguments);

        Assert.Equal(exitCode, ended.ExitCode);
        Assert.Contains(error, ended.Errors, StringComparison.Ordinal);
    }

    private static string Expected(DemoOrder order) => order switch
    {
        { Flaw: not DemoFlaw.None } => "rejected",
        { Fate: DemoFate.Delivered } => "delivered",
        { Fate: DemoFate.Shipped } => "shipped",
        { Fate: DemoFate.NeverPaid } => "confirmed",
        _ => "cancelled",
    };

    /// <summary>Which orders of a burst are over the limit is a matter of which arrive last.</summary>
    private static bool IsOfBurst(List<DemoOrder> orders, DemoOrder order)
        => orders.Any(other => other.Flaw == DemoFlaw.OverLimit && CustomerOf(other) == CustomerOf(order));

    private static string CustomerOf(DemoOrder order)
    {
        using var body = JsonDocument.Parse(order.Place.Body);
        return body.RootElement.GetProperty("customerId").GetString()!;
    }

    private static List<(string Flaw, string Became, long Count)> Outcomes(Ended ended)
        => [.. ended.Json.GetProperty("outcomes").EnumerateArray().SelectMany(flaw => flaw.GetProperty("orders").EnumerateObject()
            .Select(one => (flaw.GetProperty("flaw").GetString()!, one.Name, one.Value.GetInt64())))];

    private static List<DemoRequest> Commands(DemoPlan plan, int orders) =>
    [
        .. plan.Opening().SelectMany(commands => commands),
        .. plan.Orders().Take(orders).SelectMany(order => (IEnumerable<DemoRequest>)
            [.. order.Before, order.Place, .. order.Payments, order.Ship, order.Deliver, order.Cancel]),
    ];

    private static string Text(DemoPlan plan, int orders)
        => JsonSerializer.Serialize(plan.Opening()) + JsonSerializer.Serialize(plan.Orders().Take(orders));

    private static IEnumerable<(string Name, JsonElement Value)> Fields(JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.Object => json.EnumerateObject().SelectMany(FieldsOf),
        JsonValueKind.Array => json.EnumerateArray().SelectMany(Fields),
        _ => [],
    };

    private static IEnumerable<(string Name, JsonElement Value)> FieldsOf(JsonProperty field)
        => field.Value.ValueKind is JsonValueKind.Object or JsonValueKind.Array ? Fields(field.Value) : [(field.Name, field.Value)];

    private static decimal Total(DemoOrder order)
    {
        using var body = JsonDocument.Parse(order.Place.Body);
        return body.RootElement.GetProperty("lines").EnumerateArray()
            .Sum(line => line.GetProperty("quantity").GetInt64() * line.GetProperty("unitPrice").GetDecimal());
    }

    /// <summary>In the order's currency.</summary>
    private static decimal Paid(DemoOrder order) => order.Payments.Sum(payment =>
    {
        using var body = JsonDocument.Parse(payment.Body);
        var isInCurrency = body.RootElement.GetProperty("currency").GetString() == "EUR";
        return isInCurrency ? body.RootElement.GetProperty("amount").GetDecimal() : 0;
    });

    /// <summary>A service that answers as a test wants it to.</summary>
    private sealed class StubService : IAsyncDisposable
    {
        private readonly HttpListener _listener = new();
        private readonly Func<HttpListenerRequest, (int Status, string Body, (string Name, string Value) Header)> _answer;
        private readonly Task _running;
        private int _requests;

        private StubService(Func<HttpListenerRequest, (int Status, string Body, (string Name, string Value) Header)> answer)
        {
            _answer = answer;
            Url = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{Deployment.FreePort()}/");
            _listener.Prefixes.Add(Url);
            _listener.Start();
            _running = RunAsync();
        }

        public string Url { get; }

        public int Requests => Volatile.Read(ref _requests);

        public static StubService Start(Func<HttpListenerRequest, (int Status, string Body, (string Name, string Value) Header)> answer)
            => new(answer);

        public async ValueTask DisposeAsync()
        {
            _listener.Close();
            await _running;
        }

        private async Task RunAsync()
        {
            while (true)
            {
                HttpListenerContext context;
                try
                {
                    context = await _listener.GetContextAsync();
                }
                catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
                {
                    return;
                }

                Interlocked.Increment(ref _requests);
                var (status, body, header) = _answer(context.Request);
                context.Response.StatusCode = status;
                context.Response.Headers[header.Name] = header.Value;
                try
                {
                    context.Response.Close(Encoding.UTF8.GetBytes(body), willBlock: false);
                }
                catch (HttpListenerException)
                {
                    // The client did not wait.
                }
            }
        }
    }
}
