using System.Collections.Frozen;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Orderly.Domain.Validation;

/// <summary>The lower-case names of an enumeration, as clients and the log know them.</summary>
public static class LowerCase<TEnum>
    where TEnum : struct, Enum
{
    private static readonly FrozenDictionary<TEnum, string> s_names =
        Enum.GetValues<TEnum>().ToFrozenDictionary(value => value, value => JsonNamingPolicy.KebabCaseLower.ConvertName(value.ToString()));

    private static readonly FrozenDictionary<string, TEnum> s_values =
        s_names.ToFrozenDictionary(name => name.Value, name => name.Key, StringComparer.Ordinal);

    public static IReadOnlyList<string> Names { get; } = [.. Enum.GetValues<TEnum>().Select(NameOf)];

    public static string NameOf(TEnum value) => s_names[value];

    public static bool TryParse(string? name, out TEnum value)
    {
        value = default;
        return name is not null && s_values.TryGetValue(name, out value);
    }

    /// <exception cref="ArgumentException">Not a name of the enumeration.</exception>
    public static TEnum Parse(string name)
        => TryParse(name, out var value) ? value : throw new ArgumentException($"'{name}' is not a {typeof(TEnum).Name}.", nameof(name));
}

/// <summary>Reads and writes an enumeration by its lower-case names only.</summary>
public sealed class LowerCaseConverter<TEnum>() : JsonStringEnumConverter<TEnum>(JsonNamingPolicy.KebabCaseLower, allowIntegerValues: false)
    where TEnum : struct, Enum;
