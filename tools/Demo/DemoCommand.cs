using System.CommandLine;
using System.Net.Http.Headers;
using System.Text.Json;

namespace Orderly.Demo;

/// <summary>The command line of the demo.</summary>
internal static class DemoCommand
{
    private const string DefaultRun = "1";

    /// <summary>Ends of an order that are the service's fault, not the order's.</summary>
    private static readonly string[] s_bad =
        ["not placed", "not validated", "not paid", "not shipped", "not delivered", "not cancelled", "unreadable", "broken off"];

    public static RootCommand Create()
    {
        var url = Create("--url", "URL", "The API.", "http://localhost:5080");
        var rate = Create("--rate", "N", "Orders a second.", 20.0);
        var seed = Create("--seed", "N", "The same seed makes the same customers, products, orders and decisions.", 1);
        var run = Create("--run", "NAME", "A name, for another demo with the same seed.", DefaultRun);
        var customers = Create("--customers", "N", "Customers at first; more join in time.", 300);
        var products = Create("--products", "N", "Products.", 200);
        var orders = Create<int?>("--orders", "N", "How many orders. Without this and --duration: until Ctrl-C.", null);
        var duration = Create<TimeSpan?>("--duration", "TIME", "For how long orders are placed, as HH:MM:SS.", null);
        var patience = Create(
            "--patience",
            "TIME",
            "For how long an answer, an order's validation or its payment is waited for, as HH:MM:SS.",
            TimeSpan.FromMinutes(2));
        var key = Create<string?>(
            "--key", "KEY",
            "An API key of a service that asks for one, with scopes for all that a shop does. ORDERLY_KEY in the environment.",
            Environment.GetEnvironmentVariable("ORDERLY_KEY"));
        var json = new Option<bool>("--json") { Description = "Print the result as JSON." };
        var command = new RootCommand(
            "Play a shop: register customers, add products and stock, place orders, and pay, ship, deliver and cancel them, over HTTP. "
            + "Some orders are wrong on purpose. Run again with the same values, the demo repeats the same commands under the same "
            + "idempotency keys and changes nothing; broken off, it is carried on. "
            + $"The exit code is {ExitCode.NeedsAttention} when the service did not do with an order what it should.")
        {
            url, rate, seed, run, customers, products, orders, duration, patience, key, json,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var settings = new DemoSettings(
                parsed.GetValue(seed), parsed.GetValue(run) ?? DefaultRun, parsed.GetValue(customers), parsed.GetValue(products));
            var pace = new DemoPace(parsed.GetValue(rate), parsed.GetValue(orders), parsed.GetValue(duration), parsed.GetValue(patience));
            if (FaultOf(parsed.GetValue(url), settings, pace) is { } fault)
            {
                return Terminal.Fail(ExitCode.Usage, fault);
            }

            var show = DemoScreen.Write;
            if (parsed.GetValue(json))
            {
                show = report => Console.WriteLine(JsonSerializer.Serialize(report, DemoJson.Default.DemoReport));
            }

            return await PlayAsync(new Uri(parsed.GetValue(url)!), parsed.GetValue(key), settings, pace, show, cancellationToken);
        });
        return command;
    }

    /// <summary>Plays until the end or Ctrl-C, and shows what was done in both cases.</summary>
    /// <exception cref="DemoGaveUpException">There was no answer that counts; what was done is shown all the same.</exception>
    private static async Task<int> PlayAsync(
        Uri address, string? key, DemoSettings settings, DemoPace pace, Action<DemoReport> show, CancellationToken cancellationToken)
    {
        var figures = new DemoFigures();
        var plan = new DemoPlan(settings);
        using var http = new HttpClient { BaseAddress = address, Timeout = TimeSpan.FromSeconds(60) };
        http.DefaultRequestHeaders.Authorization = key is null ? null : new AuthenticationHeaderValue("Bearer", key);
        using var run = new DemoRun(plan, new DemoClient(http, figures, pace.Patience), figures, pace);
        try
        {
            await DemoScreen.FollowAsync(run, figures, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            return ExitCode.Cancelled;
        }
        finally
        {
            show(figures.Report(plan.Prefix, run.Elapsed, run.Placing));
        }

        return figures.HasProblems || s_bad.Any(outcome => figures.Ended(outcome) > 0) ? ExitCode.NeedsAttention : ExitCode.Success;
    }

    private static Option<T> Create<T>(string name, string helpName, string description, T value)
    {
        var option = new Option<T>(name) { Description = description, HelpName = helpName };
        if (value is not null)
        {
            option.DefaultValueFactory = _ => value;
        }

        return option;
    }

    /// <summary>Which option can't be what it is; null when all can.</summary>
    private static string? FaultOf(string? url, DemoSettings settings, DemoPace pace)
        => !IsAddress(url) ? $"'{url}' is not the address of an API, such as 'http://localhost:5080'."
            : pace.Rate is not (>= 0.01 and <= 100_000) ? "--rate must be 0.01 to 100000."
            : settings.Customers is < 1 or > 1_000_000 ? "--customers must be 1 to 1000000."
            : settings.Products is < 4 or > 9_999 ? "--products must be 4 to 9999."
            : pace.Orders < 1 ? "--orders must be at least 1."
            : pace.Duration <= TimeSpan.Zero ? "--duration must be more than zero."
            : pace.Patience <= TimeSpan.Zero || pace.Patience > TimeSpan.FromDays(1)
                ? "--patience must be more than zero and at most a day."
            : null;

    private static bool IsAddress(string? url)
        => Uri.TryCreate(url, UriKind.Absolute, out var uri) && (uri.Scheme == Uri.UriSchemeHttp || uri.Scheme == Uri.UriSchemeHttps);
}
