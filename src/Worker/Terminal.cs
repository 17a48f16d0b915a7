using Spectre.Console;

namespace Orderly.Worker;

/// <summary>
/// The process's streams as consoles: the error stream for messages and progress, so that the output stream is the result alone.
/// </summary>
internal static class Terminal
{
    public static IAnsiConsole Error { get; } = Create(Console.Error, Console.IsErrorRedirected);

    public static IAnsiConsole Output { get; } = Create(Console.Out, Console.IsOutputRedirected);

    private static IAnsiConsole Create(TextWriter stream, bool isRedirected)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(stream),
            Ansi = isRedirected ? AnsiSupport.No : AnsiSupport.Detect,
            Interactive = isRedirected ? InteractionSupport.No : InteractionSupport.Detect,
        });
        if (isRedirected)
        {
            // A line of a log, or a row of a table, is not broken where a terminal would end.
            console.Profile.Width = 1_000;
        }

        return console;
    }
}
