using System.Globalization;
using Microsoft.Extensions.Primitives;

namespace Orderly.Api.Queries;

/// <summary>The preference <c>wait</c> of the header <c>Prefer</c> (RFC 7240, 4.3). Other preferences are ignored.</summary>
internal static class WaitPreference
{
    public static readonly TimeSpan Default = TimeSpan.FromSeconds(5);
    public static readonly TimeSpan Longest = TimeSpan.FromSeconds(30);

    /// <summary>Reads the first <c>wait</c>, cut to <see cref="Longest"/>; null when there is none.</summary>
    /// <returns>False when its value is not a number of seconds.</returns>
    public static bool TryRead(StringValues fields, out TimeSpan? wait)
    {
        wait = null;
        foreach (var field in fields)
        {
            foreach (var preference in SplitList(field ?? ""))
            {
                // What follows a semicolon are parameters of the preference; wait has none.
                var (name, value) = SplitPair(preference.Split(';', 2)[0]);
                if (name.Equals("wait", StringComparison.OrdinalIgnoreCase))
                {
                    return TryReadSeconds(value, out wait);
                }
            }
        }

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
        wait = TimeSpan.FromSeconds(Math.Min(seconds, (int)Longest.TotalSeconds));
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
