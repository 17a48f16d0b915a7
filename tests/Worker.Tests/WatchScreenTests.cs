using System.Text;
using Orderly.Worker.Commands;
using Spectre.Console;

namespace Orderly.Worker.Tests;

/// <summary>Lines that change, on a terminal whose size changes, and elsewhere.</summary>
public sealed class WatchScreenTests : IDisposable
{
    private const string Clear = "\e[H\e[J";

    private readonly StringWriter _written = new() { NewLine = "\n" };

    public void Dispose() => _written.Dispose();

    [Fact]
    public void Each_drawing_has_the_size_that_the_terminal_has_then()
    {
        var size = new Size(_written);
        using var screen = new WatchScreen(Create(AnsiSupport.Yes, size));
        Assert.Equal("\e[?1049h\e[?25l", Written());

        screen.Show(width => [$"{width} wide", "the second line"]);
        Assert.Equal($"{Clear}80 wide\nthe second line", Written());
        size.Width = 200;
        screen.Show(width => [$"{width} wide", "the second line"]);
        Assert.Equal($"{Clear}200 wide\nthe second line", Written());
        size.Width = 10;
        screen.Show(width => [$"{width} wide", "the second line"]);
        Assert.Equal($"{Clear}10 wide\nthe secon…", Written());
        size.Height = 3;
        screen.Show(_ => ["1", "2", "3", "4"]);
        Assert.Equal($"{Clear}1\n2\n…", Written());

        // What was seen last stays, whole.
        screen.Dispose();
        Assert.Equal("\e[?25h\e[?1049l1\n2\n3\n4\n", Written());
    }

    [Fact]
    public void Without_a_terminal_one_follows_the_other_whole()
    {
        var line = new string('x', 5_000);
        using (var screen = new WatchScreen(Create(AnsiSupport.No, new Size(_written))))
        {
            screen.Show(width => [$"{width}", line]);
            screen.Show(_ => ["2"]);
        }

        Assert.Equal($"\n{line}\n\n2\n\n", Written());
    }

    private static IAnsiConsole Create(AnsiSupport ansi, Size size)
        => AnsiConsole.Create(new AnsiConsoleSettings { Ansi = ansi, Interactive = InteractionSupport.No, Out = size });

    private string Written()
    {
        var written = _written.ToString();
        _written.GetStringBuilder().Clear();
        return written;
    }

    /// <summary>A terminal that somebody resizes.</summary>
    private sealed class Size(TextWriter writer) : IAnsiConsoleOutput
    {
        public TextWriter Writer => writer;

        public bool IsTerminal => true;

        public int Width { get; set; } = 80;

        public int Height { get; set; } = 24;

        public void SetEncoding(Encoding encoding)
        {
        }
    }
}
