using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;
using Orderly.Processes;

namespace Orderly.Hosting;

/// <summary>One setting under <c>Orderly</c>: a property of the options, or of the options in it.</summary>
/// <param name="Path">Its name, such as <c>Subscriptions:Partitions</c>.</param>
public sealed record Setting(string Path, PropertyInfo Property)
{
    /// <summary>Every setting that there is: those of a section as they are declared, then the sections in it by their names.</summary>
    public static IReadOnlyList<Setting> All { get; } = [.. Of(typeof(OrderlyOptions), "")];

    /// <summary>Whether <c>never</c> is one of its values; in the options that is <see cref="Timeout.InfiniteTimeSpan"/>.</summary>
    public bool MayBeNever => Property.IsDefined(typeof(OrNeverAttribute));

    /// <summary>What its value must be, in words, such as <c>1 to 256</c>; null: it has no bounds of its own.</summary>
    public string? Bounds
    {
        get
        {
            if (Range is not { } range)
            {
                return null;
            }

            var (least, most) = (Text(range.Minimum), Text(range.Maximum));
            var bounds = (range.MinimumIsExclusive, IsLargest(range.Maximum)) switch
            {
                (true, true) => $"more than {least}",
                (true, false) => $"more than {least} and at most {most}",
                (false, true) => $"at least {least}",
                (false, false) => $"{least} to {most}",
            };
            return MayBeNever ? $"{bounds}, or 'never'" : bounds;
        }
    }

    private RangeAttribute? Range => Property.GetCustomAttribute<RangeAttribute>();

    /// <summary>The values that are out of their bounds, one sentence each.</summary>
    public static IEnumerable<string> FaultsOf(OrderlyOptions options)
        => All.Where(setting => setting.ValueIn(options) is { } value && !setting.Allows(value))
            .Select(setting => $"{OrderlyOptions.Section}:{setting.Path} must be {setting.Bounds}.");

    /// <summary>Its value; null when it has none, or the section that it is in.</summary>
    public object? ValueIn(OrderlyOptions options)
        => Path.Split(':').Aggregate((object?)options, (section, name) => section?.GetType().GetProperty(name)!.GetValue(section));

    /// <summary>A value as it is written in the configuration.</summary>
    public static string Text(object value)
        => value switch
        {
            TimeSpan duration when duration == Timeout.InfiniteTimeSpan => "never",
            TimeSpan duration when duration.Ticks % TimeSpan.TicksPerSecond != 0 => duration.ToString("c").TrimEnd('0'),
            bool flag => flag ? "true" : "false",
            _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
        };

    /// <summary>The properties of a section that are settings.</summary>
    internal static IEnumerable<PropertyInfo> PropertiesOf(Type section)
        => section.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(property => property.SetMethod is { IsPublic: true });

    /// <summary>Whether it has settings of its own, and is no value, list or table.</summary>
    internal static bool IsSection(Type type)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        return type.Namespace?.StartsWith("Orderly.", StringComparison.Ordinal) == true && !type.IsEnum;
    }

    private static IEnumerable<Setting> Of(Type section, string prefix)
        => PropertiesOf(section).OrderBy(Rank, StringComparer.Ordinal).SelectMany(property => IsSection(property.PropertyType)
            ? Of(property.PropertyType, $"{prefix}{property.Name}:")
            : [new Setting(prefix + property.Name, property)]);

    /// <summary>The sections of partial options are declared in no order that is known.</summary>
    private static string Rank(PropertyInfo property) => IsSection(property.PropertyType) ? property.Name : "";

    private bool Allows(object value) => Range?.IsValid(value) != false || (MayBeNever && value.Equals(Timeout.InfiniteTimeSpan));

    /// <summary>Whether it is what its type holds at most, and so no bound.</summary>
    private bool IsLargest(object bound)
        => Text(bound) == (Property.PropertyType == typeof(decimal) ? Text(decimal.MaxValue) : Text(int.MaxValue));
}
