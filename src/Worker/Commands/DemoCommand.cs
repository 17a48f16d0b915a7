using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Orderly.Worker.Demo;
using Spectre.Console;

namespace Orderly.Worker.Commands;

/// <summary><c>demo</c>: sample traffic over the HTTP interface.</summary>
internal static class DemoCommand
{
    private const string DefaultRun = "1";

    /// <summary>What is wrong with the service, and not with an order.</summary>
    private static readonly string[] s_bad = ["not placed", "not validated", "not paid", "not shipped", "not delivered", "not cancelled", "unreadable", "broken off"];

    public static Command Create()
    {
        var url = new Option<string>("--url") { Description = "The API.", HelpName = "URL", DefaultValueFactory = _ => "http://localhost:5080" };
        var rate = new Option<double>("--rate") { Description = "Orders a second.", HelpName = "N", DefaultValueFactory = _ => 20 };
        var seed = new Option<int>("--seed") { Description = "The same seed makes the same customers, products, orders and decisions.", HelpName = "N", DefaultValueFactory = _ => 1 };
        var run = new Option<string>("--run") { Description = "A name, for another demo with the same seed.", HelpName = "NAME", DefaultValueFactory = _ => DefaultRun };
        var customers = new Option<int>("--customers") { Description = "Customers at first; more join in time.", HelpName = "N", DefaultValueFactory = _ => 300 };
        var products = new Option<int>("--products") { Description = "Products.", HelpName = "N", DefaultValueFactory = _ => 200 };
        var orders = new Option<int?>("--orders") { Description = "How many orders. Without this and --duration: until Ctrl-C.", HelpName = "N" };
        var duration = new Option<TimeSpan?>("--duration") { Description = "For how long orders are placed, as HH:MM:SS.", HelpName = "TIME" };
        var patience = new Option<TimeSpan>("--patience")
        {
            Description = "For how long an answer, an order's validation or its payment is waited for, as HH:MM:SS.",
            HelpName = "TIME",
            DefaultValueFactory = _ => TimeSpan.FromMinutes(2),
        };
        var json = Arguments.Json();
        var command = new Command(
            "demo",
            "Play a shop: register customers, add products and stock, place orders, and pay, ship, deliver and cancel them, over the HTTP interface. Some orders are wrong on purpose. "
            + "Run again with the same values, it repeats the same commands under the same idempotency keys and changes nothing; broken off, it is carried on. "
            + $"The exit code is {ExitCode.NeedsAttention} when the service did not do with an order what it should.")
        {
            url, rate, seed, run, customers, products, orders, duration, patience, json,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var address = Uri.TryCreate(parsed.GetValue(url), UriKind.Absolute, out var uri) && (uri.Scheme == Uri.UriSchemeHttp || uri.Scheme == Uri.UriSchemeHttps)
                ? uri
                : throw new CommandFailedException(ExitCode.Usage, $"'{parsed.GetValue(url)}' is not the address of an API, such as 'http://localhost:5080'.");
            Check(parsed.GetValue(rate) is >= 0.01 and <= 100_000, "--rate must be 0.01 to 100000.");
            Check(parsed.GetValue(customers) is >= 1 and <= 1_000_000, "--customers must be 1 to 1000000.");
            Check(parsed.GetValue(products) is >= 4 and <= 9_999, "--products must be 4 to 9999.");
            Check(parsed.GetValue(orders) is null or >= 1, "--orders must be at least 1.");
            Check(parsed.GetValue(duration) is null || parsed.GetValue(duration) > TimeSpan.Zero, "--duration must be more than zero.");
            Check(parsed.GetValue(patience) > TimeSpan.Zero && parsed.GetValue(patience) <= TimeSpan.FromDays(1), "--patience must be more than zero and at most a day.");

            var plan = new DemoPlan(new DemoSettings(parsed.GetValue(seed), parsed.GetValue(run) ?? DefaultRun, parsed.GetValue(customers), parsed.GetValue(products)));
            var pace = new DemoPace(parsed.GetValue(rate), parsed.GetValue(orders), parsed.GetValue(duration), parsed.GetValue(patience));
            var figures = new DemoFigures();
            using var http = new HttpClient { BaseAddress = address, Timeout = TimeSpan.FromSeconds(60) };
            using var shop = new DemoRun(plan, new DemoClient(http, figures, pace.Patience), figures, pace);
            var (error, elapsed, placing) = await PlayAsync(shop, figures, cancellationToken);

            var report = figures.Report(plan.Prefix, elapsed, placing);
            if (parsed.GetValue(json))
            {
                await parsed.WriteJsonAsync(report, WorkerJson.Default.DemoReport);
            }
            else
            {
                Write(report);
            }

            if (error is DemoGaveUpException)
            {
                throw new CommandFailedException(ExitCode.Failed, error.Message);
            }

            return error is not null ? ExitCode.Cancelled : figures.HasProblems || s_bad.Any(outcome => figures.Ended(outcome) > 0) ? ExitCode.NeedsAttention : ExitCode.Success;
        });
        return command;
    }

    /// <summary>Plays until the end or Ctrl-C; both have a summary.</summary>
    private static async Task<(Exception? Error, TimeSpan Elapsed, TimeSpan Placing)> PlayAsync(DemoRun shop, DemoFigures figures, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        var (placing, placed) = (TimeSpan.Zero, 0L);
        try
        {
            await ShowAsync(async tell =>
            {
                await shop.OpenAsync(tell, cancellationToken);
                placed = Stopwatch.GetTimestamp();
                var playing = shop.PlaceAsync(cancellationToken);
                while (await Task.WhenAny(playing, Task.Delay(500, CancellationToken.None)) != playing)
                {
                    tell(string.Create(
                        CultureInfo.InvariantCulture,
                        $"{figures.Placed:N0} orders placed, {figures.Ended("rejected"):N0} rejected, {figures.Ended("cancelled"):N0} cancelled, {figures.Ended("delivered"):N0} delivered; {shop.Following:N0} under way"));
                }

                placing = await playing;
            });
            return (null, Stopwatch.GetElapsedTime(started), placing);
        }
        catch (Exception e) when (e is OperationCanceledException or DemoGaveUpException)
        {
            return (e, Stopwatch.GetElapsedTime(started), placed == 0 ? TimeSpan.Zero : Stopwatch.GetElapsedTime(placed));
        }
    }

    /// <summary>A line that changes, on a terminal; nothing elsewhere.</summary>
    private static Task ShowAsync(Func<Action<string>, Task> play)
        => Terminal.Error.Profile.Capabilities.Interactive
            ? Terminal.Error.Status().StartAsync("Opens the shop", context => play(line => context.Status(Markup.Escape(line))))
            : play(_ => { });

    private static void Write(DemoReport report)
    {
        Terminal.Output.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"{report.Prefix}: {report.Seconds:N1} s, {report.OrdersPerSecond:N1} orders a second; validated after {Times(report.Validation)}."));
        var outcomes = new Table().AddColumns("orders", "became", "count");
        foreach (var flaw in report.Outcomes)
        {
            foreach (var (outcome, count) in flaw.Orders)
            {
                outcomes.AddRow(Name(flaw.Flaw), outcome, Number(count));
            }
        }

        var requests = new Table().AddColumns("requests", "accepted", "refused", "p50 ms", "p95 ms", "p99 ms", "max ms");
        foreach (var one in report.Requests)
        {
            requests.AddRow(
                one.Kind, Number(one.Accepted), Number(one.Refused), Time(one.Milliseconds.P50), Time(one.Milliseconds.P95), Time(one.Milliseconds.P99), Time(one.Milliseconds.Max));
        }

        Terminal.Output.Write(outcomes);
        Terminal.Output.Write(requests);
        foreach (var (title, counts) in new[] { ("sent again", report.Retries), ("unexpected", report.Problems) })
        {
            foreach (var (what, count) in counts)
            {
                Terminal.Output.WriteLine($"{title}, {Number(count)} times: {what}");
            }
        }
    }

    private static void Check(bool holds, string error)
    {
        if (!holds)
        {
            throw new CommandFailedException(ExitCode.Usage, error);
        }
    }

    private static string Name(DemoFlaw flaw) => flaw switch
    {
        DemoFlaw.StalePrice => "with an old price",
        DemoFlaw.UnknownSku => "with an unknown product",
        DemoFlaw.MoreThanStock => "for more than there is",
        DemoFlaw.OverLimit => "over the fraud limit",
        _ => "with nothing wrong",
    };

    private static string Times(DemoLatency latency) => $"{Time(latency.P50)} ms (p50), {Time(latency.P99)} ms (p99)";

    private static string Time(double milliseconds) => milliseconds.ToString("N1", CultureInfo.InvariantCulture);

    private static string Number(long value) => value.ToString("N0", CultureInfo.InvariantCulture);
}
