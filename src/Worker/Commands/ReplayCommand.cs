using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Orderly.Domain.EventStore;
using Orderly.ReadModels.ViewStore;
using Orderly.Subscriptions;
using Spectre.Console;

namespace Orderly.Worker.Commands;

/// <summary><c>replay</c>: builds views anew from the start of the log.</summary>
internal static class ReplayCommand
{
    public static Command Create(string[] settings)
    {
        var names = Arguments.Names(
            "The views to rebuild. Several are built together, and read the log once.", ArgumentArity.ZeroOrMore);
        var ahead = Arguments.Flag(
            "--ahead",
            "Rebuild the views and processes that are of another log than the one that is there, such as after an older one was restored. "
            + "With names, those of them.");
        var fromScratch = Arguments.Flag(
            "--from-scratch", "Drop what an earlier replay has begun and not finished, instead of carrying on with it.");
        var to = new Option<string?>("--to")
        {
            Description = "Build the view as it was at this position of the log, under the name NAME-at-POSITION, "
                + "and leave what is live alone.",
            HelpName = "POSITION",
        };
        var json = Arguments.Json();
        var command = new Command(
            "replay",
            "Build views anew from the start of the log. Meanwhile they are read and kept as before; each is swapped in one "
            + "instant when it has caught up. Stopped or killed, it is carried on by the next call, or by a worker that runs.")
        { names, ahead, fromScratch, to, json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var host = WorkerHost.BuildForTool(settings);
            var messages = parsed.Messages();
            var named = parsed.GetRequiredValue(names);
            if (named.Length == 0 && !parsed.GetValue(ahead))
            {
                throw new CommandFailedException(ExitCode.Usage, "Say which views, or --ahead for those that are of another log.");
            }

            if (parsed.GetValue(ahead) && parsed.GetValue(to) is not null)
            {
                throw new CommandFailedException(
                    ExitCode.Usage, "--ahead rebuilds what is live, and --to leaves that alone: say one of them.");
            }

            var workers = host.Services.GetServices<IProjectionWorker>().Select(named);
            var services = host.Services.GetRequiredService<SubscriptionServices>();
            if (parsed.GetValue(ahead))
            {
                workers = await new Rebuild(workers, services).FindAheadAsync(cancellationToken);
                if (workers.Count == 0)
                {
                    messages.WriteLine("All views are of this log: there is nothing to do.");
                }
            }

            try
            {
                var reports = parsed.GetValue(to) is { } position
                    ? await BuildAsOfAsync(workers, Arguments.ParsePosition(position), services, messages, cancellationToken)
                    : workers.Count == 0 ? []
                    : await RebuildAsync(workers, parsed.GetValue(fromScratch), services, messages, cancellationToken);
                if (parsed.GetValue(json))
                {
                    await parsed.WriteJsonAsync(reports, WorkerJson.Default.IReadOnlyListReplayReport);
                }

                return ExitCode.Success;
            }
            catch (Exception e) when (e is InvalidOperationException or ParkingLotFullException)
            {
                throw new CommandFailedException(ExitCode.Failed, $"What is live is as it was: {e.Message}");
            }
        });
        return command;
    }

    private static async Task<IReadOnlyList<ReplayReport>> RebuildAsync(
        IReadOnlyList<IProjectionWorker> workers, bool fromScratch, SubscriptionServices services, IAnsiConsole messages,
        CancellationToken cancellationToken)
    {
        var watch = Stopwatch.StartNew();
        await TellPlanAsync(workers, fromScratch, services, messages, cancellationToken);
        var built = await FoldDisplay.ShowAsync(
            messages,
            [.. workers.Select(worker => worker.View.Name)],
            shown => new Rebuild(workers, services).RunAsync(
                fromScratch, new FoldDisplay.Report<RebuildProgress>(
                    progress => shown[progress.Generation.View](progress.Generation.Position, progress.Head)), cancellationToken));
        return [.. built.Select(generation => Tell(generation, watch.Elapsed, "live", messages))];
    }

    private static async Task<IReadOnlyList<ReplayReport>> BuildAsOfAsync(
        IReadOnlyList<IProjectionWorker> workers, LogPosition position, SubscriptionServices services, IAnsiConsole messages,
        CancellationToken cancellationToken)
    {
        var head = await services.Log.ReadHeadAsync(cancellationToken);
        if (position == LogPosition.Start || position > head)
        {
            throw new CommandFailedException(ExitCode.Usage, $"There is nothing at position {position}: the log ends at {head}.");
        }

        List<ReplayReport> reports = [];
        foreach (var worker in workers)
        {
            var watch = Stopwatch.StartNew();
            var name = $"{worker.View.Name}-at-{position}";
            messages.WriteLine(
                $"{worker.View.Name}: builds the view '{name}' from the log up to position {position}. What is live is left alone.");
            var built = await FoldDisplay.ShowAsync(
                messages, name, progress => worker.BuildAsOfAsync(position, name, progress, cancellationToken));
            reports.Add(Tell(built, watch.Elapsed, "built", messages));
        }

        return reports;
    }

    private static async Task TellPlanAsync(
        IReadOnlyList<IProjectionWorker> workers, bool fromScratch, SubscriptionServices services, IAnsiConsole messages,
        CancellationToken cancellationToken)
    {
        var head = await services.Log.ReadHeadAsync(cancellationToken);
        var generations = await services.Views.ReadGenerationsAsync(cancellationToken);
        foreach (var view in workers.Select(worker => worker.View))
        {
            var live = generations.FirstOrDefault(one => one.View == view.Name && one.IsLive);
            var begun = generations.FirstOrDefault(
                one => one.View == view.Name && one.State == GenerationState.Building && one.Version == view.Version);
            var from = begun is null || fromScratch ? 0 : begun.Position;
            var begin = begun is null ? "builds"
                : fromScratch ? FormattableString.Invariant($"drops generation {begun.Number}, which was begun, and builds")
                : FormattableString.Invariant($"carries on with generation {begun.Number}, and builds");
            var old = live is null
                ? "There is no live view yet."
                : FormattableString.Invariant($"Generation {live.Number} of version {live.Version} stays live until then.");
            messages.WriteLine(FormattableString.Invariant(
                $"{view.Name}: {begin} version {view.Version} from position {from} to the end of the log, now {head}. {old}"));
        }
    }

    private static ReplayReport Tell(ViewGeneration generation, TimeSpan elapsed, string state, IAnsiConsole messages)
    {
        var (number, position) = (generation.Number, generation.Position);
        messages.MarkupLineInterpolated(
            CultureInfo.InvariantCulture,
            $"{generation.View}: {state} as generation {number} at position {position}, after {elapsed.TotalSeconds:N1} s.");
        return new ReplayReport(
            generation.View, generation.Number, new LogPosition(generation.Position).ToString(), Math.Round(elapsed.TotalSeconds, 3));
    }
}
