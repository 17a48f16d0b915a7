using Spectre.Console;

namespace Orderly.Worker;

/// <summary>The error stream as a console: for messages and progress, so that the output stream is the result alone.</summary>
internal static class Terminal
{
    public static IAnsiConsole Error { get; } = Create();

    private static IAnsiConsole Create()
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(Console.Error),
            Ansi = Console.IsErrorRedirected ? AnsiSupport.No : AnsiSupport.Detect,
            Interactive = Console.IsErrorRedirected ? InteractionSupport.No : InteractionSupport.Detect,
        });
        if (Console.IsErrorRedirected)
        {
            // A line of a log is not broken where a terminal would end.
            console.Profile.Width = 1_000;
        }

        return console;
    }
}
