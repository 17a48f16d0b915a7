using Spectre.Console;

namespace Orderly.Demo;

/// <summary>The error stream, for messages and progress, and the output stream, for the result alone, as consoles.</summary>
internal static class Terminal
{
    public static IAnsiConsole Error { get; } = Create(Console.Error, Console.IsErrorRedirected);

    public static IAnsiConsole Output { get; } = Create(Console.Out, Console.IsOutputRedirected);

    /// <summary>Says what went wrong.</summary>
    /// <returns>The exit code.</returns>
    public static int Fail(int exitCode, string message)
    {
        Error.MarkupLineInterpolated($"[red]{message}[/]");
        return exitCode;
    }

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
            // A row of a table is not broken where a terminal would end.
            console.Profile.Width = 1_000;
        }

        return console;
    }
}
