using System.Text;
using Spectre.Console.Rendering;

namespace Orderly.Worker.Commands;

/// <summary>A column of a listing.</summary>
/// <param name="Heading">One or more words.</param>
/// <param name="Rank">0: it is always there. Else, where there is not room for all, the lower ones come first.</param>
/// <param name="IsNumber">Whether its cells stand at the right.</param>
public sealed record Column<T>(string Heading, Func<T, string?> Cell, int Rank = 0, bool IsNumber = false);

/// <summary>
/// Plain text that terminals and scripts show. Two spaces or more are between the columns and never in a cell, and a cell with nothing in
/// it is <c>-</c>, so that a script can take a row apart.
/// </summary>
public static class Listing
{
    private const string Nothing = "-";
    private const string Gap = "  ";

    /// <summary>A line of headings and a line for each row.</summary>
    /// <param name="width">Of the terminal, for which columns of a rank are left out; null: there is none, and all are there.</param>
    public static IReadOnlyList<string> Of<T>(IReadOnlyList<T> rows, IReadOnlyList<Column<T>> columns, int? width)
    {
        List<List<string>> cells =
        [
            .. columns.Select(column => rows.Select(row => OneLine(column.Cell(row) is { Length: > 0 } cell ? cell : Nothing))
                .Prepend(column.Heading)
                .ToList()),
        ];
        List<int> widths = [.. cells.Select(column => column.Max(WidthOf))];
        var shown = columns.Index().Where(column => column.Item.Rank == 0).Select(column => column.Index).ToHashSet();
        var left = (width ?? int.MaxValue) - shown.Sum(index => widths[index] + Gap.Length) + Gap.Length;
        foreach (var (index, _) in columns.Index().Where(column => column.Item.Rank > 0).OrderBy(column => column.Item.Rank))
        {
            if (left >= widths[index] + Gap.Length)
            {
                shown.Add(index);
                left -= widths[index] + Gap.Length;
            }
        }

        return
        [
            .. Enumerable.Range(0, rows.Count + 1).Select(row => string.Join(
                Gap,
                shown.Order().Select(index => Pad(cells[index][row], widths[index], columns[index].IsNumber))).TrimEnd()),
        ];
    }

    /// <summary>Breaks a text at its spaces, and a word that is longer than a line where the line ends.</summary>
    /// <param name="width">Of the terminal; null: there is none, and the text stays one line.</param>
    public static IEnumerable<string> Wrap(string text, int? width)
    {
        const string Indent = "  ";
        var rest = OneLine(text);
        while (width > Indent.Length + 1 && WidthOf(rest) > width)
        {
            var line = Cut(rest, width.Value, "");
            var space = line.LastIndexOf(' ');
            line = rest[line.Length] == ' ' || space <= Indent.Length ? line : line[..space];
            yield return line;
            rest = Indent + rest[line.Length..].TrimStart();
        }

        yield return rest;
    }

    /// <summary>Cuts what a terminal would break off.</summary>
    /// <param name="width">Of the terminal; null: there is none, and nothing is cut.</param>
    /// <param name="mark">The end of a text that was cut.</param>
    public static string Cut(string text, int? width, string mark = "…")
    {
        if (width is not { } most || WidthOf(text) <= most)
        {
            return text;
        }

        var cut = new StringBuilder();
        var room = most - WidthOf(mark);
        foreach (var rune in text.EnumerateRunes())
        {
            var one = rune.ToString();
            room -= WidthOf(one);
            if (room < 0)
            {
                break;
            }

            cut.Append(one);
        }

        return cut.Append(mark).ToString();
    }

    /// <summary>The text without what moves a terminal's cursor, and with single spaces.</summary>
    public static string OneLine(string text)
        => string.Join(' ', Printable(text).Split(' ', StringSplitOptions.RemoveEmptyEntries));

    /// <summary>The text with a space for white space, and a mark for what would control a terminal.</summary>
    public static string Printable(string text)
        => string.Create(text.Length, text, (shown, source) =>
        {
            for (var i = 0; i < source.Length; i++)
            {
                shown[i] = char.IsWhiteSpace(source[i]) ? ' ' : char.IsControl(source[i]) ? '\uFFFD' : source[i];
            }
        });

    private static string Pad(string cell, int width, bool isNumber)
    {
        var space = new string(' ', width - WidthOf(cell));
        return isNumber ? space + cell : cell + space;
    }

    /// <summary>In columns of a terminal, where some characters have two.</summary>
    private static int WidthOf(string text) => new Segment(text).CellCount();
}
