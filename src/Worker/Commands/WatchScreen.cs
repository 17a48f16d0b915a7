using Spectre.Console;

namespace Orderly.Worker.Commands;

/// <summary>
/// Lines that change. On a terminal they have a screen of their own, which is drawn anew as a whole at the size that the terminal has then,
/// so that nothing is left behind when that changes; the last lines stay when it ends. Elsewhere they follow each other.
/// </summary>
public sealed class WatchScreen : IDisposable
{
    private const string Enter = "\e[?1049h\e[?25l";
    private const string Leave = "\e[?25h\e[?1049l";
    private const string Clear = "\e[H\e[J";

    private readonly IAnsiConsole _console;
    private Func<int?, IEnumerable<string>>? _last;

    public WatchScreen(IAnsiConsole console)
    {
        _console = console;
        Control(Enter);
    }

    /// <summary>Shows lines in place of the last ones.</summary>
    /// <param name="linesFor">The lines for a terminal of this width; null: for none.</param>
    public void Show(Func<int?, IEnumerable<string>> linesFor)
    {
        if (!IsTerminal)
        {
            Write([.. linesFor(null), ""]);
            return;
        }

        _last = linesFor;
        var (width, height) = (_console.Profile.Width, _console.Profile.Height);
        List<string> lines = [.. linesFor(width).Select(line => Listing.Cut(line, width))];
        Control(Clear + string.Join('\n', lines.Count <= height ? lines : [.. lines.Take(height - 1), "…"]));
    }

    public void Dispose()
    {
        Control(Leave);
        if (_last is { } last)
        {
            Write(last(_console.Profile.Width));
        }
    }

    private bool IsTerminal => _console.Profile.Capabilities.Ansi;

    private void Control(string sequence)
    {
        if (IsTerminal)
        {
            _console.Write(new ControlCode(sequence));
        }
    }

    private void Write(IEnumerable<string> lines)
    {
        foreach (var line in lines)
        {
            _console.Profile.Out.Writer.WriteLine(line);
        }
    }
}
