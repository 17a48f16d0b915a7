using System.CommandLine;
using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Orderly.Domain.EventStore;
using Orderly.ReadModels.ViewStore;
using Orderly.Subscriptions;
using Spectre.Console;

namespace Orderly.Worker.Commands;

/// <summary><c>rollback</c>, <c>repartition</c> and <c>drop</c>: what operators do to generations besides building them.</summary>
internal static class GenerationCommands
{
    private const int MaxPartitions = 256;

    public static Command CreateRollback(string[] settings)
    {
        var (name, yes, json) = (Arguments.Name(), Arguments.Yes(), Arguments.Json());
        var command = new Command(
            "rollback",
            "Go back to the generation that was live before. It is brought to the end of the log by a worker that has its "
            + "version, and then swapped in; the newer version is not built again unless 'replay' is told to.") { name, yes, json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var host = WorkerHost.BuildForTool(settings);
            var services = host.Services.GetRequiredService<SubscriptionServices>();
            var worker = host.WorkerOf(parsed.GetRequiredValue(name));
            var view = worker.View.Name;
            var generations = (await services.Views.ReadGenerationsAsync(cancellationToken)).Where(one => one.View == view).ToList();
            var retired = generations.Find(one => one.State == GenerationState.Retired)
                ?? throw new CommandFailedException(ExitCode.Failed, $"'{view}' has no generation to go back to.");
            parsed.Confirm(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{view}: goes back from version {generations.Find(one => one.IsLive)?.Version} to version {retired.Version}, "
                    + $"generation {retired.Number}, which is at position {retired.Position}."),
                parsed.GetValue(yes));
            var back = await services.Views.RollBackAsync(view, cancellationToken)
                ?? throw new CommandFailedException(ExitCode.Failed, $"'{view}' has no generation to go back to.");
            if (back.Version != worker.View.Version)
            {
                parsed.Messages().WriteLine(string.Create(
                    CultureInfo.InvariantCulture,
                    $"It needs a worker of version {back.Version}; this program has version {worker.View.Version}. "
                    + $"Waiting until one has brought it to the end of the log; Ctrl-C leaves it to that."));
            }

            try
            {
                var live = await FoldDisplay.ShowAsync(
                    parsed.Messages(),
                    [view],
                    shown => new Rebuild(back.Version == worker.View.Version ? [worker] : [], services).FinishAsync(
                        [back],
                        new FoldDisplay.Report<RebuildProgress>(progress => shown[view](progress.Generation.Position, progress.Head)),
                        cancellationToken));
                await WriteAsync(parsed, parsed.GetValue(json), live);
                return ExitCode.Success;
            }
            catch (InvalidOperationException e)
            {
                throw new CommandFailedException(ExitCode.Failed, e.Message);
            }
        });
        return command;
    }

    public static Command CreateRepartition(string[] settings)
    {
        var (name, json) = (Arguments.Name(), Arguments.Json());
        var count = new Argument<int>("count") { Description = $"How many partitions, 1 to {MaxPartitions}.", HelpName = "COUNT" };
        var command = new Command(
            "repartition",
            "Share the documents of a view out over another number of partitions, each of which one worker keeps at a time. "
            + "Nothing is rebuilt, and queries go on.") { name, count, json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var partitions = parsed.GetRequiredValue(count);
            if (partitions is < 1 or > MaxPartitions)
            {
                throw new CommandFailedException(ExitCode.Usage, $"A view has 1 to {MaxPartitions} partitions.");
            }

            using var host = WorkerHost.BuildForTool(settings);
            var views = host.Services.GetRequiredService<IViewStore>();
            var view = host.WorkerOf(parsed.GetRequiredValue(name)).View.Name;
            List<ViewGeneration> done = [];
            foreach (var generation in (await views.ReadGenerationsAsync(cancellationToken)).Where(
                one => one.View == view && one.State != GenerationState.Retired))
            {
                if (await views.RepartitionAsync(view, generation.Number, partitions, cancellationToken) is { } repartitioned)
                {
                    done.Add(repartitioned);
                }
            }

            if (done.Count == 0)
            {
                throw new CommandFailedException(ExitCode.Failed, $"The view '{view}' was not built yet.");
            }

            await WriteAsync(parsed, parsed.GetValue(json), done);
            return ExitCode.Success;
        });
        return command;
    }

    public static Command CreateDrop(string[] settings)
    {
        var (name, yes) = (
            new Argument<string>("name") { Description = "The view, such as order-details-at-1042.", HelpName = "NAME" }, Arguments.Yes());
        var command = new Command(
            "drop", "Drop a view that was built for a look at it, with 'replay --to'. What queries read can't be dropped.") { name, yes };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var host = WorkerHost.BuildForTool(settings);
            var views = host.Services.GetRequiredService<IViewStore>();
            var view = parsed.GetRequiredValue(name);
            var generations = (await views.ReadGenerationsAsync(cancellationToken)).Where(one => one.View == view).ToList();
            if (generations.Count == 0)
            {
                throw new CommandFailedException(ExitCode.Failed, $"There is no view '{view}'.");
            }

            if (generations.Exists(one => one.IsLive))
            {
                throw new CommandFailedException(ExitCode.Failed, $"The view '{view}' is what queries read.");
            }

            parsed.Confirm($"The view '{view}' is dropped with all its documents.", parsed.GetValue(yes));
            await views.DropViewAsync(view, cancellationToken);
            return ExitCode.Success;
        });
        return command;
    }

    private static async Task WriteAsync(ParseResult parsed, bool asJson, IReadOnlyList<ViewGeneration> generations)
    {
        List<GenerationReport> reports =
        [
            .. generations.Select(one => new GenerationReport(
                one.View, one.Number, one.Version, one.State.ToString().ToLower(CultureInfo.InvariantCulture), one.Partitions.Count,
                new LogPosition(one.Position).ToString())),
        ];
        if (asJson)
        {
            await parsed.WriteJsonAsync(reports, WorkerJson.Default.IReadOnlyListGenerationReport);
            return;
        }

        foreach (var one in reports)
        {
            parsed.Messages().WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{one.Name}: generation {one.Generation} of version {one.Version} is {one.State}, "
                + $"with {one.Partitions} partitions, at position {one.Position}."));
        }
    }
}
