using System.CommandLine;
using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Orderly.Subscriptions;
using Spectre.Console;

namespace Orderly.Worker.Commands;

/// <summary><c>verify</c>: compares views with the log.</summary>
internal static class VerifyCommand
{
    public static Command Create(string[] settings)
    {
        var names = Arguments.Names("The views to verify, one after the other.");
        var json = Arguments.Json();
        var command = new Command(
            "verify",
            "Fold the log afresh and compare every document with what queries read, while that goes on. "
            + $"Prints each difference; the exit code is {ExitCode.NeedsAttention} when there is one.") { names, json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var host = WorkerHost.BuildForTool(settings);
            List<VerifyReport> reports = [];
            foreach (var worker in host.Services.GetServices<IProjectionWorker>().Select(parsed.GetRequiredValue(names)))
            {
                var output = parsed.GetValue(json) ? null : parsed.InvocationConfiguration.Output;
                reports.Add(await VerifyAsync(worker, output, parsed.Messages(), cancellationToken));
            }

            if (parsed.GetValue(json))
            {
                await parsed.WriteJsonAsync(reports, WorkerJson.Default.IReadOnlyListVerifyReport);
            }

            return reports.Exists(report => report.Differences.Count + report.LostEvents.Count > 0)
                ? ExitCode.NeedsAttention
                : ExitCode.Success;
        });
        return command;
    }

    /// <param name="output">Where each difference is written as soon as it is found; null: nowhere.</param>
    private static async Task<VerifyReport> VerifyAsync(
        IProjectionWorker worker, TextWriter? output, IAnsiConsole messages, CancellationToken cancellationToken)
    {
        List<ViewDifference> differences = [];
        try
        {
            var result = await FoldDisplay.ShowAsync(
                messages, worker.View.Name, progress => worker.VerifyAsync(OnDifference, progress, cancellationToken));
            var (documents, position) = (result.Documents, result.Position);
            messages.MarkupLineInterpolated(
                CultureInfo.InvariantCulture,
                $"{result.View}: {documents:N0} documents compared up to position {position}, {result.Differences:N0} differ.");
            List<LostEvent> lost = [.. result.LostEvents.Select(one => new LostEvent(
                one.Position.ToString(CultureInfo.InvariantCulture), one.Stream, one.Revision, one.Detail))];
            foreach (var one in lost)
            {
                output?.WriteLine(string.Create(
                    CultureInfo.InvariantCulture,
                    $"log, position {one.Position} ('{one.Stream}', revision {one.Revision}): {one.Reason} The view holds the event: "
                    + $"here the log is wrong, and differences may come from that."));
            }

            return new VerifyReport(
                result.View, result.Position.ToString(CultureInfo.InvariantCulture), result.Documents, differences, lost);
        }
        catch (Exception e) when (e is InvalidOperationException or ParkingLotFullException)
        {
            throw new CommandFailedException(ExitCode.Failed, e.Message);
        }

        void OnDifference(ViewDifference difference)
        {
            if (output is null)
            {
                differences.Add(difference);
                return;
            }

            // Only that there are some has to be remembered.
            differences = [difference];
            output.WriteLine($"{worker.View.Name} {difference.Id}: {Describe(difference.Kind)}");
            foreach (var field in difference.Fields)
            {
                output.WriteLine($"  {field.Path}: expected {field.Expected ?? "nothing"}, found {field.Found ?? "nothing"}");
            }
        }
    }

    private static string Describe(DifferenceKind kind) => kind switch
    {
        DifferenceKind.Missing => "missing",
        DifferenceKind.Extra => "should not be there",
        DifferenceKind.Damaged => "damaged in the view's file: its checksum is wrong",
        _ => "changed",
    };
}
