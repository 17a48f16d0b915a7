using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Orderly.Subscriptions;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Orderly.Worker.Commands;

/// <summary><c>replay</c>: builds views anew from the start of the log.</summary>
internal static class ReplayCommand
{
    public static Command Create(string[] settings)
    {
        var names = new Argument<string[]>("name")
        {
            Description = "The views to rebuild, one after the other.",
            HelpName = "NAME",
            Arity = ArgumentArity.OneOrMore,
        };
        var json = new Option<bool>("--json") { Description = "Print the result as JSON." };
        var command = new Command(
            "replay",
            "Build views anew from the start of the log. Meanwhile they are read and kept as before; each is swapped in one instant when it has caught up.")
        {
            names, json,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var host = WorkerHost.BuildForTool(settings);
            List<ReplayReport> reports = [];
            foreach (var worker in host.Services.GetServices<IProjectionWorker>().Select(parsed.GetRequiredValue(names)))
            {
                reports.Add(await ReplayAsync(worker, cancellationToken));
            }

            if (parsed.GetValue(json))
            {
                await parsed.InvocationConfiguration.Output.WriteLineAsync(JsonSerializer.Serialize(reports, WorkerJson.Default.IReadOnlyListReplayReport));
            }

            return ExitCode.Success;
        });
        return command;
    }

    private static async Task<ReplayReport> ReplayAsync(IProjectionWorker worker, CancellationToken cancellationToken)
    {
        // Progress goes to the error stream, so that the output is the result alone.
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
        var watch = Stopwatch.StartNew();
        var last = new RebuildProgress(0, 0, 0);
        try
        {
            var generation = await console.Progress()
                .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RateColumn(), new RemainingTimeColumn())
                .StartAsync(async context =>
                {
                    var task = context.AddTask(worker.View.Name, maxValue: double.MaxValue);
                    return await worker.RebuildAsync(new Report(progress => Show(task, last = progress, watch.Elapsed)), cancellationToken);
                });
            var seconds = watch.Elapsed.TotalSeconds;
            var report = new ReplayReport(worker.View.Name, generation.Number, generation.Position, last.Events, seconds, last.Events / seconds);
            console.MarkupLineInterpolated(
                CultureInfo.InvariantCulture,
                $"{report.Name}: {report.Events:N0} events in {seconds:N1} s ({report.EventsPerSecond:N0} events/s), live as generation {report.Generation} at position {report.Position}.");
            return report;
        }
        catch (Exception e) when (e is UnappliableEventException or InvalidOperationException)
        {
            throw new CommandFailedException(ExitCode.Failed, $"{worker.View.Name} was not rebuilt and is as it was: {e.Message}");
        }
    }

    private static void Show(ProgressTask task, RebuildProgress progress, TimeSpan elapsed)
    {
        task.MaxValue = Math.Max(progress.Head, 1);
        task.Value = progress.Position;
        task.State.Update<double>(RateColumn.Key, _ => progress.Events / elapsed.TotalSeconds);
    }

    /// <summary>Reports at once and in order, where <see cref="Progress{T}"/> would post to the thread pool.</summary>
    private sealed class Report(Action<RebuildProgress> show) : IProgress<RebuildProgress>
    {
        void IProgress<RebuildProgress>.Report(RebuildProgress value) => show(value);
    }

    private sealed class RateColumn : ProgressColumn
    {
        public const string Key = "rate";

        public override IRenderable Render(RenderOptions options, ProgressTask task, TimeSpan deltaTime)
            => new Text(string.Create(CultureInfo.InvariantCulture, $"{task.State.Get<double>(Key):N0} events/s"));
    }
}
