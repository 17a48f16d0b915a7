using System.Globalization;
using System.Text;

namespace Orderly.Processes.Email;

/// <summary>Texts from outside, such as names, on their way into a message.</summary>
internal static class EmailText
{
    /// <summary>
    /// On one line, well-formed and cut: a control character or a line break is a blank, half of a surrogate pair is U+FFFD.
    /// </summary>
    /// <param name="maxLength">The most characters, at least 2; the last is an ellipsis where the text was cut.</param>
    public static string OneLine(string value, int maxLength = int.MaxValue)
    {
        var text = new StringBuilder(value.Length);
        foreach (var rune in value.EnumerateRunes())
        {
            var category = Rune.GetUnicodeCategory(rune);
            var isBlank = category is UnicodeCategory.Control or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator;
            text.Append(isBlank ? new Rune(' ') : rune);
        }

        var line = text.ToString().Trim();
        if (line.Length <= maxLength)
        {
            return line;
        }

        var end = char.IsHighSurrogate(line[maxLength - 2]) ? maxLength - 2 : maxLength - 1;
        return line[..end] + "…";
    }
}
