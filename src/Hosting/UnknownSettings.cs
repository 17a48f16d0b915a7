using Microsoft.Extensions.Configuration;

namespace Orderly.Hosting;

/// <summary>Finds settings that nothing reads: a misspelt one would leave the default in force, without a word.</summary>
internal static class UnknownSettings
{
    /// <param name="section">A section, as it is configured.</param>
    /// <param name="options">The type that it is bound to.</param>
    public static IEnumerable<string> FaultsOf(IConfiguration section, Type options)
    {
        var known = Setting.PropertiesOf(options).ToList();
        return section.GetChildren().SelectMany(child => known.Find(
            property => property.Name.Equals(child.Key, StringComparison.OrdinalIgnoreCase)) switch
        {
            null => [$"{child.Path} is no setting; the nearest is {NearestOf(child, known.ConvertAll(property => property.Name))}."],
            { PropertyType: var type } when Setting.IsSection(type) => FaultsOf(child, type),
            _ => [],
        });
    }

    private static string NearestOf(IConfigurationSection unknown, IEnumerable<string> known)
        => $"{unknown.Path[..^unknown.Key.Length]}{known.MinBy(name => DistanceOf(name, unknown.Key))}";

    /// <summary>How many letters to put in, take out or change to make one of the other (Levenshtein), whatever their case.</summary>
    private static int DistanceOf(string one, string other)
    {
        var row = Enumerable.Range(0, other.Length + 1).ToArray();
        foreach (var letter in one)
        {
            var diagonal = row[0]++;
            for (var i = 1; i <= other.Length; i++)
            {
                var cost = char.ToLowerInvariant(letter) == char.ToLowerInvariant(other[i - 1]) ? 0 : 1;
                (diagonal, row[i]) = (row[i], Math.Min(Math.Min(row[i], row[i - 1]) + 1, diagonal + cost));
            }
        }

        return row[^1];
    }
}
