using System.Globalization;
using Spectre.Console;

namespace Orderly.Demo;

/// <summary>What a demo shows: a line that changes while it runs, and tables at its end.</summary>
internal static class DemoScreen
{
    private static readonly TimeSpan s_refresh = TimeSpan.FromMilliseconds(500);

    /// <summary>Runs the demo, with a line that changes on a terminal and nothing elsewhere.</summary>
    public static Task FollowAsync(DemoRun run, DemoFigures figures, CancellationToken cancellationToken)
        => Terminal.Error.Profile.Capabilities.Interactive
            ? Terminal.Error.Status().StartAsync("Opens the shop", context => FollowAsync(run, figures, context, cancellationToken))
            : run.RunAsync(_ => { }, cancellationToken);

    public static void Write(DemoReport report)
    {
        Terminal.Output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{report.Prefix}: {report.Seconds:N1} s, {report.OrdersPerSecond:N1} orders a second; "
            + $"validated after {Times(report.Validation)}."));
        Terminal.Output.Write(OutcomesOf(report));
        Terminal.Output.Write(RequestsOf(report));
        foreach (var (title, counts) in new[] { ("sent again", report.Retries), ("unexpected", report.Problems) })
        {
            foreach (var (what, count) in counts)
            {
                Terminal.Output.WriteLine($"{title}, {Number(count)} times: {what}");
            }
        }
    }

    private static async Task FollowAsync(DemoRun run, DemoFigures figures, StatusContext screen, CancellationToken cancellationToken)
    {
        var running = run.RunAsync(line => screen.Status(Markup.Escape(line)), cancellationToken);
        while (await Task.WhenAny(running, Task.Delay(s_refresh, CancellationToken.None)) != running)
        {
            if (figures.Placed > 0)
            {
                screen.Status(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{figures.Placed:N0} orders placed, {figures.Ended("rejected"):N0} rejected, "
                    + $"{figures.Ended("cancelled"):N0} cancelled, {figures.Ended("delivered"):N0} delivered; "
                    + $"{run.Following:N0} under way"));
            }
        }

        await running;
    }

    private static Table OutcomesOf(DemoReport report)
    {
        var table = new Table().AddColumns("orders", "became", "count");
        foreach (var flaw in report.Outcomes)
        {
            foreach (var (outcome, count) in flaw.Orders)
            {
                table.AddRow(Name(flaw.Flaw), outcome, Number(count));
            }
        }

        return table;
    }

    private static Table RequestsOf(DemoReport report)
    {
        var table = new Table().AddColumns("requests", "accepted", "refused", "p50 ms", "p95 ms", "p99 ms", "max ms");
        foreach (var (kind, accepted, refused, times) in report.Requests)
        {
            table.AddRow(kind, Number(accepted), Number(refused), Time(times.P50), Time(times.P95), Time(times.P99), Time(times.Max));
        }

        return table;
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
