using System.CommandLine;
using Spectre.Console;

// The worker and tools/Demo share this file.
namespace Orderly;

/// <summary>What a program answers to the shell.</summary>
internal static class ExitCode
{
    public const int Success = 0;

    /// <summary>The program could not do its work.</summary>
    public const int Failed = 1;

    /// <summary>The command line is not understood.</summary>
    public const int Usage = 2;

    /// <summary>The program did its work, and what it found needs an operator.</summary>
    public const int NeedsAttention = 3;

    /// <summary>Ended by Ctrl-C or SIGTERM before its work was done.</summary>
    public const int Cancelled = 130;
}

/// <summary>How command lines are read.</summary>
internal static class Parsing
{
    /// <summary>A word that starts with <c>@</c> is that word, and not a file of words.</summary>
    public static ParserConfiguration Configuration { get; } = new() { ResponseFileTokenReplacer = null };
}

/// <summary>
/// The process's streams as consoles: the error stream for messages and progress, so that the output stream is the result alone.
/// </summary>
internal static class Terminal
{
    public static IAnsiConsole Error { get; } = Create(Console.Error, Console.IsErrorRedirected);

    public static IAnsiConsole Output { get; } = Create(Console.Out, Console.IsOutputRedirected);

    /// <summary>How wide the output stream's terminal is now; null when it has none, so that no line may be broken or cut.</summary>
    public static int? Width => Console.IsOutputRedirected ? null : Output.Profile.Width;

    /// <summary>A stream as a console. One of the process's own may be a terminal; any other is none.</summary>
    public static IAnsiConsole Of(TextWriter stream)
        => stream == Console.Error ? Error : stream == Console.Out ? Output : Create(stream, isRedirected: true);

    /// <summary>Says what went wrong.</summary>
    /// <param name="error">Where to; null: to the error stream.</param>
    /// <returns>The exit code.</returns>
    public static int Fail(int exitCode, string message, IAnsiConsole? error = null)
    {
        (error ?? Error).MarkupLineInterpolated($"[red]{message}[/]");
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
            // A line of a log, or a row of a table, is not broken where a terminal would end.
            console.Profile.Width = 1_000;
        }

        return console;
    }
}
