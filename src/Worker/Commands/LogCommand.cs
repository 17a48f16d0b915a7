using System.CommandLine;
using Microsoft.Extensions.DependencyInjection;
using Orderly.Domain;
using Orderly.Domain.EventStore;

namespace Orderly.Worker.Commands;

/// <summary><c>log</c>: the events themselves, of every kind of store.</summary>
internal static class LogCommand
{
    private const int DefaultLast = 20;

    private static readonly string s_ends = $"The exit code is {ExitCode.NeedsAttention} when one of them can't be read.";

    public static Command Create(string[] settings)
        => new("log", "Read the events of the log.") { CreateTail(settings), CreateStream(settings), CreateShow(settings) };

    private static Command CreateTail(string[] settings)
    {
        var last = new Option<long?>("--last", "-n")
        {
            Description = $"How many of the last events; {DefaultLast} when left out.",
            HelpName = "COUNT",
        };
        var from = new Option<string?>("--from")
        {
            Description = "All events from this position of the log on, instead of the last ones.",
            HelpName = "POSITION",
        };
        var follow = Arguments.Flag("--follow", "Go on with the events that come, until Ctrl-C.", "-f");
        var stream = new Option<string[]>("--stream")
        {
            Description = "Only events of streams whose name begins so, such as 'order-'.",
            HelpName = "PREFIX",
            AllowMultipleArgumentsPerToken = true,
        };
        var type = new Option<string[]>("--type")
        {
            Description = "Only events of this type, such as 'order-placed.v1'.",
            HelpName = "TYPE",
            AllowMultipleArgumentsPerToken = true,
            CompletionSources = { _ => OrderlyEvents.Types.Names },
        };
        var json = JsonLines();
        var command = new Command(
            "tail", $"Show the last events, a line for each: when, position, stream@revision, type, data. {s_ends}")
        {
            last, from, follow, stream, type, json,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var (count, start) = (parsed.GetValue(last), parsed.GetValue(from));
            string[] prefixes = parsed.GetValue(stream) ?? [];
            string[] types = parsed.GetValue(type) ?? [];
            if (count < 0 || prefixes.Contains("") || types.Contains(""))
            {
                throw new CommandFailedException(ExitCode.Usage, "--last is 0 or more, and what --stream and --type say is not empty.");
            }

            if (count is not null && start is not null)
            {
                throw new CommandFailedException(
                    ExitCode.Usage, "--last counts from the log's end, --from says where to begin: say one of them.");
            }

            var position = start is null ? LogPosition.Start : Arguments.ParsePosition(start);
            using var host = WorkerHost.BuildForTool(settings);
            var log = host.Services.GetRequiredService<IEventStore>();
            var (selection, follows) = (new EventSelection(prefixes, types), parsed.GetValue(follow));
            try
            {
                return await WriteAsync(
                    parsed,
                    start is null
                        ? LogReading.LastAsync(log, selection, count ?? DefaultLast, follows, cancellationToken)
                        : LogReading.FromAsync(log, position, selection, follows, cancellationToken),
                    parsed.GetValue(json));
            }
            catch (OperationCanceledException) when (follows && cancellationToken.IsCancellationRequested)
            {
                // It goes on until it is told to end.
                return ExitCode.Cancelled;
            }
        });
        return command;
    }

    private static Command CreateStream(string[] settings)
    {
        var name = new Argument<string>("stream") { Description = "The stream, such as order-my-first-order.", HelpName = "NAME" };
        var from = new Option<long>("--from") { Description = "The first revision; 0 when left out.", HelpName = "REVISION" };
        var limit = new Option<long>("--limit")
        {
            Description = "How many events at most; all of them when left out.",
            HelpName = "COUNT",
            DefaultValueFactory = _ => long.MaxValue,
        };
        var json = JsonLines();
        var command = new Command("stream", $"Show the events of a stream in their order, a line for each. {s_ends}")
        {
            name, from, limit, json,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var (first, most) = (parsed.GetValue(from), parsed.GetValue(limit));
            if (first < 0 || most < 1)
            {
                throw new CommandFailedException(ExitCode.Usage, "--from is 0 or more, and --limit 1 or more.");
            }

            using var host = WorkerHost.BuildForTool(settings);
            var log = host.Services.GetRequiredService<IEventStore>();
            return await WriteAsync(
                parsed, LogReading.StreamAsync(log, parsed.GetRequiredValue(name), first, most, cancellationToken), parsed.GetValue(json));
        });
        return command;
    }

    private static Command CreateShow(string[] settings)
    {
        var (position, json) = (Arguments.Position("log tail"), JsonLines());
        var command = new Command("show", $"Show one event whole, with its metadata. {s_ends}") { position, json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var at = Arguments.ParsePosition(parsed.GetRequiredValue(position));
            using var host = WorkerHost.BuildForTool(settings);
            var recorded = await LogReading.FindAsync(host.Services.GetRequiredService<IEventStore>(), at, cancellationToken);
            parsed.WriteLines(parsed.GetValue(json) ? [EventText.JsonOf(recorded)] : EventText.WholeOf(recorded));
            return CodeOf(recorded);
        });
        return command;
    }

    private static Option<bool> JsonLines() => Arguments.Flag("--json", "Print a line of JSON for each event.");

    private static async Task<int> WriteAsync(ParseResult parsed, IAsyncEnumerable<RecordedEvent> events, bool asJson)
    {
        var code = ExitCode.Success;
        await foreach (var recorded in events)
        {
            // The terminal may have another width by now.
            parsed.WriteLines([asJson ? EventText.JsonOf(recorded) : EventText.LineOf(recorded, parsed.Width())]);
            code = Math.Max(code, CodeOf(recorded));
        }

        return code;
    }

    private static int CodeOf(RecordedEvent recorded) => EventText.FaultOf(recorded) is null ? ExitCode.Success : ExitCode.NeedsAttention;
}
