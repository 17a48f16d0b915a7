using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Orderly.Domain.EventStore;
using Spectre.Console;

namespace Orderly.Worker.Commands;

/// <summary>What several commands take and do alike.</summary>
internal static class Arguments
{
    /// <summary>An option that takes no value.</summary>
    public static Option<bool> Flag(string name, string description, params string[] aliases)
        => new(name, aliases) { Description = description, Arity = ArgumentArity.Zero };

    public static Option<bool> Json() => Flag("--json", "Print the result as JSON.");

    public static Option<bool> Yes() => Flag("--yes", "Don't ask, do it.", "-y");

    public static Argument<string> Name()
        => new("name") { Description = "The view.", HelpName = "NAME", CompletionSources = { _ => WorkerHost.Names() } };

    /// <param name="arity">How many; null: at least one.</param>
    public static Argument<string[]> Names(string description, ArgumentArity? arity = null)
        => new("name")
        {
            Description = description,
            HelpName = "NAME",
            Arity = arity ?? ArgumentArity.OneOrMore,
            CompletionSources = { _ => WorkerHost.Names() },
        };

    public static Argument<string> Position(string shownBy)
        => new("position") { Description = $"The event's position in the log, as '{shownBy}' shows it.", HelpName = "POSITION" };

    /// <summary>Where messages and progress go, so that the output is the result alone.</summary>
    public static IAnsiConsole Messages(this ParseResult parsed) => Terminal.Of(parsed.InvocationConfiguration.Error);

    /// <summary>How wide the terminal of the output is now; null when there is none, so that no line may be broken or cut.</summary>
    public static int? Width(this ParseResult parsed)
        => parsed.InvocationConfiguration.Output == Console.Out ? Terminal.Width : null;

    public static Task WriteJsonAsync<T>(this ParseResult parsed, T result, JsonTypeInfo<T> json)
        => parsed.InvocationConfiguration.Output.WriteLineAsync(JsonSerializer.Serialize(result, json));

    /// <summary>Writes lines as they are, however wide.</summary>
    public static void WriteLines(this ParseResult parsed, IEnumerable<string> lines)
    {
        foreach (var line in lines)
        {
            parsed.InvocationConfiguration.Output.WriteLine(line);
        }
    }

    /// <exception cref="CommandFailedException">It is no position.</exception>
    public static LogPosition ParsePosition(string text)
        => LogPosition.TryParse(text, out var position)
            ? position
            : throw new CommandFailedException(ExitCode.Usage, $"'{text}' is not a position in the log.");

    /// <summary>Says what will be done and, on a terminal, asks for it.</summary>
    /// <exception cref="CommandFailedException">The answer is no, or there is nobody to ask.</exception>
    public static void Confirm(this ParseResult parsed, string plan, bool isConfirmed)
    {
        var messages = parsed.Messages();
        messages.WriteLine(plan);
        if (isConfirmed)
        {
            return;
        }

        if (Console.IsInputRedirected || !messages.Profile.Out.IsTerminal)
        {
            throw new CommandFailedException(ExitCode.Usage, "There is nobody to ask: say --yes to do it.");
        }

        if (!messages.Confirm("Do it?", defaultValue: false))
        {
            throw new CommandFailedException(ExitCode.Failed, "Nothing was done.");
        }
    }
}
