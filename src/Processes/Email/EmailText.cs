using System.Globalization;
using System.Text;

namespace Orderly.Processes.Email;

/// <summary>Texts from outside, such as names, on their way into a message.</summary>
internal static class EmailText
{
    /// <summary>On one line and well-formed: a control character or a line break is a blank, half of a surrogate pair is U+FFFD.</summary>
    public static string OneLine(string value)
    {
        var text = new StringBuilder(value.Length);
        foreach (var rune in value.EnumerateRunes())
        {
            var category = Rune.GetUnicodeCategory(rune);
            text.Append(
                category is UnicodeCategory.Control or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
                    ? new Rune(' ')
                    : rune);
        }

        return text.ToString().Trim();
    }

    /// <summary>As <see cref="OneLine(string)"/>, and no longer than it may be.</summary>
    public static string OneLine(string value, int maxLength)
    {
        var line = OneLine(value);
        if (line.Length <= maxLength)
        {
            return line;
        }

        var end = char.IsHighSurrogate(line[maxLength - 2]) ? maxLength - 2 : maxLength - 1;
        return line[..end] + "…";
    }
}
