using System.Globalization;
using Microsoft.Extensions.Primitives;

namespace Orderly.Api;

/// <summary>What a client would like, in the header <c>Prefer</c> (RFC 7240). Preferences that are not known here are ignored.</summary>
/// <param name="Wait">How long it waits for a view, at most <see cref="LongestWait"/>; null when it does not say.</param>
/// <param name="ReturnsDocument">Whether a command is to answer the document that it changed.</param>
internal readonly record struct Preferences(TimeSpan? Wait, bool ReturnsDocument)
{
    public const string Representation = "return=representation";
    public const string MalformedWait = "'wait' must be a number of seconds, such as wait=5.";

    public static readonly TimeSpan DefaultWait = TimeSpan.FromSeconds(5);
    public static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(30);

    /// <summary>Reads all fields of this name. Of a preference that is there twice the first counts.</summary>
    /// <returns>False when <c>wait</c> is not a number of seconds.</returns>
    public static bool TryRead(StringValues fields, out Preferences preferences)
    {
        preferences = default;
        TimeSpan? wait = null;
        string? answer = null;
        foreach (var preference in fields.SelectMany(field => SplitList(field ?? "")))
        {
            // What follows a semicolon are parameters of the preference; these have none.
            var (name, value) = SplitPair(preference.Split(';', 2)[0]);
            if (name.Equals("return", StringComparison.OrdinalIgnoreCase))
            {
                answer ??= value;
            }
            else if (wait is null && name.Equals("wait", StringComparison.OrdinalIgnoreCase) && !TryReadSeconds(value, out wait))
            {
                return false;
            }
        }

        preferences = new Preferences(wait, answer == "representation");
        return true;
    }

    private static bool TryReadSeconds(string value, out TimeSpan? wait)
    {
        wait = null;
        if (value.Length == 0 || !value.All(char.IsAsciiDigit))
        {
            return false;
        }

        var seconds = int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : int.MaxValue;
        wait = TimeSpan.FromSeconds(Math.Min(seconds, (int)LongestWait.TotalSeconds));
        return true;
    }

    /// <summary>The elements of a comma-separated list; a comma inside a quoted string separates nothing.</summary>
    private static IEnumerable<string> SplitList(string field)
    {
        var (start, quoted) = (0, false);
        for (var i = 0; i < field.Length; i++)
        {
            if (quoted && field[i] == '\\')
            {
                i++;
            }
            else if (field[i] == '"')
            {
                quoted = !quoted;
            }
            else if (field[i] == ',' && !quoted)
            {
                yield return field[start..i];
                start = i + 1;
            }
        }

        yield return field[start..];
    }

    private static (string Name, string Value) SplitPair(string preference)
    {
        var parts = preference.Split('=', 2, StringSplitOptions.TrimEntries);
        var value = parts.Length == 2 ? parts[1] : "";
        return (parts[0], value is ['"', .. var inner, '"'] ? inner : value);
    }
}
