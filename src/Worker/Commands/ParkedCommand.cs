using System.CommandLine;
using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Orderly.Domain.EventStore;
using Orderly.ReadModels.ViewStore;
using Orderly.Subscriptions;
using Orderly.Subscriptions.Operating;
using Spectre.Console;

namespace Orderly.Worker.Commands;

/// <summary><c>parked</c>: events that could not be applied.</summary>
internal static class ParkedCommand
{
    public static Command Create(string[] settings)
        => new("parked", "Events that could not be applied to a view: see them, try them again, leave them out.")
    {
        CreateList(settings),
        CreateShow(settings),
        CreateAsk(
            settings, "retry",
            "Try a parked event, or all of one reason, again. When it can be applied now, what waits behind it follows, in order. The "
            + "worker that keeps the view does it.",
            "tried again",
            (views, name, position, cancellationToken) => views.AskRetryAsync(name, position, cancellationToken)),
        CreateAsk(
            settings, "skip",
            "Leave a parked event, or all of one reason, out of the view for good, also when the view is built anew. What waits behind "
            + "it follows.",
            "left out of the view for good, whenever it is built",
            (views, name, position, cancellationToken) => views.AskSkipAsync(name, position, cancellationToken)),
    };

    private static Command CreateList(string[] settings)
    {
        var (names, reason, json)
            = (Arguments.Names("The views; all of them when left out.", ArgumentArity.ZeroOrMore), Reason(), Arguments.Json());
        var command = new Command(
            "list", $"List parked events. The exit code is {ExitCode.NeedsAttention} when there are any.") { names, reason, json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var host = WorkerHost.BuildForTool(settings);
            var views = host.Services.GetRequiredService<IViewStore>();
            List<ParkedItem> items = [];
            foreach (var worker in host.Services.GetServices<IProjectionWorker>().Select(parsed.GetValue(names) ?? []))
            {
                items.AddRange((await ParkedItem.ReadAsync(views, worker.View.Name, cancellationToken) ?? [])
                    .Where(item => IsOf(item, parsed.GetValue(reason))));
            }

            if (parsed.GetValue(json))
            {
                await parsed.WriteJsonAsync(items, WorkerJson.Default.IReadOnlyListParkedItem);
            }
            else
            {
                parsed.WriteLines(ParkedListing.Of(items, parsed.Width()));
            }

            return items.Count == 0 ? ExitCode.Success : ExitCode.NeedsAttention;
        });
        return command;
    }

    private static Command CreateShow(string[] settings)
    {
        var (name, position) = (Arguments.Name(), Arguments.Position("parked list"));
        var command = new Command("show", "Show a parked event with its data, and what waits behind it.") { name, position };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var host = WorkerHost.BuildForTool(settings);
            var view = host.WorkerOf(parsed.GetRequiredValue(name)).View.Name;
            var at = Arguments.ParsePosition(parsed.GetRequiredValue(position));
            var items = await FindAsync(host.Services.GetRequiredService<IViewStore>(), view, at, cancellationToken);
            var output = parsed.InvocationConfiguration.Output;
            foreach (var item in items)
            {
                await output.WriteLineAsync(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{item.Projection}, generation {item.Generation}: {item.Type} at position {item.Position} "
                    + $"({item.Stream}, revision {item.Revision})\n"
                    + $"  document: {item.Document ?? "not known"}\n"
                    + $"  reason:   {item.Reason}: {item.Detail}\n"
                    + $"  tried:    {item.Attempts} times, parked at {item.ParkedAt:u}\n"
                    + $"  waiting:  {item.Waiting} events"));
            }

            await foreach (var recorded in host.Services.GetRequiredService<IEventStore>()
                .ReadStreamAsync(items[0].Stream, ReadDirection.Forwards, items[0].Revision, 1, cancellationToken))
            {
                await output.WriteLineAsync($"  data:     {EventText.Of(recorded.Data)}\n  metadata: {EventText.Of(recorded.Metadata)}");
            }

            return ExitCode.Success;
        });
        return command;
    }

    private static Command CreateAsk(
        string[] settings, string verb, string description, string effect, Func<IViewStore, string, long, CancellationToken, Task<int>> ask)
    {
        var words = Arguments.Names(
            "The view, and behind it the event's position in the log, as 'parked list' shows it. With --reason: the views; all of them "
            + "when left out.",
            ArgumentArity.ZeroOrMore);
        var (reason, yes, json) = (Reason(), Arguments.Yes(), Arguments.Json());
        var command = new Command(verb, description) { words, reason, yes, json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var (said, many) = (parsed.GetValue(words) ?? [], parsed.GetValue(reason));
            if (many is null ? said.Length != 2 : string.IsNullOrWhiteSpace(many) || said.Any(word => LogPosition.TryParse(word, out _)))
            {
                throw new CommandFailedException(
                    ExitCode.Usage, "Say either a view and the position of one event, or the --reason of many, with or without views.");
            }

            using var host = WorkerHost.BuildForTool(settings);
            var views = host.Services.GetRequiredService<IViewStore>();
            var found = many is null
                ? await FindAsync(views, host.WorkerOf(said[0]).View.Name, Arguments.ParsePosition(said[1]), cancellationToken)
                : await FindAsync(views, host.Services.GetServices<IProjectionWorker>().Select(said), many, cancellationToken);
            List<(string View, List<string> Positions)> plan =
            [
                .. found.GroupBy(item => item.Projection).Select(
                    items => (items.Key, items.Select(item => item.Position).Distinct(StringComparer.Ordinal).ToList())),
            ];
            parsed.Confirm(
                plan is [{ Positions: [var position] }]
                    ? $"{found[0].Type} at position {position} ({found[0].Stream}, revision {found[0].Revision}) is {effect}."
                    : string.Join('\n', plan.Select(one => $"{one.View}: {Describe(one.Positions)}"))
                        + (plan.Count == 1 ? "" : $"\n{Number(plan.Sum(one => one.Positions.Count))} events in {Number(plan.Count)} views")
                        + $": each is {effect}.",
                parsed.GetValue(yes));
            List<AskReport> reports = [];
            foreach (var (view, positions) in plan)
            {
                var asked = 0;
                foreach (var at in positions)
                {
                    asked += await ask(views, view, Arguments.ParsePosition(at).Value, cancellationToken);
                }

                reports.Add(new AskReport(view, positions.Count == 1 ? positions[0] : null, verb, asked));
            }

            parsed.Messages().WriteLine("The workers that keep the views were asked. 'parked list' shows what became of it.");
            if (parsed.GetValue(json))
            {
                await (many is null
                    ? parsed.WriteJsonAsync(reports[0], WorkerJson.Default.AskReport)
                    : parsed.WriteJsonAsync(reports, WorkerJson.Default.IReadOnlyListAskReport));
            }

            return ExitCode.Success;
        });
        return command;
    }

    private static Option<string> Reason()
        => new("--reason") { Description = "Of those whose reason, or its detail, has this text in it.", HelpName = "TEXT" };

    private static bool IsOf(ParkedItem item, string? reason)
        => reason is null || $"{item.Reason}: {item.Detail}".Contains(reason, StringComparison.OrdinalIgnoreCase);

    private static string Describe(List<string> positions)
        => positions.Count == 1 ? $"1 event, at position {positions[0]}"
            : $"{Number(positions.Count)} events, at positions {string.Join(", ", positions.Take(10))}"
                + (positions.Count > 10 ? ", …" : "");

    /// <summary>All with a reason, of each view in the order of the log. What only waits follows by itself.</summary>
    /// <exception cref="CommandFailedException">There is none.</exception>
    private static async Task<IReadOnlyList<ParkedItem>> FindAsync(
        IViewStore views, IReadOnlyList<IProjectionWorker> workers, string reason, CancellationToken cancellationToken)
    {
        List<ParkedItem> found = [];
        foreach (var view in workers.Select(worker => worker.View.Name))
        {
            found.AddRange((await ParkedItem.ReadAsync(views, view, cancellationToken) ?? [])
                .Where(item => IsOf(item, reason))
                .OrderBy(item => Arguments.ParsePosition(item.Position).Value));
        }

        return found.Count > 0 ? found : throw new CommandFailedException(
            ExitCode.Failed,
            $"No event with the reason '{reason}' is parked in {(workers is [var one] ? $"'{one.View.Name}'" : "these views")}. "
            + "See 'parked list'.");
    }

    /// <exception cref="CommandFailedException">Nothing is parked there.</exception>
    private static async Task<IReadOnlyList<ParkedItem>> FindAsync(
        IViewStore views, string view, LogPosition position, CancellationToken cancellationToken)
    {
        var found = (await ParkedItem.ReadAsync(views, view, cancellationToken) ?? [])
            .Where(item => item.Position == position.ToString())
            .ToList();
        return found.Count > 0 ? found : throw new CommandFailedException(
            ExitCode.Failed, $"No event at position {position} is parked in '{view}'. See 'parked list {view}'.");
    }

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);
}
