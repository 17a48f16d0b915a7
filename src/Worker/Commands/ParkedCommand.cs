using System.CommandLine;
using System.Globalization;
using System.Text;
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
                Terminal.Output.Write(TableOf(items));
            }

            return items.Count == 0 ? ExitCode.Success : ExitCode.NeedsAttention;
        });
        return command;
    }

    private static Command CreateShow(string[] settings)
    {
        var (name, position) = (Arguments.Name(), Arguments.Position());
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
                await output.WriteLineAsync($"  data:     {TextOf(recorded.Data)}\n  metadata: {TextOf(recorded.Metadata)}");
            }

            return ExitCode.Success;
        });
        return command;
    }

    private static Command CreateAsk(
        string[] settings, string verb, string description, string effect, Func<IViewStore, string, long, CancellationToken, Task<int>> ask)
    {
        var (name, position, reason, yes, json)
            = (Arguments.Name(), Arguments.Position(), Reason(), Arguments.Yes(), Arguments.Json());
        position.Arity = ArgumentArity.ZeroOrOne;
        var command = new Command(verb, description) { name, position, reason, yes, json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var host = WorkerHost.BuildForTool(settings);
            var views = host.Services.GetRequiredService<IViewStore>();
            var view = host.WorkerOf(parsed.GetRequiredValue(name)).View.Name;
            var (one, many) = (parsed.GetValue(position), parsed.GetValue(reason));
            if (one is null == many is null)
            {
                throw new CommandFailedException(ExitCode.Usage, "Say either the position of one event or the --reason of many.");
            }

            var items = one is not null
                ? await FindAsync(views, view, Arguments.ParsePosition(one), cancellationToken)
                : await FindAsync(views, view, many!, cancellationToken);
            List<string> positions = [.. items.Select(item => item.Position).Distinct(StringComparer.Ordinal)];
            Arguments.Confirm(
                positions.Count == 1
                    ? $"{items[0].Type} at position {positions[0]} ({items[0].Stream}, revision {items[0].Revision}) is {effect}."
                    : $"{Number(positions.Count)} events, at positions {Few(positions)}, are {effect}.",
                parsed.GetValue(yes));
            var asked = 0;
            foreach (var at in positions)
            {
                asked += await ask(views, view, Arguments.ParsePosition(at).Value, cancellationToken);
            }

            Terminal.Error.WriteLine("The worker that keeps the view was asked. 'parked list' shows what became of it.");
            if (parsed.GetValue(json))
            {
                await parsed.WriteJsonAsync(
                    new AskReport(view, positions.Count == 1 ? positions[0] : null, verb, asked), WorkerJson.Default.AskReport);
            }

            return ExitCode.Success;
        });
        return command;
    }

    private static Option<string> Reason()
        => new("--reason") { Description = "Of those whose reason, or its detail, has this text in it.", HelpName = "TEXT" };

    private static bool IsOf(ParkedItem item, string? reason)
        => reason is null || $"{item.Reason}: {item.Detail}".Contains(reason, StringComparison.OrdinalIgnoreCase);

    private static string Few(List<string> positions)
        => positions.Count <= 10 ? string.Join(", ", positions) : $"{string.Join(", ", positions.Take(10))}, …";

    /// <summary>All with a reason, in the order of the log. What only waits follows by itself.</summary>
    /// <exception cref="CommandFailedException">There is none.</exception>
    private static async Task<IReadOnlyList<ParkedItem>> FindAsync(
        IViewStore views, string view, string reason, CancellationToken cancellationToken)
    {
        var found = (await ParkedItem.ReadAsync(views, view, cancellationToken) ?? [])
            .Where(item => IsOf(item, reason))
            .OrderBy(item => Arguments.ParsePosition(item.Position).Value)
            .ToList();
        return found.Count > 0 ? found : throw new CommandFailedException(
            ExitCode.Failed, $"No event with the reason '{reason}' is parked in '{view}'. See 'parked list {view}'.");
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

    private static Table TableOf(IReadOnlyList<ParkedItem> items)
    {
        var table = new Table().AddColumns(
            "view", "generation", "position", "type", "stream", "document", "reason", "tries", "waiting", "since", "detail");
        foreach (var item in items)
        {
            string?[] cells =
            [
                item.Projection, Number(item.Generation), item.Position, item.Type, item.Stream, item.Document, item.Reason,
                Number(item.Attempts), Number(item.Waiting), item.ParkedAt.ToString("u", CultureInfo.InvariantCulture), item.Detail,
            ];
            table.AddRow([.. cells.Select(cell => Markup.Escape(cell ?? ""))]);
        }

        return table;
    }

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);

    private static string TextOf(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(bytes.Span);
        }
        catch (DecoderFallbackException)
        {
            return $"not UTF-8; in base64: {Convert.ToBase64String(bytes.Span)}";
        }
    }
}
